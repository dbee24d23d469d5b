internal import CKernels
public import Tensors

/// A linear layer whose weight is floating-point numbers.
public struct DenseLayer: LinearLayer {
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
  /// The bytes of weight and bias.
  public var byteCount: Int { stored.byteCount + 4 * (bias?.count ?? 0) }
  /// The weight as floats; a copy.
  public var weight: Matrix { stored.matrix }
  /// Up to eight rows the weight is read at most twice, which costs less than packing it for the BLAS.
  public var fewRows: Int { 8 }

  /// Computes some outputs of a few rows, on the calling thread.
  ///
  /// - Parameters:
  ///   - input: The rows, `inputs` wide, one after the other.
  ///   - rows: How many.
  ///   - range: Which outputs.
  ///   - adding: Whether results are added to what is there.
  ///   - output: Where row 0's output 0 goes; rows are `outputs` wide.
  public func applyToFew(
    _ input: UnsafePointer<Float>, rows: Int, outputs range: Range<Int>, adding: Bool,
    into output: UnsafeMutablePointer<Float>
  ) {
    withBias { bias in
      nibble_dense_product(
        stored.start, stored.element.rawValue, range.lowerBound, range.upperBound, inputs, input,
        rows, bias, adding ? 1 : 0, output, outputs)
    }
  }

  /// Computes all outputs of many rows through the BLAS.
  ///
  /// - Parameters:
  ///   - input: The rows, `inputs` wide, one after the other.
  ///   - rows: How many.
  ///   - adding: Whether results are added to what is there.
  ///   - output: Where they go; rows are `outputs` wide.
  public func applyToMany(
    _ input: UnsafePointer<Float>, rows: Int, adding: Bool,
    into output: UnsafeMutablePointer<Float>
  ) {
    addBias(rows: rows, adding: adding, into: output)
    let adds = adding || bias != nil
    if let weight = stored.floats {
      BufferProducts.multiplyTransposed(
        input, by: weight, into: output, targetStride: outputs, rows: rows, columns: outputs,
        inner: inputs, adding: adds)
      return
    }
    // Half precision: so many rows of the weight are widened at a time as stay in the second cache.
    let panel = max(1, min(outputs, (1 << 19) / max(1, inputs)))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: panel * inputs) { buffer in
      guard let widened = buffer.baseAddress else { return }
      for first in stride(from: 0, to: outputs, by: panel) {
        let count = min(panel, outputs - first)
        Parallel.split(count, parts: Parallel.parts(for: count * inputs)) { range in
          stored.copyRows(
            first + range.lowerBound..<first + range.upperBound,
            to: widened + range.lowerBound * inputs)
        }
        BufferProducts.multiplyTransposed(
          input, by: widened, into: output + first, targetStride: outputs, rows: rows,
          columns: count, inner: inputs, adding: adds)
      }
    }
  }

  private func addBias(rows: Int, adding: Bool, into output: UnsafeMutablePointer<Float>) {
    withBias { bias in
      guard let bias else { return }
      for row in 0..<rows {
        let target = output + row * outputs
        if adding {
          for index in 0..<outputs { target[index] += bias[index] }
        } else {
          target.update(from: bias, count: outputs)
        }
      }
    }
  }

  private func withBias(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let bias else { return body(nil) }
    bias.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
