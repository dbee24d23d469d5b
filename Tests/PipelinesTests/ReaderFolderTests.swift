import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by another framework.
///
/// `Tests/Goldens/readers/folders.py` has transformers, GPTQModel and vLLM open what this engine writes, and records
/// their logits. The same folders are written here, and compute the same.
struct ReaderFolderTests {
  struct Golden: Decodable {
    let ids: [Int]
    let cases: [Case]
  }

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let model: String
    let format: String
    let recipe: Recipe
    let readers: [String: Reader]

    var testDescription: String { "\(name), \(model)" }
    /// Those without calibration: rounding to nearest, and tables.
    var isRepeated: Bool { ["rtn", "nf4", "fp4"].contains(recipe.method ?? "") }
  }

  struct Recipe: Decodable, Sendable {
    let method: String?
    let bits: Int?
    let groupSize: Int?
    let symmetric: Bool?
    let match: String?
    let keep: Bool?
    let layers: [Recipe]?

    enum CodingKeys: String, CodingKey {
      case method, bits, symmetric, match, keep, layers
      case groupSize = "group-size"
    }

    var values: [String: RecipeValue] {
      var values: [String: RecipeValue] = [:]
      if let method { values["method"] = .text(method) }
      if let bits { values["bits"] = .whole(bits) }
      if let groupSize { values["group-size"] = .whole(groupSize) }
      if let symmetric { values["symmetric"] = .flag(symmetric) }
      if let match { values["match"] = .text(match) }
      if let keep { values["keep"] = .flag(keep) }
      if let layers { values["layers"] = .list(layers.map { .table($0.values) }) }
      return values
    }
  }

  struct Reader: Decodable, Sendable {
    let refused: String?
    let largestDifference: Double?
    let allowed: Double?
    let position: Int?
    let logits: [Double]?
  }

  static let golden: Golden? = {
    let path = root.appendingPathComponent("Tests/Goldens/readers/folders.json")
    return try? JSONDecoder().decode(Golden.self, from: Data(contentsOf: path))
  }()

  private static var root: URL {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return folder
  }

  @Test("every reader that was tried has opened its folder, within what its arithmetic moves")
  func recorded() throws {
    let golden = try #require(Self.golden)
    #expect(golden.cases.count >= 20)
    for test in golden.cases {
      for (reader, row) in test.readers {
        #expect(row.refused == nil, "\(test.name), \(reader)")
        #expect(
          (row.largestDifference ?? .infinity) <= (row.allowed ?? 0), "\(test.name), \(reader)")
      }
    }
    let readers = Set(golden.cases.flatMap(\.readers.keys))
    #expect(readers == ["transformers", "gptqmodel", "vllm", "vllm-bfloat16"])
  }

  @Test(
    "this engine computes the logits that the readers have from the same folders",
    arguments: golden?.cases.filter(\.isRepeated) ?? [])
  func sameLogits(_ test: Case) throws {
    let golden = try #require(Self.golden)
    let folder = try TemporaryFolder()
    try Self.write(test.model, to: folder.file("model"))
    let recipe = try QuantizationRecipe(test.recipe.values, path: test.name)
    _ = try QuantizationRun(
      SourceModel(path: folder.file("model")), recipe: recipe, calibration: nil,
      format: FormatChoice(name: test.format), version: "test"
    ).run(to: folder.file("out"))
    let logits = try Transformer(path: folder.file("out")).logits(golden.ids)
    for (reader, row) in test.readers {
      let (position, theirs) = (try #require(row.position), try #require(row.logits))
      let allowed = try #require(row.allowed)
      for (place, value) in theirs.enumerated() {
        // Every 29th; written down with six digits.
        let difference = (Double(logits[position, 29 * place]) - value).magnitude
        #expect(difference <= allowed + 5e-7, "\(reader), \(29 * place)")
      }
    }
  }

  /// The shipped model in float32; `bare` without its head and the names' `model.`.
  private static func write(_ model: String, to path: String) throws {
    let origin = root.appendingPathComponent(
      "Datasets/models/\(model.split(separator: " ").last ?? "")"
    ).path
    let isBare = model.hasPrefix("bare ")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let config = try String(contentsOfFile: origin + "/config.json", encoding: .utf8)
      .replacingOccurrences(of: "bfloat16", with: "float32")
    try config.write(toFile: path + "/config.json", atomically: true, encoding: .utf8)
    let checkpoint = try Checkpoint(path: origin)
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for tensor in checkpoint.tensors where !isBare || tensor.name != "lm_head.weight" {
      try writer.add(
        isBare ? String(tensor.name.trimmingPrefix("model.")) : tensor.name, shape: tensor.shape,
        try checkpoint.floats(named: tensor.name))
    }
    try writer.write(to: path + "/model.safetensors")
  }
}
