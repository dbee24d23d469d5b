/// A linear layer whose weight stays packed: codes and scales, a quarter or less of single precision.
///
/// One input, as for each new token, is multiplied with the codes themselves. For several, pieces of the
/// weight are decoded, each once for all inputs, and multiplied as floats: by the dense kernel for a few,
/// by the BLAS for many. All three compute in single precision with the decoded values, so that they
/// differ by rounding only.
public struct PackedLayer<Weight: PackedWeight>: StoredLayer {
  /// The weight in place.
  public let stored: Weight
  /// The bias, one number an output, if there is one.
  public let bias: [Float]?

  /// Makes a layer.
  ///
  /// - Parameters:
  ///   - weight: W, (outputs, inputs).
  ///   - bias: b, as many numbers as outputs, or none.
  public init(_ weight: Weight, bias: [Float]? = nil) {
    Self.requireFit(weight, bias)
    stored = weight
    self.bias = bias
  }

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
    withBias {
      multiply(input, rows: rows, outputs: range, bias: $0, adding: adding, into: output)
    }
  }

  private func multiply(
    _ input: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>,
    bias: UnsafePointer<Float>?, adding: Bool, into output: UnsafeMutablePointer<Float>
  ) {
    let panels = PanelProduct(weight: stored, bias: bias)
    if rows > DenseLayer.fewRows {
      if let bias {
        placeBias(
          bias, rows: rows, outputs: range, stride: outputs, adding: adding, into: output)
      }
      panels.many(
        input, rows: rows, outputs: range, adding: adding || bias != nil, into: output)
    } else if rows > 1 {
      panels.few(input, rows: rows, outputs: range, adding: adding, into: output)
    } else if bias == nil, !adding {
      stored.multiply(range, by: input, into: output + range.lowerBound)
    } else {
      withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { buffer in
        guard let products = buffer.baseAddress else { return }
        stored.multiply(range, by: input, into: products)
        for (place, index) in range.enumerated() {
          output[index] = (adding ? output[index] : 0) + (bias?[index] ?? 0) + products[place]
        }
      }
    }
  }
}
