import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// By law: what is served is what was measured.
///
/// No test depends on how fast the machine is.
struct DeploymentTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.file("model"))
  }

  private func windows() throws -> [EvaluationWindow] {
    try TinyLlama.calibration(count: 3, seed: 9).sequences.map {
      EvaluationWindow(tokens: $0, scored: 1..<$0.count)
    }
  }

  @Test("packed layers have the weights of the decoded ones", arguments: [4, 8])
  func packed(bits: Int) throws {
    let out = folder.file("out")
    _ = try QuantizationRun(
      SourceModel(path: folder.file("model")),
      recipe: QuantizationRecipe(
        try .named("rtn", bits: bits, group: 32),
        exceptions: [.init(NamePattern("*.1.mlp.down_proj"), nil)]), calibration: nil,
      format: .gptq, version: "test"
    ).run(to: out)
    let decoded = try Transformer(path: out, keepsBlocks: false)
    let packed = try Transformer(path: out)
    #expect(decoded.packedLayerCount == 0)
    // Three blocks of seven layers, one of them kept.
    #expect(packed.linearLayers.count == 21 && packed.packedLayerCount == 20)
    for id in packed.linearLayers {
      #expect(try #require(packed.layer(id)).weight == #require(decoded.layer(id)).weight)
    }
    #expect(packed.bytesPerToken < decoded.bytesPerToken)
    let (ours, theirs) = try (packed.logits([1, 5, 9]), decoded.logits([1, 5, 9]))
    // Sums of at most 96 products in another order, through three blocks: far below a hundredth of a logit's size.
    let scale = theirs.elements.map { abs($0) }.max() ?? 0
    #expect(ours.count == 3 * 96 && theirs.count == ours.count)
    #expect(zip(ours.elements, theirs.elements).allSatisfy { abs($0 - $1) <= 1e-3 * scale })
  }

  @Test(
    "models of plain numbers open without packed layers, codes in an order by activation with them")
  func ordered() throws {
    #expect(try Transformer(path: folder.file("model")).packedLayerCount == 0)
    let out = folder.file("ordered")
    _ = try QuantizationRun(
      SourceModel(path: folder.file("model")),
      recipe: QuantizationRecipe(
        try .named("gptq", bits: 4, group: 32) { $0.actOrder = true }),
      calibration: try TinyLlama.calibration(), format: .gptq, version: "test"
    ).run(to: out)
    let packed = try Transformer(path: out)
    let decoded = try Transformer(path: out, keepsBlocks: false)
    #expect(packed.packedLayerCount == 21 && decoded.packedLayerCount == 0)
    for id in packed.linearLayers {
      #expect(try #require(packed.layer(id)).weight == #require(decoded.layer(id)).weight)
    }
  }

  @Test("a study judges the folder it leaves, beside float and rounding to nearest")
  func study() throws {
    var study = DeploymentStudy()
    study.groupSize = 32
    study.target = 60_000
    study.allowance = 1e9
    study.latency = LatencyStudy(
      batches: [1, 2], promptLengths: [4], newTokens: 3, rounds: 1, warmUps: 0)
    let out = folder.file("served")
    var shares: [Double] = []
    let found = try study.run(
      modelAt: folder.file("model"), calibration: try TinyLlama.calibration(), windows: windows(),
      to: out, version: "test"
    ) { shares.append($0) }
    #expect(shares == shares.sorted() && shares.last == 1)
    #expect(found.packedLayers == 21 && found.layers == 21 && found.tokens == 3 * 47)
    let served = try Transformer(path: out)
    let read = try Evaluator(served).evaluate(windows())
    #expect(found.packedPerplexity == read.perplexity, "the folder is what was judged")
    let float = try Evaluator(Transformer(path: folder.file("model"))).evaluate(windows())
    #expect(found.floatPerplexity == float.perplexity)
    #expect(found.divergence > 0 && found.nearestPerplexity != found.floatPerplexity)
    // ln of the ratio is of the same two readings; its error carries over to the rise by d(e^x) = e^x dx.
    #expect(abs(log(read.perplexity / float.perplexity) - found.packed.logRatio) < 1e-9)
    #expect(found.riseError == read.perplexity * found.packed.logRatioError)
    #expect(found.riseError > 0)
    #expect(found.floatLatency.weightBytes > found.packedLatency.weightBytes)
    #expect(found.isAllowed && found.largestBatch == 2 && found.canBeServed)
    #expect(
      found.bytes(batch: 2, promptLength: 4)
        == served.bytesPerToken + 2 * 3 * 2 * 7 * served.configuration.keyValueWidth * 4)
    #expect(found.bytes(batch: 3, promptLength: 4) == nil)
    let again = try JSONDecoder().decode(
      DeploymentFindings.self, from: JSONEncoder().encode(found))
    #expect(again == found)
  }

  @Test("without an output the model is gone afterwards, and the findings are the same")
  func temporary() throws {
    var study = DeploymentStudy()
    study.groupSize = 32
    study.latency = LatencyStudy(
      batches: [1], promptLengths: [2], newTokens: 2, rounds: 1, warmUps: 0)
    let set = try TinyLlama.calibration()
    let gone = try study.run(
      modelAt: folder.file("model"), calibration: set, windows: windows())
    let kept = try study.run(
      modelAt: folder.file("model"), calibration: set, windows: windows(), to: folder.file("kept"))
    #expect(gone.packedPerplexity == kept.packedPerplexity)
    #expect(gone.packedLayers == 21)
    #expect(FileManager.default.fileExists(atPath: folder.file("kept") + "/config.json"))
  }

  @Test("what cannot be judged is refused before anything is written")
  func refusals() throws {
    #expect(throws: PipelineError.self) {
      try DeploymentStudy().run(
        modelAt: folder.file("model"), calibration: TinyLlama.calibration(), windows: [],
        to: folder.file("never"), version: "test")
    }
    #expect(throws: PipelineError.self) {
      try DeploymentStudy().run(
        modelAt: folder.file("no such model"), calibration: TinyLlama.calibration(),
        windows: windows(), to: folder.file("never"), version: "test")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("never")))
  }
}
