internal import Grids
internal import Tensors

extension LayerMethod {
  /// The OCP microscaling format: 32 four-bit floats and a power of two.
  static let mxFloat4 = LayerMethod(
    name: "mxfp4", summary: "OCP microscaling: 32 floats E2M1 share a power of two",
    options: [.bits, .groupSize], bitsRule: "4 + 8/32 = 4.25",
    source: "OCP Microscaling Formats 1.0; Rouhani et al. 2023, arXiv:2310.10537",
    obstacle: .levels,
    check: { (options, _, columns) throws(QuantizationError) in
      try options.requireBits(4, for: "mxfp4")
      try options.requireGroupSize(MXFloat4Block.length, for: "mxfp4", columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      let weight = input.weight
      try options.requireBits(4, for: "mxfp4")
      try options.requireGroupSize(
        MXFloat4Block.length, for: "mxfp4", columns: weight.columns)
      let minifloat = MinifloatRun(.e2m1)
      let quantized = GroupwiseCodes(
        weight, groupSize: MXFloat4Block.length, threads: options.threads
      ) { group, codes, _ in
        let exponent = MXFloat4Block.scaleExponent(largestMagnitude: group.largestMagnitude)
        let scale = FloatFormat.e8m0.decode(UInt32(exponent))
        minifloat.encode(group, scale: scale, into: codes)
        return scale
      }
      return quantized.result(
        minifloat.table, bits: 4,
        stored: [.init("block exponents", count: quantized.scales.count, bitsEach: 8)])
    })

  /// NVIDIA's format: 16 four-bit floats, an eight-bit float scale, a 32-bit scale for the tensor.
  static let nvFloat4 = LayerMethod(
    name: "nvfp4", summary: "NVIDIA's: 16 floats E2M1 share an E4M3 scale, the tensor a 32-bit one",
    options: [.bits, .groupSize], bitsRule: "4 + 8/16 + 32/n",
    source: "NVIDIA Blackwell block format, NVFP4", obstacle: .levels,
    check: { (options, _, columns) throws(QuantizationError) in
      try options.requireBits(4, for: "nvfp4")
      try options.requireGroupSize(NVFloat4Block.length, for: "nvfp4", columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      let weight = input.weight
      try options.requireBits(4, for: "nvfp4")
      try options.requireGroupSize(
        NVFloat4Block.length, for: "nvfp4", columns: weight.columns)
      let tensorScale = NVFloat4Block.tensorScale(
        largestMagnitude: weight.largestMagnitude)
      let minifloat = MinifloatRun(.e2m1)
      let quantized = GroupwiseCodes(
        weight, groupSize: NVFloat4Block.length, threads: options.threads
      ) { group, codes, _ in
        let code = FloatFormat.e4m3.encode(group.largestMagnitude / 6 / tensorScale)
        let scale = FloatFormat.e4m3.decode(code) * tensorScale
        if scale > 0 {
          minifloat.encode(group, scale: scale, into: codes)
        } else {
          for index in group.indices { codes[index] = 0 }  // too small for any scale
        }
        return scale
      }
      return quantized.result(
        minifloat.table, bits: 4,
        stored: [
          .init("block scales", count: quantized.scales.count, bitsEach: 8),
          .init("tensor scale", count: 1, bitsEach: 32),
        ])
    })
}
