import Pipelines
import Quantization
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
    ])
  func refusals(_ key: String, _ value: RecipeValue, _ message: String) {
    var values: [String: RecipeValue] = ["method": .text("gptq")]
    values[key] = value
    let error = #expect(throws: PipelineError.self) {
      try QuantizationRecipe(values, path: "recipe.yaml")
    }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }
}
