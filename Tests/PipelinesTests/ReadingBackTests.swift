import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by law.
///
/// A folder read back is the model that was measured.
struct ReadingBackTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.file("model"))
  }

  @Test(
    "GPTQ and compressed-tensors folders open as models, and compute what was measured",
    arguments: [FormatChoice.gptq, .compressedTensors], [2, 3, 4, 8])
  func readBack(_ format: FormatChoice, _ bits: Int) throws {
    let source = try SourceModel(path: folder.file("model"))
    let set = try TinyLlama.calibration()
    for symmetric in [true, false] {
      let rule = try LayerRule.named("gptq", bits: bits, group: 32, symmetric: symmetric) {
        $0.actOrder = true
        // compressed-tensors holds act-order on groups of neighbours alone.
        $0.staticGroups = format == .compressedTensors
      }
      let recipe = QuantizationRecipe(
        rule,
        exceptions: [
          .init(NamePattern("*.1.mlp.down_proj"), nil),
          .init(
            NamePattern("*.v_proj"), try .named("rtn", bits: 8, group: 0, symmetric: symmetric)),
        ])
      let out = folder.file("\(bits) \(symmetric)")
      let records = try QuantizationRun(
        source, recipe: recipe, calibration: set, format: format, version: "test"
      ).run(to: out)
      let read = try Transformer(path: out)
      for record in records {
        let role = try #require(LinearLayerID.Role(rawValue: record.role))
        let id = LinearLayerID(block: record.block, role: role)
        let difference =
          try #require(read.layer(id)).weight - #require(source.model.layer(id)).weight
        // The record's error is of the weight as readers compute it: the very same numbers.
        #expect(
          difference.squaredFrobeniusNorm / Double(difference.count) == record.weightError,
          "\(record.name)")
      }
      let kept = LinearLayerID(block: 1, role: .down)
      #expect(read.layer(kept)?.weight == source.model.layer(kept)?.weight)
      // Computing with the codes and with what they stand for differs by rounding only.
      let decoded = try Transformer(path: out, keepsBlocks: false)
      for id in read.linearLayers where id != kept {
        #expect(read.layer(id) is PackedGroupLinear && decoded.layer(id) is DenseLayer)
        #expect(read.layer(id)?.weight == decoded.layer(id)?.weight)
      }
      for tokens in [[1], Array(1...40)] {
        let (packed, floats) = (try read.logits(tokens), try decoded.logits(tokens))
        let size = floats.elements.reduce(0) { max($0, $1.magnitude) }
        // Three blocks of seven layers and a head, each a sum of at most 96 products: 22 times the
        // bound of one sum, 96 steps of 2⁻²⁴, and twice that for the two ways to compute it.
        #expect(packed.maximumDifference(from: floats) <= size * 22 * 2 * 96 * 0x1p-24)
      }
    }
  }

  /// A format, a method with what is asked of it, and whether products use the codes.
  struct Case: Sendable, CustomTestStringConvertible {
    let format: FormatChoice
    let method: String
    let bits: Int?
    let group: Int
    var symmetric: Bool?
    var testDescription: String { "\(format.name), \(method), groups of \(group)" }
  }

  @Test(
    "AWQ and bitsandbytes folders open as models, and compute what was measured",
    arguments: [
      Case(format: .awq, method: "rtn", bits: 4, group: 32),
      Case(format: .awq, method: "gptq", bits: 4, group: 32, symmetric: true),
      Case(format: .awq, method: "rtn", bits: 4, group: 0),
      Case(format: .bitsAndBytes, method: "nf4", bits: nil, group: 64),
      Case(format: .bitsAndBytes, method: "nf4", bits: nil, group: 32),
      Case(format: .bitsAndBytes, method: "fp4", bits: nil, group: 64),
    ])
  func readBackOthers(_ test: Case) throws {
    let source = try SourceModel(path: folder.file("model"))
    let out = folder.file("out")
    let rule = try LayerRule.named(
      test.method, bits: test.bits, group: test.group, symmetric: test.symmetric)
    let records = try QuantizationRun(
      source,
      recipe: QuantizationRecipe(rule, exceptions: [.init(NamePattern("*.1.mlp.up_proj"), nil)]),
      calibration: try TinyLlama.calibration(), format: test.format, version: "test"
    ).run(to: out)
    #expect(records.count == 20)
    let read = try Transformer(path: out)
    for record in records {
      let role = try #require(LinearLayerID.Role(rawValue: record.role))
      let id = LinearLayerID(block: record.block, role: role)
      let layer = try #require(read.layer(id))
      #expect((layer is PackedGroupLinear) == (test.format == .awq))
      let difference = layer.weight - (try #require(source.model.layer(id)).weight)
      #expect(
        difference.squaredFrobeniusNorm / Double(difference.count) == record.weightError,
        "\(record.name)")
    }
    let kept = LinearLayerID(block: 1, role: .up)
    #expect(read.layer(kept)?.weight == source.model.layer(kept)?.weight)
  }

  @Test("compressed-tensors folders of earlier releases, with act-order's groups, are read")
  func groupNumbers() throws {
    let out = folder.file("out")
    _ = try QuantizationRun(
      SourceModel(path: folder.file("model")),
      recipe: QuantizationRecipe(try .named("rtn", bits: 4, group: 32, symmetric: true)),
      calibration: nil, format: .compressedTensors, version: "test"
    ).run(to: out)
    let before = try Transformer(path: out)
    // Every second input in the first of two groups: what was there stays, with another group's scale.
    let index = (0..<64).map { Int32($0 % 2) }
    let name = "model.layers.1.mlp.up_proj"
    let file = try SafetensorsFile(path: out + "/model.safetensors")
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for info in file.entries {
      let bytes = try file.withBytes(named: info.name) { Array($0) }
      try writer.add(info.name, shape: info.shape, bytes: bytes, as: info.type)
    }
    try writer.add(name + ".weight_g_idx", shape: [64], index)
    let scales = try Checkpoint(path: out).floats(named: name + ".weight_scale")
    try writer.write(to: out + "/model.safetensors", replacing: true)
    let config = try String(contentsOfFile: out + "/config.json", encoding: .utf8)
    let changed = config.replacingOccurrences(
      of: "\"actorder\": null", with: "\"actorder\": \"group\"")
    try changed.write(toFile: out + "/config.json", atomically: true, encoding: .utf8)
    let id = LinearLayerID(block: 1, role: .up)
    let old = try #require(before.layer(id)).weight
    let new = try #require(try Transformer(path: out).layer(id)).weight
    for row in 0..<96 {
      for column in 0..<64 {
        let code = (old[row, column] / scales[row * 2 + column / 32]).rounded()
        #expect(new[row, column] == code * scales[row * 2 + column % 2])
      }
    }
  }

  @Test("what AWQ's and bitsandbytes' formats cannot hold is refused with the reason")
  func refusedByFormat() throws {
    let source = try SourceModel(path: folder.file("model"))
    for (format, method, bits, group, actOrder, word) in [
      (.awq, "rtn", 3, 32, nil, "4 bits"), (.awq, "gptq", 4, 32, true, "act-order"),
      (.awq, "nf4", nil, 32, nil, "table"), (.bitsAndBytes, "rtn", 4, 32, nil, "nf4"),
      (.bitsAndBytes, "nf4", nil, 16, nil, "blocks of 32"),
      (.bitsAndBytes, "lloyd-max", 4, 32, nil, "nf4"),
    ] as [(FormatChoice, String, Int?, Int, Bool?, String)] {
      let rule = try LayerRule.named(method, bits: bits, group: method == "lloyd-max" ? nil : group)
      {
        $0.actOrder = actOrder
      }
      let error = #expect(throws: PipelineError.self) {
        try QuantizationRun(
          source, recipe: QuantizationRecipe(rule), calibration: try TinyLlama.calibration(),
          format: format, version: "test"
        ).run(to: folder.file("refused"))
      }
      #expect(error?.description.contains(word) == true, "\(error.map { "\($0)" } ?? "")")
      #expect(!FileManager.default.fileExists(atPath: folder.file("refused")))
      try? FileManager.default.removeItem(atPath: folder.file(".refused.nibble"))
    }
  }

  @Test("a folder of codes is not quantized block by block again")
  func codesAgain() throws {
    let out = folder.file("out")
    let recipe = QuantizationRecipe(try .named("rtn", bits: 4, group: 32))
    _ = try QuantizationRun(
      SourceModel(path: folder.file("model")), recipe: recipe, calibration: nil, format: .gptq,
      version: "test"
    ).run(to: out)
    let error = #expect(throws: PipelineError.self) {
      try QuantizationRun(
        SourceModel(path: out), recipe: recipe, calibration: nil, format: .gptq, version: "test")
    }
    #expect(error?.description.contains("gptq's codes already") == true)
  }

  @Test("codes of another kind are refused by name, and broken ones with the layer's")
  func refusals() throws {
    let out = folder.file("out")
    _ = try QuantizationRun(
      SourceModel(path: folder.file("model")),
      recipe: QuantizationRecipe(try .named("rtn", bits: 4, group: 32)), calibration: nil,
      format: .gptq, version: "test"
    ).run(to: out)
    let config = try String(contentsOfFile: out + "/config.json", encoding: .utf8)
    func open(replacing old: String, by new: String) throws {
      let changed = config.replacingOccurrences(of: old, with: new)
      try #require(changed != config)
      try changed.write(toFile: out + "/config.json", atomically: true, encoding: .utf8)
      _ = try Transformer(path: out)
    }
    #expect(throws: ModelError.self) { try open(replacing: "gptq_v2", by: "gptq_p") }
    #expect(throws: ModelError.self) { try open(replacing: "\"gptq\"", by: "\"hqq\"") }
    try config.write(toFile: out + "/config.json", atomically: true, encoding: .utf8)
    let file = try SafetensorsFile(path: out + "/model.safetensors")
    var writer = SafetensorsWriter()
    for info in file.entries {
      let isBroken = info.name == "model.layers.0.mlp.up_proj.qzeros"
      let bytes = try file.withBytes(named: info.name) { Array($0) }
      try writer.add(
        info.name, shape: isBroken ? [1, info.shape[1]] : info.shape,
        bytes: isBroken ? Array(bytes.prefix(info.shape[1] * 4)) : bytes, as: info.type)
    }
    try writer.write(to: out + "/model.safetensors", replacing: true)
    let error = #expect(throws: ModelError.self) { try Transformer(path: out) }
    #expect(error?.description.contains("model.layers.0.mlp.up_proj") == true)
  }
}
