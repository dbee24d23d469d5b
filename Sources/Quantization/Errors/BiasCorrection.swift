public import Tensors

/// The bias that makes a quantized layer right on average again.
///
/// Rounding moves the mean of each output by (Ŵ − W) E[x]; the bias can take that off, at no cost
/// when running. Source: Nagel et al. 2019, arXiv:1906.04721, section 4.2.
///
/// - Parameters:
///   - bias: b, one a row of the weight; zeros for a layer without one.
///   - weight: W, shape [out, in].
///   - quantized: Ŵ, the same shape.
///   - inputMeans: E[x], one a column: measured with the layers before already quantized and
///     corrected.
/// - Returns: b − (Ŵ − W) E[x], summed in Double.
/// - Throws: `QuantizationError.countMismatch` when a length does not fit.
public func correctedBias(
  _ bias: [Float], weight: Matrix, quantized: Matrix, inputMeans: [Float]
) throws(QuantizationError) -> [Float] {
  guard bias.count == weight.rows else {
    throw .countMismatch(what: "biases", found: bias.count, expected: weight.rows)
  }
  guard inputMeans.count == weight.columns else {
    throw .countMismatch(what: "input means", found: inputMeans.count, expected: weight.columns)
  }
  guard quantized.rows == weight.rows, quantized.columns == weight.columns else {
    throw .countMismatch(
      what: "quantized weights", found: quantized.count, expected: weight.count)
  }
  return bias.indices.map { row in
    var shift = 0.0
    for column in 0..<weight.columns {
      let change = Double(quantized[row, column]) - Double(weight[row, column])
      shift += change * Double(inputMeans[column])
    }
    return Float(Double(bias[row]) - shift)
  }
}
