import Tensors
import Testing
import Training

@Suite("by another framework: loss, logits and gradients are PyTorch's")
struct PassGoldenTests {
  struct Case: Decodable {
    struct Gradient: Decodable {
      let norm: Double
      let along: Double
      let first: [Double]
    }

    let title: String
    let loss: Double
    let logits: [Double]
    let gradients: [String: Gradient]
  }

  @Test("of OPT with ReLU and GELU, of Llama with grouped and full heads, tied and untied")
  func transformers() throws {
    let golden = try Golden<Case>.load("transformers")
    #expect(golden.cases.count == SmallModels.shapes.count)
    for expected in golden.cases {
      let model = try SmallModels.filled(try #require(SmallModels.shapes[expected.title]))
      #expect(Set(model.tensorNames) == Set(expected.gradients.keys), "\(expected.title)")
      let (loss, gradient) = try model.lossAndGradient(SmallModels.windows)
      #expect(abs(loss.mean - expected.loss) < golden.tolerance * expected.loss)
      #expect(loss.count == 16)
      let logits = try model.logits(SmallModels.windows[0].inputs).row(8)
      let largest = expected.logits.map(abs).max() ?? 0
      for (logit, value) in zip(logits, expected.logits) {
        #expect(abs(Double(logit) - value) < golden.tolerance * largest)
      }
      for (name, slopes) in expected.gradients {
        let values = try gradient.values(of: name)
        let place = "\(expected.title) \(name)"
        // A projection on numbers below 1/4 is off by a quarter of √count times the error of one.
        let direction = Formula.values(name + "/direction", count: values.count)
        let reach = Double(dot(direction, direction)).squareRoot()
        let norm = dot(values, values).squareRoot()
        // The key bias shifts all scores of a row alike, so its slope is zero but for rounding.
        let size = max(slopes.norm, 1e-2)
        #expect(abs(norm - slopes.norm) < golden.tolerance * size, "\(place)")
        #expect(
          abs(dot(values, direction) - slopes.along) < golden.tolerance * size * reach, "\(place)")
        for (value, slope) in zip(values, slopes.first) {
          #expect(abs(Double(value) - slope) < golden.tolerance * size, "\(place)")
        }
      }
    }
  }
}
