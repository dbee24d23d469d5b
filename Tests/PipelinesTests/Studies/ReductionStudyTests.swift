import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by second implementation, on a tiny random model: every number again in plain loops.
struct ReductionStudyTests {
  private let folder: TemporaryFolder
  private let model: Transformer
  private let text: StudyText
  private let study: ReductionStudy

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.path)
    model = try Transformer(path: folder.path)
    text = TinyLlama.text()
    var study = ReductionStudy()
    study.bits = 3
    study.groupSize = 32
    study.seeds = [0, 4]
    study.samples = 5
    study.length = 32
    study.testWindows = 3
    study.relationBits = [2, 4]
    study.relationWindows = 2
    self.study = study
  }

  @Test("E of every layer, perplexity and KL are what plain loops find on the test's text")
  func numbers() throws {
    let found = try study.run(on: model, text: text)
    #expect(found.layers.count == model.linearLayers.count)
    let windows = try text.testWindows(3, length: 32)
    #expect(windows.count == 3 && windows.allSatisfy { $0.tokens.first == 1 })
    let recipe = QuantizationRecipe(try .named("gptq", bits: 3, group: 32))
    let set = try text.calibrationSet(samples: 5, length: 32, seed: 4)
    let (copy, records) = try model.quantized(recipe, calibration: set)
    let scheme = QuantizationScheme(
      bits: 3, symmetry: .asymmetric, granularity: .group(32), range: .minMax)
    for (place, id) in model.linearLayers.enumerated() {
      let layer = found.layers[place]
      #expect(layer.block == id.block && layer.role == id.role.rawValue)
      let weight = try #require(model.layer(id)).weight
      let inputs = try TinyLlama.inputs(of: id, in: model, windows.map(\.tokens))
      // Sums of a few thousand products in single precision, both ways.
      let tolerance = 1e-4
      func agree(_ own: Double, _ other: Double) -> Bool {
        abs(own - other) <= tolerance * max(own, other)
      }
      #expect(agree(layer.power, TinyLlama.power(weight, inputs)))
      let nearest = try weight.fakeQuantized(scheme)
      #expect(agree(layer.nearest, TinyLlama.power(weight - nearest, inputs)))
      let feedback = try #require(copy.layer(id)).weight
      #expect(agree(layer.feedback[1], TinyLlama.power(weight - feedback, inputs)))
      #expect(layer.feedbackSeen[1] == records[place].outputError)
      #expect(layer.nearestSeen[1] == records[place].nearestOutputError)
      #expect(
        abs(layer.reduction - (1 - (layer.feedback[0] + layer.feedback[1]) / 2 / layer.nearest))
          < 1e-12)
    }
    let sums = try Evaluator(copy, against: model).evaluate(windows)
    #expect(found.feedback[1].perplexity == sums.perplexity)
    #expect(found.feedback[1].divergence == sums.comparison?.meanDivergence)
    let float = try Evaluator(model).evaluate(windows).perplexity
    #expect(abs(found.floatPerplexity - float) < 1e-9 * float)
    let nearest: Double = found.layers.map(\.nearest).reduce(0, +)
    let falls: [Double] = [0, 1].map { seed -> Double in
      let left: Double = found.layers.map { $0.feedback[seed] }.reduce(0, +)
      return 1 - left / nearest
    }
    #expect(abs(found.reduction.mean - (falls[0] + falls[1]) / 2) < 1e-12)
  }

  @Test("layers alone: everything else is float, and E is of that layer")
  func alone() throws {
    let found = try study.run(on: model, text: text)
    #expect(found.points.count == model.linearLayers.count * 4)
    let windows = try text.testWindows(2, length: 32)
    let id = LinearLayerID(block: 1, role: .up)
    let name = String(model.tensorName(of: id).dropLast(".weight".count))
    let point = try #require(
      found.points.first { $0.layer == name && $0.bits == 2 && $0.method == "rtn" })
    let weight = try #require(model.layer(id)).weight
    let nearest = try weight.fakeQuantized(
      QuantizationScheme(bits: 2, symmetry: .asymmetric, granularity: .group(32), range: .minMax))
    var copy = model
    try copy.replace(id, with: DenseLayer(DenseWeight(nearest)))
    let sums = try Evaluator(copy, against: model).evaluate(windows)
    #expect(point.quality.perplexity == sums.perplexity)
    let inputs = try TinyLlama.inputs(of: id, in: model, windows.map(\.tokens))
    let error = TinyLlama.power(weight - nearest, inputs)
    #expect(abs(point.error - error) < 1e-4 * error)
    // More bits lose less, by every measure, summed over the layers.
    func total(_ bits: Int, _ value: (ReductionFindings.Point) -> Double) -> Double {
      found.points.filter { $0.bits == bits }.map(value).reduce(0, +)
    }
    #expect(total(4, \.relativeError) < total(2, \.relativeError))
    #expect(total(4, \.quality.divergence) < total(2, \.quality.divergence))
    #expect(found.pairs(bits: 2).count == model.linearLayers.count)
    #expect(found.lostInNoise(bits: 2).of == 2 * model.linearLayers.count)
  }

  @Test("findings are kept and read back, and progress ends at everything")
  func kept() throws {
    var small = study
    small.relationBits = []
    small.seeds = [1]
    var shares: [Double] = []
    let found = try small.run(on: model, text: text) { shares.append($0) }
    #expect(shares == shares.sorted() && shares.last == 1)
    #expect(found.points.isEmpty && found.wholes.isEmpty && found.reduction.count == 1)
    let data = try JSONEncoder().encode(found)
    #expect(try JSONDecoder().decode(ReductionFindings.self, from: data) == found)
  }

  @Test("what cannot be run is refused before anything is")
  func refused() throws {
    var none = study
    none.seeds = []
    #expect(throws: PipelineError.self) { try none.run(on: model, text: text) }
    let short = StudyText(name: "short", calibration: [5, 6, 7], test: [8], prefix: [1])
    #expect(throws: PipelineError.self) { try study.run(on: model, text: short) }
    let halved = StudyText(name: "halves", halving: Array(0..<9))
    #expect(halved.calibration == [0, 1, 2, 3] && halved.test == [4, 5, 6, 7, 8])
  }
}
