import Grids
import Quantization
import Testing

/// Evidence: by another framework (PyTorch, ONNX Runtime) and by second implementation (TensorRT).
///
/// TensorRT's definition is written once more in NumPy. Inputs are made on both sides by the same
/// arithmetic.
@Suite("Observers against the frameworks they follow")
struct ObserverGoldenTests {
  @Test(
    "PyTorch's observers give the same range, scale and zero point",
    arguments: try GoldenRange.load("torch_observers"))
  func agreesWithTorch(golden: GoldenRange) throws {
    try check(golden)
  }

  @Test(
    "ONNX Runtime's calibrators give the same range, scale and zero point",
    arguments: try GoldenRange.load("onnxruntime_calibrators"))
  func agreesWithOnnxRuntime(golden: GoldenRange) throws {
    try check(golden)
  }

  @Test(
    "the definition of TensorRT's entropy clip gives the same threshold",
    arguments: try GoldenRange.load("tensorrt_entropy"))
  func agreesWithTensorRT(golden: GoldenRange) throws {
    try check(golden)
  }

  private func check(_ golden: GoldenRange) throws {
    let tolerance = try #require(golden.relativeTolerance)
    let observer = try Observer(named: golden.observer)
    let observed = try observer.observe(
      golden.data.values, shape: golden.shape,
      options: ObserverOptions(
        bits: golden.bits, isSigned: golden.signed, isSymmetric: golden.symmetric,
        channelAxis: golden.axis, batches: golden.batches, percentile: golden.percentile))
    #expect(observed.zeroPoint == golden.zeroPoint)
    try expectClose(observed.scale.map { Double($0) }, golden.scale, relative: tolerance)
    // An end is the result of subtractions: what is left is measured against the whole range.
    for channel in golden.minimum.indices {
      let width = golden.maximum[channel] - golden.minimum[channel]
      #expect(abs(observed.minimum[channel] - golden.minimum[channel]) <= tolerance * width)
      #expect(abs(observed.maximum[channel] - golden.maximum[channel]) <= tolerance * width)
    }
    // A relative change t of the scale moves a decoded value by at most 256 steps times t, and may
    // move one code that lies on a border: 0.2 % of the error for 512 values or more.
    for channel in golden.meanSquaredError.indices {
      let step = golden.scale[channel]
      let allowed =
        2e-3 * golden.meanSquaredError[channel] + 256 * tolerance * step * step
      #expect(
        abs(observed.meanSquaredError[channel] - golden.meanSquaredError[channel]) <= allowed)
    }
  }

  private func expectClose(_ found: [Double], _ expected: [Double], relative: Double) throws {
    try #require(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      #expect(abs(found - expected) <= relative * abs(expected), "\(found) is not \(expected)")
    }
  }
}
