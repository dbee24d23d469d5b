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

  /// What rounding to nearest makes of a weight on the same grid; nil for a method that has no bits to choose,
  /// and where there is no such grid.
  ///
  /// The grid decides as much as the method: with all codes, as GPTQ's symmetric one has them, rounding loses
  /// half of what it loses at two bits on the restricted one that rounding uses by itself.
  func nearest(to weight: Matrix, threads: Int?) -> Matrix? {
    nearestScheme(columns: weight.columns).flatMap {
      try? weight.fakeQuantized($0, threads: threads)
    }
  }

  /// The grid of that rounding; nil where there is none.
  func nearestScheme(columns: Int) -> QuantizationScheme? {
    guard method.options.contains(.bits),
      let groupSize = try? options.resolvedGroupSize(columns: columns)
    else { return nil }
    let name = method.name == "rotation" ? options.then ?? "rtn" : method.name
    let hasAllCodes = Self.allCodes.contains(name)
    let bits = options.bits ?? 4
    guard (hasAllCodes || options.symmetric ?? false ? 2 : 1)...8 ~= bits else { return nil }
    return QuantizationScheme(
      bits: bits,
      symmetry: options.symmetric ?? false
        ? .symmetric(hasAllCodes ? .full : .restricted) : .asymmetric,
      granularity: .group(groupSize), range: options.range ?? .minMax)
  }

  /// Methods whose symmetric grid has all codes.
  private static let allCodes: Set = ["gptq", "gptaq", "ldlq", "obq", "awq"]
}
