import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import TestSupport
import Testing

/// Evidence: by law, on the golden models and on the course's own: a stage changes numbers and no logit.
struct FoldingTests {
  /// Models of every shape that is folded: LayerNorm with biases and ReLU, RMSNorm with gates and shared values.
  static let models = [
    "golden:opt", "golden:llama", "golden:mistral", "golden:qwen2", "data:opt", "data:llama",
  ]
  static let stages: [[FoldStage]] = [
    [.rotation], [.smoothQuant()], [.awq()], [.smoothQuant(alpha: 0.8), .awq(duoScaling: true)],
    [.rotation, .awq()], [.rotation, .smoothQuant(), .awq(alpha: 0.5)],
  ]

  private static func model(_ name: String) throws -> Transformer {
    let parts = name.split(separator: ":").map(String.init)
    let root = TestFiles.tests.deletingLastPathComponent()
    return try Transformer(
      path: parts[0] == "golden"
        ? TestFiles.golden("models/\(parts[1])").path
        : root.appendingPathComponent("Datasets/models/\(parts[1])").path)
  }

  private static func calibration(_ model: Transformer, count: Int = 4) throws -> CalibrationSet {
    var generator = SeededGenerator(seed: 9)
    let length = min(24, model.configuration.contextLength)
    return try CalibrationSet(
      name: "random",
      sequences: (0..<count).map { _ in
        (0..<length).map { _ in generator.below(model.configuration.vocabularySize) }
      })
  }

  /// What rounding may move a logit by, as a share of the largest.
  ///
  /// A folded number is rounded once, 2⁻²⁴ of itself, and a sum of n such products errs by about √n times that.
  /// A block has six products one after the other, seven with a rotation's own, and later ones pass errors on:
  /// 8 √n 2⁻²⁴ a block, n the widest sum.
  private static func tolerance(_ model: Transformer) -> Float {
    let shape = model.configuration
    let widest = Float(max(shape.hiddenSize, shape.feedForwardSize))
    return 8 * Float(shape.layerCount) * widest.squareRoot() * 0x1p-24
  }

  @Test("logits stay, whatever is folded into whatever model", arguments: models, stages)
  func logitsStay(_ name: String, _ stages: [FoldStage]) throws {
    let model = try Self.model(name)
    let calibration = try Self.calibration(model)
    let recipe = QuantizationRecipe(try .named("rtn", bits: 4, group: 0), stages: stages)
    let folded = try model.folded(recipe, calibration: calibration)
    #expect(folded.records.count == stages.count)
    let (before, after) = (
      try model.logits(calibration.sequences[1]), try folded.model.logits(calibration.sequences[1])
    )
    let largest = before.elements.reduce(0) { max($0, abs($1)) }
    let difference = before.maximumDifference(from: after)
    #expect(difference < Self.tolerance(model) * largest, "\(difference / largest)")
    let changed = model.linearLayers.contains {
      model.layer($0)?.weight != folded.model.layer($0)?.weight
    }
    #expect(changed)
    for record in folded.records {
      #expect(try #require(record.logitChange) < Double(Self.tolerance(model)))
    }
  }

  @Test("smoothing with α of one half makes inputs and weights stand out alike")
  func evenness() throws {
    let model = try Self.model("golden:opt")
    let calibration = try Self.calibration(model)
    let smoothed = try model.smoothed(calibration: calibration)
    var largest = [Float](repeating: 0, count: 32)
    for sequence in calibration.sequences {
      _ = try smoothed.logits(sequence) { seen in
        guard seen.layers[0] == LinearLayerID(block: 0, role: .query) else { return }
        for (place, value) in seen.values.enumerated() {
          largest[place % 32] = max(largest[place % 32], abs(value))
        }
      }
    }
    let weights = [LinearLayerID.Role.query, .key, .value].compactMap {
      smoothed.layer(LinearLayerID(block: 0, role: $0))?.weight.columnMaximumMagnitudes
    }
    for channel in 0..<32 {
      let weight = weights.map { $0[channel] }.max() ?? 0
      // max|x|/s and max|w|·s, s = √(max|x|/max|w|): both √(max|x|·max|w|), but for rounding.
      #expect(abs(largest[channel] / weight - 1) < 1e-4)
    }
  }

  @Test("a rotation spreads a planted outlier over all channels")
  func spreading() throws {
    for name in ["data:opt", "data:llama"] {
      let model = try Self.model(name)
      let recipe = QuantizationRecipe(try .named("rtn", bits: 4, group: 0), stages: [.rotation])
      let record = try #require(
        try model.folded(recipe, calibration: Self.calibration(model)).records.first)
      // Six channels are 8 to 64 times as loud as others. Turned, channels are sums of 256 numbers with random
      // signs, alike but for chance: the loudest of 256 such is no three times the median.
      let attention = record.places.filter { $0.name.contains("q_proj") }
      #expect(attention.count == 4)
      for place in attention {
        #expect(try #require(place.before.inputRatio) > 20, "\(name) \(place)")
        #expect(try #require(place.after.inputRatio) < 3, "\(name) \(place)")
        #expect(try #require(place.after.weightRatio) < 3, "\(name) \(place)")
      }
      #expect(try #require(record.nearestErrorAfter) < (try #require(record.nearestErrorBefore)))
    }
  }

  @Test("E is told in the original's units: by hand, through the layer's own outputs")
  func originalUnits() throws {
    let model = try Self.model("golden:llama")
    let calibration = try Self.calibration(model)
    let recipe = QuantizationRecipe(
      try .named("rtn", bits: 3, group: 0), stages: [.awq(alpha: 0.5)])
    let folded = try model.folded(recipe, calibration: calibration)
    let (quantized, records) = try model.quantized(recipe, calibration: calibration)
    for role in [LinearLayerID.Role.value, .up] {
      let id = LinearLayerID(block: 0, role: role)
      // The layer after the scaled one has its columns times s; the scaled one's outputs are over s.
      let next = LinearLayerID(block: 0, role: role == .value ? .attentionOutput : .down)
      let scales = zip(
        try #require(folded.model.layer(next)?.weight.row(0)),
        try #require(model.layer(next)?.weight.row(0))
      ).map { $0 / $1 }
      let own: [Float] =
        role == .value ? [0..<8, 16..<24].flatMap { scales[$0] } : scales
      var (error, power) = (0.0, 0.0)
      for sequence in calibration.sequences {
        let states = try folded.model.embedded(sequence)
        var inputs: Matrix?
        _ = folded.model.output(ofBlock: 0, for: states) { seen in
          guard seen.layers.contains(id) else { return }
          inputs = Matrix(rows: seen.rows, columns: seen.columns) {
            seen.values[$0 * seen.columns + $1]
          }
        }
        let rows = try #require(inputs)
        let (whole, coarse) = (
          try #require(folded.model.layer(id)), try #require(quantized.layer(id))
        )
        let exact = whole(rows).scalingColumns(by: own)
        let rounded = coarse(rows).scalingColumns(by: own)
        error += exact.squaredDistance(to: rounded)
        power += exact.squaredFrobeniusNorm
      }
      let record = try #require(records.first { $0.block == 0 && $0.role == role.rawValue })
      // Two ways of summing the same squares in single precision.
      #expect(abs(try #require(record.outputError) / error - 1) < 1e-4)
      #expect(abs(try #require(record.outputPower) / power - 1) < 1e-4)
      // ‖WX‖² is the unfolded model's, too: the fold has changed none of it.
      let plain = try model.quantized(
        QuantizationRecipe(recipe.rule), calibration: calibration
      ).records.first { $0.block == 0 && $0.role == role.rawValue }
      #expect(abs(try #require(plain?.outputPower) / power - 1) < 1e-4)
    }
  }

  @Test("‖WX‖² stays where a norm's offset has moved into biases")
  func constants() throws {
    let model = try Self.model("data:opt")
    let calibration = try Self.calibration(model)
    let rule = try LayerRule.named("rtn", bits: 4, group: 64)
    let plain = try model.quantized(QuantizationRecipe(rule), calibration: calibration).records
    let turned = try model.quantized(
      QuantizationRecipe(rule, stages: [.rotation]), calibration: calibration
    ).records
    for (one, other) in zip(plain, turned)
    where one.block == 0 && one.role != "attentionOutput" && one.role != "down" && one.role != "up"
    {
      #expect(
        abs(try #require(one.outputPower) / (try #require(other.outputPower)) - 1) < 1e-3,
        "\(one.name)")
    }
  }

  @Test(
    "norms after the layers, stages that undo others, stages without their data: refused in words")
  func refusals() throws {
    let model = try Self.model("golden:opt")
    func message(_ stages: [FoldStage], on model: Transformer, with set: CalibrationSet?) throws
      -> String
    {
      let recipe = QuantizationRecipe(try .named("rtn", bits: 4, group: 0), stages: stages)
      let error = #expect(throws: PipelineError.self) {
        try model.folded(recipe, calibration: set)
      }
      return error?.description ?? ""
    }
    let set = try Self.calibration(model)
    #expect(
      try message([.smoothQuant(), .rotation], on: model, with: set).contains("put rotation first"))
    #expect(try message([.awq(), .awq()], on: model, with: set).contains("is there twice"))
    #expect(try message([.awq()], on: model, with: nil).contains("give --calibration"))
    let post = try Self.model("golden:opt-post-norm")
    #expect(try message([.rotation], on: post, with: nil).contains("post-norm"))
    #expect(throws: PipelineError.self) { try FoldStage(named: "smothquant") }
    #expect(throws: PipelineError.self) { try FoldStage(named: "rotation", alpha: 0.5) }
    #expect(throws: PipelineError.self) { try FoldStage(named: "awq", alpha: 1.5) }
  }
}
