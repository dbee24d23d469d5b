internal import Glibc

/// The angles of rotary positions: position p turns pair i of a head by p · base^(−2i / size).
///
/// Pair i is elements i and i + size/2 of a head, as `transformers` pairs them.
/// Source: Su et al. 2021, arXiv:2104.09864.
enum RotaryTable {
  /// Cosines and sines, shape (length, size / 2); empty for a family without them.
  static func make(_ shape: ModelShape, length: Int) -> (cosines: FloatBuffer, sines: FloatBuffer) {
    let half = shape.architecture == .llama ? shape.headSize / 2 : 0
    let cosines = FloatBuffer(count: length * half)
    let sines = FloatBuffer(count: length * half)
    for pair in 0..<half {
      let frequency = pow(shape.rotaryBase, -2 * Double(pair) / Double(shape.headSize))
      for position in 0..<length {
        cosines.values[position * half + pair] = Float(cos(Double(position) * frequency))
        sines.values[position * half + pair] = Float(sin(Double(position) * frequency))
      }
    }
    return (cosines, sines)
  }
}
