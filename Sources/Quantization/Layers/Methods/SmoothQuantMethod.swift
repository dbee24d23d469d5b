internal import Tensors

extension LayerMethod {
  /// Unevenness moved from the inputs into the weights, then both in integers.
  static let smoothQuant = LayerMethod(
    name: "smoothquant",
    summary: "outliers moved from inputs into weights, both in integers",
    options: [.bits, .alpha, .activationScaling], needs: .statistics, computesOutput: true,
    bitsRule: "b + 16/in (b is 8 where nothing is said)",
    source: "Xiao et al. 2022, arXiv:2211.10438", obstacle: .inputScales,
    check: { (options, _, _) throws(QuantizationError) in
      _ = try options.smoothQuantBits
      try options.requireAlpha()
    },
    run: { (input, options) throws(QuantizationError) in
      let method = SmoothQuant(
        alpha: options.alpha ?? 0.5, bits: try options.smoothQuantBits,
        activationScaling: options.activationScaling ?? .token)
      let largest = try input.largestInputs(for: "smoothquant")
      let scales = try method.scales(largestInputs: largest, consumers: [input.weight])
      let quantized = try method.quantized(input.weight, scales: scales, threads: options.threads)
      var result = LayerResult(quantized, inputScales: scales, threads: options.threads)
      if let activations = input.activations {
        result.output = try method.activationQuantizer(largestInputs: largest, scales: scales)
          .output(of: quantized, on: scales.divided(outOf: activations))
      }
      result.notes = silentChannelNotes(largest, pruned: method.alpha > 0)
      return result
    })
}

extension LayerOptions {
  /// The width of weights and inputs: 8 where nothing is said.
  fileprivate var smoothQuantBits: Int {
    get throws(QuantizationError) {
      let bits = bits ?? 8
      guard (2...8).contains(bits) else { throw .bits(bits, allowed: 2...8, who: "smoothquant") }
      return bits
    }
  }

  /// Refuses an exponent of channels' scales outside 0 to 1.
  func requireAlpha() throws(QuantizationError) {
    guard let alpha, !(0...1).contains(alpha) else { return }
    throw .parameter(name: "alpha", value: alpha, expected: "0 to 1")
  }
}

extension LayerInput {
  /// max|x| a channel, without summing a Hessian for it.
  func largestInputs(for method: String) throws(QuantizationError) -> [Float] {
    if let statistics { return statistics.largestMagnitudes }
    return try activations(for: method).columnMaximumMagnitudes
  }
}

extension LayerResult {
  /// A result whose codes are those of W·diag(s) and whose values are divided by s again.
  init(_ quantized: QuantizedMatrix, inputScales scales: ChannelScales, threads: Int?) {
    self.init(
      quantized, dequantized: scales.divided(outOf: quantized.dequantized(threads: threads)))
    inputScales = scales.values
  }
}

/// What to say about channels that no input has ever used.
func silentChannelNotes(_ largest: [Float], pruned: Bool) -> [String] {
  let silent = largest.filter { $0 == 0 }.count
  guard silent > 0, pruned else { return [] }
  return [
    "\(silent) of \(largest.count) input channels were always zero: their weights are as good as "
      + "pruned; calibrate on inputs that use them, or leave the layer out"
  ]
}
