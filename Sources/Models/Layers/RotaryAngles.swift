internal import CKernels

#if canImport(Glibc)
internal import Glibc
#endif

extension RotaryEmbedding {
  /// The cosines and sines of every pair at consecutive positions, a row a position.
  ///
  /// The angle is a product in single precision, as in the frameworks whose models we run: at position
  /// 100,000 its rounding is a hundredth of a turn's unit, and a model was trained with it.
  static func angles(
    _ frequencies: [Float], from first: Int, count: Int, cosines: UnsafeMutablePointer<Float>,
    sines: UnsafeMutablePointer<Float>
  ) {
    var place = 0
    for position in first..<first + count {
      for frequency in frequencies {
        let angle = Double(Float(position) * frequency)
        cosines[place] = Float(cos(angle))
        sines[place] = Float(sin(angle))
        place += 1
      }
    }
  }

  /// Rotates the heads of rows in place.
  func rotate(
    _ values: UnsafeMutablePointer<Float>, rows: Int, heads: Int, headSize: Int,
    cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>
  ) {
    let pairs = headSize / 2
    Parallel.split(rows, parts: Parallel.parts(for: rows * heads * headSize)) { range in
      nibble_rotate(
        values + range.lowerBound * heads * headSize, range.count, heads, headSize,
        cosines + range.lowerBound * pairs, sines + range.lowerBound * pairs,
        layout == .interleaved ? 1 : 0)
    }
  }
}
