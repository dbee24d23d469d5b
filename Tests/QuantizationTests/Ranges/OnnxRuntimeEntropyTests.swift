import Quantization
import Testing

/// Evidence: by law, on the goldens' data and beyond.
@Suite("ONNX Runtime's entropy calibration and its one candidate")
struct OnnxRuntimeEntropyTests {
  @Test("128 bins and 128 levels leave exactly one window")
  func oneWindow() {
    #expect(Observer.onnxRuntimeEntropyCandidates() == 1)
    #expect(Observer.onnxRuntimeEntropyCandidates(histogramBins: 130) == 2)
    #expect(Observer.onnxRuntimeEntropyCandidates(histogramBins: 2048) == 961)
  }

  @Test(
    "one batch gives exactly min-max, whatever the data",
    arguments: ["normal", "relu", "heavy", "outliers", "negative", "positive", "steps"])
  func oneBatchIsMinMax(kind: String) throws {
    let data = GoldenData(kind: kind, count: 3000, seed: 5, factor: 1)
    let entropy = try Observer(named: "entropy-onnxruntime")
      .observe(data.values, shape: [3000])
    let widest = try Observer(named: "min-max").observe(data.values, shape: [3000])
    #expect(entropy.minimum == widest.minimum)
    #expect(entropy.maximum == widest.maximum)
    #expect(entropy.scale == widest.scale)
  }

  @Test("batches that stay inside the first one's range change nothing either")
  func narrowBatchesAreMinMax() throws {
    let wide = GoldenData(kind: "heavy", count: 1000, seed: 6, factor: 4).values
    let narrow = GoldenData(kind: "normal", count: 1000, seed: 7, factor: 0.1).values
    let entropy = try Observer(named: "entropy-onnxruntime")
      .observe(wide + narrow, shape: [2000], options: ObserverOptions(batches: 2))
    let widest = try Observer(named: "min-max").observe(wide + narrow, shape: [2000])
    #expect(entropy.minimum == widest.minimum)
    #expect(entropy.maximum == widest.maximum)
  }

  @Test("a batch that widens the histogram starts a search, and a clip becomes possible")
  func growthClips() throws {
    let values = GoldenData(kind: "growing", count: 3000, seed: 92, factor: 1).values
    let entropy = try Observer(named: "entropy-onnxruntime")
      .observe(values, shape: [3000], options: ObserverOptions(batches: 6))
    let widest = try Observer(named: "min-max").observe(values, shape: [3000])
    #expect(entropy.maximum[0] < widest.maximum[0])
  }
}
