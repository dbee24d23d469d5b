import Foundation
import Testing
import Training

/// Models small enough to differentiate by hand, filled by the formula.
enum SmallModels {
  static let shapes: [String: ModelShape] = [
    "opt relu": shape(.opt), "opt gelu": shape(.opt, activation: .gelu),
    "llama grouped untied": shape(.llama, groups: 2, tied: false), "llama tied": shape(.llama),
  ]

  static func shape(
    _ architecture: ModelShape.Architecture, groups: Int = 4, tied: Bool = true,
    activation: ModelShape.Activation = .relu, context: Int = 12
  ) -> ModelShape {
    ModelShape(
      architecture: architecture, vocabularySize: 19, hiddenSize: 16, layers: 2, heads: 4,
      keyValueHeads: groups, feedForwardSize: 24, contextLength: context, activation: activation,
      tiedHead: tied)
  }

  static func filled(_ shape: ModelShape) throws -> TrainableModel {
    let model = try TrainableModel(shape, seed: 1)
    for name in model.tensorNames {
      let sizes = try model.shape(of: name)
      var values = Formula.values(name, count: sizes.reduce(1, *))
      if sizes.count == 1 && name.hasSuffix("norm.weight") { values = values.map { 1 + $0 / 2 } }
      try model.setValues(of: name, to: values)
    }
    return model
  }

  static let windows = [
    TokenWindow(inputs: [3, 1, 4, 1, 5, 9, 2, 6, 5], targets: [1, 4, 1, 5, 9, 2, 6, 5, 3]),
    TokenWindow(
      inputs: [18, 0, 17, 7, 7, 3, 11, 12, 13], targets: [-1, 17, 7, 7, 3, -1, 12, 13, 18]),
  ]
}

/// A folder that is gone after the test.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("nibble-training-" + UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

func dot(_ left: [Float], _ right: [Float]) -> Double {
  zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
