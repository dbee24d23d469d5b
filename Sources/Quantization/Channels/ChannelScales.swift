internal import Grids
public import Tensors

/// s: one factor an input channel, by which weights are multiplied and inputs divided.
///
/// W x = (W·diag(s)) (diag(s)⁻¹ x): a layer's output stays what it was, while the sizes of its
/// weights and of its inputs move against each other. AWQ and SmoothQuant choose an s and quantize
/// what it makes; planting outliers is the same with an s below 1. Sources: Lin et al. 2023,
/// arXiv:2306.00978, section 3.2; Xiao et al. 2022, arXiv:2211.10438, equation 3.
public struct ChannelScales: Hashable, Sendable {
  /// s, one an input channel, positive and finite.
  public let values: [Float]

  /// Scales from numbers.
  ///
  /// - Parameter values: One an input channel.
  /// - Throws: `QuantizationError.scaleNotPositive` for one that is not a positive finite number.
  public init(_ values: [Float]) throws(QuantizationError) {
    if let index = values.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      throw .scaleNotPositive(value: values[index], index: index)
    }
    self.values = values
  }

  /// Scales known to be positive and finite.
  init(trusted values: [Float]) { self.values = values }

  /// Scales of 1, which change nothing.
  ///
  /// - Parameter count: The number of input channels.
  /// - Returns: As many ones.
  public static func ones(_ count: Int) -> ChannelScales {
    ChannelScales(trusted: [Float](repeating: 1, count: count))
  }

  /// The number of input channels.
  public var count: Int { values.count }

  /// W·diag(s): every input channel's weights times its scale.
  ///
  /// - Parameter weight: Shape [out, in].
  /// - Returns: The weight to be quantized.
  public func multiplied(into weight: Matrix) -> Matrix {
    precondition(weight.columns == count, "\(count) scales for \(weight.columns) input channels")
    return weight.scalingColumns(by: values)
  }

  /// Every column divided by its scale: inputs x ÷ s, or a quantized weight back in its own units.
  ///
  /// - Parameter matrix: Inputs [tokens, in], or a weight [out, in].
  /// - Returns: A matrix of the same shape.
  public func divided(outOf matrix: Matrix) -> Matrix {
    precondition(matrix.columns == count, "\(count) scales for \(matrix.columns) input channels")
    return Matrix(rows: matrix.rows, columns: count) {
      (target: UnsafeMutableBufferPointer<Float>) in
      matrix.withUnsafeBufferPointer { source in
        values.withUnsafeBufferPointer { scales in
          for row in 0..<matrix.rows {
            let start = row &* count
            for column in 0..<count {
              target[start &+ column] = source[start &+ column] / scales[column]
            }
          }
        }
      }
    }
  }
}

/// x^e for x ≥ 0, the same on every machine; 0⁰ is 1.
func power(_ base: Double, _ exponent: Double) -> Double {
  if exponent == 0 { return 1 }
  if exponent == 1 { return base }
  guard base > 0 else { return 0 }
  return exponential(exponent * logarithm(base))
}
