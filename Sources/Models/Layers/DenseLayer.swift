internal import CKernels
internal import Tensors

/// A linear layer whose weight is floating-point numbers.
public struct DenseLayer: StoredLayer {
  /// The weight in place.
  public let stored: DenseWeight
  /// The bias, one number an output, if there is one.
  public let bias: [Float]?

  /// Makes a layer.
  ///
  /// - Parameters:
  ///   - weight: W, (outputs, inputs).
  ///   - bias: b, as many numbers as outputs, or none.
  public init(_ weight: DenseWeight, bias: [Float]? = nil) {
    Self.requireFit(weight, bias)
    stored = weight
    self.bias = bias
  }

  /// Up to so many rows the kernel reads the weight at most twice, and nothing is packed.
  static let fewRows = 8

  /// Computes some outputs of some rows, on the calling thread.
  ///
  /// - Parameters:
  ///   - input: The rows, `inputs` wide, one after the other.
  ///   - rows: How many.
  ///   - range: Which outputs.
  ///   - adding: Whether results are added to what is there.
  ///   - output: Where row 0's output 0 goes; rows are `outputs` wide.
  public func apply(
    to input: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>, adding: Bool,
    into output: UnsafeMutablePointer<Float>
  ) {
    withBias { bias in
      guard rows > Self.fewRows else {
        nibble_dense_product(
          stored.start, stored.element.rawValue, range.lowerBound, range.upperBound, inputs, input,
          rows, bias, adding ? 1 : 0, output, outputs)
        return
      }
      // The bias first, the product on top of it.
      if let bias {
        placeBias(
          bias, rows: rows, outputs: range, stride: outputs, adding: adding, into: output)
      }
      multiply(input, rows: rows, outputs: range, adding: adding || bias != nil, into: output)
    }
  }

  /// Through the BLAS; half-precision rows of the weight are widened, a panel at a time.
  private func multiply(
    _ input: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>, adding: Bool,
    into output: UnsafeMutablePointer<Float>
  ) {
    guard let weight = stored.floats else {
      return PanelProduct(weight: stored, bias: nil).many(
        input, rows: rows, outputs: range, adding: adding, into: output)
    }
    BufferProducts.multiplyTransposed(
      input, by: weight + range.lowerBound * inputs, into: output + range.lowerBound,
      targetStride: outputs, rows: rows, columns: range.count, inner: inputs, adding: adding)
  }
}
