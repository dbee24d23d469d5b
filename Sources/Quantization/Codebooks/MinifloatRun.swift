internal import CKernels
internal import Grids

/// A small float format applied to runs of values that share a scale.
struct MinifloatRun {
  let format: FloatFormat
  /// The value of every bit pattern; patterns of NaN and infinity included.
  let table: [Float]

  init(_ format: FloatFormat) {
    precondition(format.isSigned && format.bits <= 8, "a pattern fits a byte")
    self.format = format
    table = (0..<UInt32(1 << format.bits)).map(format.decode)
  }

  /// Writes the bit patterns of value / scale: nearest, ties to even, saturating.
  ///
  /// The values are finite and the scale is positive.
  func encode(
    _ run: UnsafeBufferPointer<Float>, scale: Float, into codes: UnsafeMutablePointer<UInt8>
  ) {
    var layout = nibble_minifloat(
      mantissa_bits: Int32(format.mantissaBits), bias: Int32(format.bias),
      sign_shift: Int32(format.bits - 1), largest: format.largest)
    nibble_minifloat_encode(run.baseAddress, run.count, scale, &layout, codes)
  }
}
