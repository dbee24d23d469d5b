// What a page's widget, and the test that compares WebAssembly with the native build, may call.
//
// Compiled together with the sources of Grids, as one module, by Embedded Swift for wasm32. Only
// numbers cross the border, so JavaScript needs no glue; see GridsTests/EmbeddedTests.swift for the
// commands.

/// The rounding rules by number: half to even, half away from zero, half up, stochastic.
private func rounding(_ rule: Int32, seed: Int32) -> Rounding {
  switch rule {
  case 0: .halfToEven
  case 1: .halfAwayFromZero
  case 2: .halfUp
  default: .stochastic(seed: UInt64(UInt32(bitPattern: seed)))
  }
}

/// The grid of a range, or the grid of zero when the range or the width cannot make one.
private func grid(
  _ lowest: Double, _ highest: Double, bits: Int32, isSigned: Int32
) -> AffineGrid {
  do {
    let integers = try IntegerGrid(validatingBits: Int(bits), signed: isSigned != 0)
    return try AffineGrid(validatingLowest: lowest, highest: highest, as: integers)
  } catch {
    return AffineGrid(covering: 0...0, as: .uint8)
  }
}

/// A number after a round trip through an affine grid.
@_cdecl("fakeQuantize")
public func fakeQuantize(
  value: Float, lowest: Double, highest: Double, bits: Int32, isSigned: Int32, rule: Int32,
  seed: Int32, index: Int32
) -> Float {
  grid(lowest, highest, bits: bits, isSigned: isSigned)
    .fakeQuantized(value, rounding: rounding(rule, seed: seed), at: Int(index))
}

/// The distance between neighbouring codes of an affine grid.
@_cdecl("gridScale")
public func gridScale(lowest: Double, highest: Double, bits: Int32, isSigned: Int32) -> Float {
  grid(lowest, highest, bits: bits, isSigned: isSigned).scale
}

/// The code of zero in an affine grid.
@_cdecl("gridZeroPoint")
public func gridZeroPoint(lowest: Double, highest: Double, bits: Int32, isSigned: Int32) -> Int32 {
  Int32(grid(lowest, highest, bits: bits, isSigned: isSigned).zeroPoint)
}

/// A number after a round trip through FP8 E4M3 (0), E5M2 (1), FP4 E2M1 (2), half (3), bfloat16 (4).
@_cdecl("floatRoundTrip")
public func floatRoundTrip(value: Float, format: Int32) -> Float {
  switch format {
  case 0: FloatFormat.e4m3.fakeQuantized(value)
  case 1: FloatFormat.e5m2.fakeQuantized(value)
  case 2: FloatFormat.e2m1.fakeQuantized(value)
  case 3: Float(float16Bits: value.float16Bits)
  default: Float(bfloat16Bits: value.bfloat16Bits)
  }
}

/// The nearest of NF4's levels (0), of bitsandbytes' FP4 (1) or of its 8-bit dynamic map (2).
@_cdecl("codebookRoundTrip")
public func codebookRoundTrip(value: Float, codebook: Int32) -> Float {
  switch codebook {
  case 0: Codebook.normalFloat4.fakeQuantized(value)
  case 1: Codebook.float4BitsAndBytes.fakeQuantized(value)
  default: Codebook.dynamicSigned8.fakeQuantized(value)
  }
}

/// The standard normal quantile, in which the logarithm and every polynomial take part.
@_cdecl("quantile")
public func quantile(probability: Double) -> Double {
  normalQuantile(probability)
}
