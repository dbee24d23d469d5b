public import Tensors

/// A weight as it is stored, whose rows can be had as floats.
public protocol WeightMatrix: Sendable {
  /// The number of rows: outputs of a linear layer, or tokens of an embedding.
  var rows: Int { get }
  /// The number of columns.
  var columns: Int { get }
  /// The bytes of everything stored.
  var byteCount: Int { get }

  /// Writes some rows as floats.
  ///
  /// - Parameters:
  ///   - range: Which rows.
  ///   - target: Room for them.
  func copyRows(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>)

  /// The linear layer that multiplies with the weight as it is stored.
  ///
  /// - Parameter bias: One number a row, or none.
  /// - Returns: The layer.
  func layer(bias: [Float]?) -> any LinearLayer
}

extension WeightMatrix {
  /// The elements as floats; a copy.
  public var matrix: Matrix {
    Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
      guard let output = target.baseAddress else { return }
      Parallel.split(rows, parts: Parallel.parts(for: rows * columns)) { part in
        copyRows(part, to: output + part.lowerBound * columns)
      }
    }
  }

  /// The largest magnitude, a NaN where there is one; reads every element.
  var extremeMagnitude: Float {
    let piece = max(1, 1 << 16 / max(1, columns))
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: piece * columns) { buffer in
      guard let values = buffer.baseAddress else { return 0 }
      var most: UInt32 = 0
      for first in stride(from: 0, to: rows, by: piece) {
        let range = first..<min(rows, first + piece)
        copyRows(range, to: values)
        most = max(
          most, largestBits(UnsafeBufferPointer(start: values, count: range.count * columns)))
      }
      return Float(bitPattern: most)
    }
  }
}

/// Whether no number is a NaN or an infinity.
func allFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
  largestBits(values) < 0x7F80_0000  // their exponents are all ones
}

/// The bits of the largest magnitude: without their signs, floats are ordered as whole numbers are, NaN
/// above infinity.
private func largestBits(_ values: UnsafeBufferPointer<Float>) -> UInt32 {
  var most: UInt32 = 0
  for value in values { most = max(most, value.bitPattern & 0x7FFF_FFFF) }
  return most
}

extension Sequence<Float> {
  /// The largest magnitude, a NaN where there is one; 0 of nothing.
  var extremeMagnitude: Float {
    Float(bitPattern: reduce(0) { Swift.max($0, $1.bitPattern & 0x7FFF_FFFF) })
  }
}
