import Tensors
import Testing
import Training

@Suite("by second implementation: the fast passes against plain loops in double precision")
struct FiniteDifferenceTests {
  @Test(
    "every tensor's gradient is the slope of the reference's loss",
    arguments: ["opt relu", "opt gelu", "llama grouped untied", "llama tied"])
  func slopes(title: String) throws {
    let model = try SmallModels.filled(try #require(SmallModels.shapes[title]))
    try expectSlopes(of: model, windows: SmallModels.windows)
  }

  @Test("also across blocks of attention and pieces of logits", arguments: ["opt", "llama"])
  func longWindows(title: String) throws {
    // 150 tokens are three blocks of 64 rows; four windows are 600 rows, two pieces of 512.
    let shape =
      title == "opt"
      ? SmallModels.shape(.opt, context: 150)
      : SmallModels.shape(.llama, groups: 2, tied: false, context: 150)
    let windows = (0..<4).map { window in
      let tokens: [Int32] = (0...150).map { place in
        Int32(truncatingIfNeeded: (place * place + 3 * place * window + window) % 19)
      }
      return TokenWindow(tokens)
    }
    try expectSlopes(of: try SmallModels.filled(shape), windows: windows, tensors: 5)
  }

  private func expectSlopes(
    of model: TrainableModel, windows: [TokenWindow], tensors: Int = .max
  ) throws {
    let reference = TransformerReference(model)
    let (loss, gradient) = try model.lossAndGradient(windows)
    let exact = reference.loss(windows)
    // Some dozen products of inner size up to 150 in float32: 12 · 150 · 2⁻²⁴ ≈ 1e-4 at the very
    // worst, and a tenth of it as rounding errors fall to both sides.
    let tolerance = 1e-5
    #expect(abs(loss.mean - exact) < tolerance * exact)
    #expect(abs(try model.loss(windows).mean - exact) < tolerance * exact)
    let step = 1e-5  // squared times the third derivative, and 2⁻⁵² over it, are both below 1e-9
    let names = model.tensorNames
    for name in stride(from: 0, to: names.count, by: max(1, names.count / tensors)).map({
      names[$0]
    }) {
      let range = try #require(reference.range(of: name))
      let direction = Formula.values(name + "/slope", count: range.count)
      func loss(at distance: Double) -> Double {
        var moved = reference
        for (place, part) in zip(range, direction) {
          moved.weights[place] += distance * Double(part)
        }
        return moved.loss(windows)
      }
      let slope = (loss(at: step) - loss(at: -step)) / (2 * step)
      let values = try gradient.values(of: name)
      let size = (dot(values, values) * dot(direction, direction)).squareRoot()
      #expect(
        abs(dot(values, direction) - slope) < tolerance * max(size, 0.1),
        "\(name): \(dot(values, direction)) and \(slope)")
    }
  }

  @Test("logits are the reference's")
  func logits() throws {
    for shape in SmallModels.shapes.values {
      let model = try SmallModels.filled(shape)
      let tokens = SmallModels.windows[1].inputs
      let exact = TransformerReference(model).logits(tokens)
      let fast = try model.logits(tokens)
      for (row, values) in exact.enumerated() {
        for (column, value) in values.enumerated() {
          #expect(abs(Double(fast[row, column]) - value) < 1e-5)
        }
      }
    }
  }

  @Test("by law: a batch's gradient is the mean of its windows' gradients")
  func batches() throws {
    for shape in SmallModels.shapes.values {
      let model = try SmallModels.filled(shape)
      let windows = [SmallModels.windows[0], TokenWindow([7, 7, 1, 2, 3, 18, 0, 5, 5, 9])]
      let together = try model.lossAndGradient(windows)
      let apart = try windows.map { try model.lossAndGradient([$0]) }
      #expect(abs(together.loss.sum - apart[0].loss.sum - apart[1].loss.sum) < 1e-4)
      for name in model.tensorNames {
        let first = try apart[0].gradient.values(of: name)
        let second = try apart[1].gradient.values(of: name)
        let both = try together.gradient.values(of: name)
        for place in both.indices {
          #expect(abs(both[place] - (first[place] + second[place]) / 2) < 1e-6)
        }
      }
    }
  }
}
