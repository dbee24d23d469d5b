internal import Grids
internal import Tensors

extension LayerMethod {
  /// Eight-bit floats with three bits of mantissa, largest 448.
  static let float8E4M3 = float8(.e4m3, name: "fp8-e4m3", largest: "448")

  /// Eight-bit floats with two bits of mantissa, largest 57,344.
  static let float8E5M2 = float8(.e5m2, name: "fp8-e5m2", largest: "57344")

  /// A row of the table for an eight-bit float with a scale for each group.
  ///
  /// The scale puts the group's largest magnitude on the format's largest number. A group is 128 as
  /// for every method unless asked otherwise; 0 gives the scale a row that runtimes call per channel.
  private static func float8(_ format: FloatFormat, name: String, largest: String) -> LayerMethod {
    LayerMethod(
      name: name,
      summary:
        "eight-bit float E\(format.exponentBits)M\(format.mantissaBits), scale max/\(largest)",
      options: [.bits, .groupSize], bitsRule: "8 + 16/g",
      source: "Micikevicius et al. 2022, arXiv:2209.05433", obstacle: .levels,
      check: { (options, _, columns) throws(QuantizationError) in
        try options.requireBits(8, for: name)
        _ = try options.resolvedGroupSize(columns: columns)
      },
      run: { (input, options) throws(QuantizationError) in
        try options.requireBits(8, for: name)
        let groupSize = try options.resolvedGroupSize(columns: input.weight.columns)
        let minifloat = MinifloatRun(format)
        let quantized = GroupwiseCodes(
          input.weight, groupSize: groupSize, threads: options.threads
        ) { group, codes, _ in
          let magnitude = group.largestMagnitude
          let scale = magnitude > 0 ? max(magnitude / format.largest, .leastNormalMagnitude) : 1
          minifloat.encode(group, scale: scale, into: codes)
          return scale
        }
        return quantized.result(
          minifloat.table, bits: 8,
          stored: [.init("scales", count: quantized.scales.count, bitsEach: 16)])
      })
  }
}
