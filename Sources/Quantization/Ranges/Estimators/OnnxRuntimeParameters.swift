internal import Grids

/// Scale and zero point as ONNX Runtime computes them.
///
/// Quotients in Double, the scale stored as a Float; the zero point is the rounded position itself,
/// not the lowest code less a rounded quotient. A scale below the smallest normal Float becomes 1
/// with zero point 0. Symmetric: the range is spread over −127 … 127 for signed 8 bits, over all
/// codes otherwise, and the zero point is in the middle, rounded half to even; the operators that
/// quantize still use −128. Source: `compute_scale_zp` and `quantize_nparray` in `quant_utils.py`.
struct OnnxRuntimeParameters {
  let scale: Float
  let zeroPoint: Int

  /// The parameters for a range that holds zero.
  init(_ extent: Extent, integers: IntegerGrid, symmetric: Bool) {
    let lowest = symmetric ? -extent.limit : extent.lowest
    let highest = symmetric ? extent.limit : extent.highest
    let spread =
      symmetric && integers == .int8 ? IntegerGrid.signed(bits: 8, restricted: true) : integers
    let step = (highest - lowest) / Double(spread.count - 1)
    guard step >= Double(Float.leastNormalMagnitude) else {
      scale = 1
      zeroPoint = 0
      return
    }
    let position =
      symmetric
      ? Double(spread.lowest + spread.highest) / 2
      : Double(spread.lowest) - lowest / step
    scale = min(Float(step), .greatestFiniteMagnitude)
    zeroPoint = Int(position.rounded(.toNearestOrEven))
  }
}

extension ObservedRange {
  /// The range between two thresholds, no wider than the values, on ONNX Runtime's grid.
  init(
    onnxRuntime lowest: Float, _ highest: Float, smallest: Float, largest: Float,
    integers: IntegerGrid, symmetric: Bool
  ) {
    let extent = Extent(Double(max(lowest, smallest)), Double(min(highest, largest)))
    let parameters = OnnxRuntimeParameters(extent, integers: integers, symmetric: symmetric)
    self.init(
      extent, scale: parameters.scale, zeroPoint: parameters.zeroPoint, integers: integers)
  }
}
