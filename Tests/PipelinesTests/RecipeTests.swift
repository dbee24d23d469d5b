import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by hand.
struct RecipeTests {
  @Test("patterns match as a shell's do")
  func patterns() {
    let name = "model.layers.10.mlp.down_proj"
    for text in ["*", "*.down_proj", "model.layers.1?.mlp.*", name, "*layers*mlp*", "m*j"] {
      #expect(NamePattern(text).matches(name), "\(text)")
    }
    for text in ["", "*.down", "model.layers.?.mlp.*", name + "?", "layers*", "*.down_proj.*"] {
      #expect(!NamePattern(text).matches(name), "\(text)")
    }
    #expect(NamePattern("").matches("") && NamePattern("**").matches(""))
  }

  @Test("a recipe is read as it is written, the first exception that matches counting")
  func reading() throws {
    let recipe = try QuantizationRecipe(
      [
        "method": .text("gptq"), "bits": .whole(4), "group-size": .whole(64),
        "symmetric": .flag(true), "act-order": .flag(true), "damping": .number(0.02),
        "order": .text("true-sequential"), "seed": .whole(7), "range": .text("mse"),
        "norm": .number(2.4),
        "layers": .list([
          .table(["match": .text("*.0.*"), "keep": .flag(true)]),
          .table(["match": .text("*.down_proj"), "bits": .whole(8)]),
          .table(["match": .text("*.up_proj"), "method": .text("rtn")]),
        ]),
      ], path: "recipe.yaml")
    #expect(recipe.order == .trueSequential && recipe.seed == 7)
    #expect(recipe.rule(for: "layers.0.down_proj") == nil)
    let down = try #require(recipe.rule(for: "layers.1.down_proj"))
    #expect(down.method.name == "gptq" && down.options.bits == 8)
    #expect(down.options.actOrder == true && down.options.damping == 0.02)
    #expect(down.options.range == .meanSquaredError(norm: 2.4))
    // Another method begins anew: damping would mean nothing to it.
    let up = try #require(recipe.rule(for: "layers.1.up_proj"))
    #expect(up.method.name == "rtn" && up.options.given == [.bits, .groupSize, .symmetry])
    #expect(
      recipe.written.map { "\($0.key)=\($0.value)" } == [
        "method=gptq", "bits=4", "group-size=64", "symmetric=true", "range=mse", "norm=2.4",
        "act-order=true", "damping=0.02", "order=true-sequential", "seed=7", "layers *.0.*=kept",
        "layers *.down_proj=gptq bits 8 group-size 64 symmetric true range mse norm 2.4 act-order true "
          + "damping 0.02",
        "layers *.up_proj=rtn bits 4 group-size 64 symmetric true",
      ])
  }

  @Test(
    "what means nothing is refused with the place and the way out",
    arguments: [
      ("bit", RecipeValue.whole(4), "recipe.yaml: there is no key 'bit'; did you mean 'bits'?"),
      ("bits", .whole(9), "recipe.yaml: bits is 9; expected a whole number from 1 to 8"),
      ("bits", .text("four"), "recipe.yaml: bits is 'four'; expected"),
      ("order", .text("any"), "recipe.yaml: order is 'any'; expected block, true-sequential"),
      ("alpha", .number(0.5), "recipe.yaml: gptq does not use alpha"),
      ("norm", .number(2.4), "recipe.yaml: norm is 2.4; expected 2 or 2.4, with range mse"),
      ("method", .text("gtpq"), "recipe.yaml: there is no method 'gtpq'; did you mean 'gptq'?"),
      ("layers", .text("none"), "recipe.yaml: layers is 'none'; expected a list"),
      (
        "layers", .list([.table(["match": .text("*"), "keep": .flag(false)])]),
        "recipe.yaml: layers[0]: keep is false; expected true"
      ),
      (
        "layers", .list([.table(["matches": .text("*")])]), "recipe.yaml: layers[0]: match is"
      ),
      (
        "layers", .list([.table(["match": .text("*"), "method": .text("gtpq")])]),
        "recipe.yaml: layers[0]: there is no method 'gtpq'; did you mean 'gptq'?"
      ),
      (
        "layers",
        .list([
          .table(["match": .text("*"), "method": .text("rotation"), "then": .text("nosuch")])
        ]), "recipe.yaml: layers[0]: there is no method 'nosuch'"
      ),
      ("then", .text("rtn"), "recipe.yaml: gptq does not use then"),
      ("stages", .list([.text("awk")]), "recipe.yaml: stages[0]: there is no stage 'awk'"),
      (
        "stages", .list([.text("awq"), .text("awq")]),
        "recipe.yaml: stages: the stage awq is there twice"
      ),
    ])
  func refusals(_ key: String, _ value: RecipeValue, _ message: String) {
    var values: [String: RecipeValue] = ["method": .text("gptq")]
    values[key] = value
    let error = #expect(throws: PipelineError.self) {
      try QuantizationRecipe(values, path: "recipe.yaml")
    }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    #expect(error?.kind == .badData)
  }

  @Test("a rotation's options are its own, or those of the method after it")
  func rotations() throws {
    func rule(_ then: String?, _ change: (inout LayerOptions) -> Void = { _ in }) throws {
      try LayerRule.named("rotation", bits: then == "nf4" ? nil : 4, group: 32) {
        $0.then = then
        change(&$0)
      }.check()
    }
    try rule(nil)
    try rule("gptq") {
      $0.damping = 0.1
      $0.rotation = .hadamard
      $0.blockwise = true
      $0.iterations = 3
    }
    try rule("nf4")
    #expect(throws: QuantizationError.self) { try rule("rtn") { $0.damping = 0.1 } }
    #expect(throws: QuantizationError.self) { try rule("nf4") { $0.symmetric = true } }
    #expect(throws: QuantizationError.self) { try rule("nosuch") }
    #expect(throws: QuantizationError.self) { try rule("rotation") }
    // What is let through is what the method itself takes, and the other way round.
    let weight = Matrix(rows: 8, columns: 32, drawnFrom: .normal(mean: 0, deviation: 1), seed: 1)
    let input = try LayerInput(
      weight: weight,
      activations: Matrix(
        rows: 64, columns: 32, drawnFrom: .normal(mean: 0, deviation: 1), seed: 2))
    let changes: [(inout LayerOptions) -> Void] = [
      { _ in }, { $0.bits = 4 }, { $0.damping = 0.1 }, { $0.symmetric = true },
      { $0.biasCorrection = true }, { $0.blockwise = true }, { $0.codebooks = 2 },
    ]
    for then in ["rtn", "nf4", "gptq", "smoothquant", "hqq"] {
      for (index, change) in changes.enumerated() {
        let rule = try LayerRule.named("rotation") {
          $0.then = then
          change(&$0)
        }
        let isTaken = (try? rule.check()) != nil
        let works = (try? rule.method.quantize(input, rule.options)) != nil
        #expect(isTaken == works, "\(then), change \(index)")
      }
    }
  }
}
