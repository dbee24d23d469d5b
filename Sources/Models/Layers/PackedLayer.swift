public import Tensors

/// A weight whose codes can be multiplied with a vector as they are.
public protocol PackedWeight: WeightMatrix {
  /// Multiplies some rows with a vector, on the calling thread, without writing their values anywhere.
  ///
  /// - Parameters:
  ///   - range: Which rows.
  ///   - vector: As many numbers as there are columns.
  ///   - products: Room for a product a row.
  func multiply(
    _ range: Range<Int>, by vector: UnsafePointer<Float>,
    into products: UnsafeMutablePointer<Float>)
}

extension PackedWeight {
  /// The linear layer that multiplies with the codes.
  ///
  /// - Parameter bias: One number a row, or none.
  /// - Returns: A ``PackedLayer``.
  public func layer(bias: [Float]?) -> any LinearLayer { PackedLayer(self, bias: bias) }
}

/// A linear layer whose weight stays packed: codes and scales, a quarter or less of single precision.
///
/// One input, as for each new token, is multiplied with the codes themselves. For several, pieces of the
/// weight are decoded, each once for all inputs, and multiplied as floats: by the dense kernel for a few,
/// by the BLAS for many. All three compute in single precision with the decoded values, so that they
/// differ by rounding only.
public struct PackedLayer<Weight: PackedWeight>: LinearLayer {
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
    precondition(
      bias == nil || bias?.count == weight.rows,
      "\(bias?.count ?? 0) biases for \(weight.rows) outputs")
    stored = weight
    self.bias = bias
  }

  /// The number of outputs.
  public var outputs: Int { stored.rows }
  /// The number of inputs.
  public var inputs: Int { stored.columns }
  /// The bytes of codes, scales and bias.
  public var byteCount: Int { stored.byteCount + 4 * (bias?.count ?? 0) }
  /// The weight as floats; a copy.
  public var weight: Matrix { stored.matrix }
  /// The weight in place.
  public var storedWeight: any WeightMatrix { stored }

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
    guard let bias else {
      return multiply(input, rows: rows, outputs: range, bias: nil, adding: adding, into: output)
    }
    bias.withUnsafeBufferPointer {
      multiply(
        input, rows: rows, outputs: range, bias: $0.baseAddress, adding: adding, into: output)
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
