internal import Quantization
internal import Tensors

extension LayerRule {
  /// Rounding to nearest.
  static func nearest(bits: Int, groupSize: Int) throws(PipelineError) -> LayerRule {
    let method = try asLayerWork("rtn") { () throws(QuantizationError) in
      try LayerMethod(named: "rtn")
    }
    return LayerRule(method, LayerOptions(bits: bits, groupSize: groupSize))
  }

  /// What rounding to nearest makes of a weight with the same bits, groups and symmetry; nil for a method
  /// that has no bits to choose, and where there is no such grid.
  func nearest(to weight: Matrix, threads: Int?) -> Matrix? {
    var plain = LayerOptions(
      bits: options.bits, groupSize: options.groupSize, symmetric: options.symmetric)
    plain.threads = threads
    guard method.options.contains(.bits), let nearest = try? LayerMethod(named: "rtn"),
      let input = try? LayerInput(weight: weight)
    else { return nil }
    return try? nearest.quantize(input, plain).dequantized
  }
}
