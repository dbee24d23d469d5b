import Foundation
import Models
import Pipelines
import Quantization
import Tensors
import Testing
import Tokenizers

/// Evidence: by law (the file computes what the model computes), and by second implementation (each tensor's
/// bytes are its format's, of rows reordered by the rule as it is written in llama.cpp's converter).
struct GGUFConversionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The models that ship with the course: 256 wide, so that every type of blocks fits.
  private static func shipped(_ name: String) -> String {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    return folder.appendingPathComponent("Datasets/models/\(name)").path
  }

  private func convert(
    _ model: String, _ mixture: String, to out: String, importance: ImportanceMatrix? = nil
  ) throws -> [LayerRecord] {
    try GGUFConversion(
      try SourceModel(path: model), mixture: try GGUFMixture(named: mixture),
      importance: importance
    ).write(to: out)
  }

  /// Two forward passes of the same numbers in another order: each of the blocks' seven layers and the head
  /// sums at most `width` products, and each sum is off by as many steps of 2⁻²⁴.
  private static func tolerance(_ logits: Matrix, blocks: Int, width: Int) -> Float {
    let size = logits.elements.reduce(0) { max($0, $1.magnitude) }
    return size * Float((7 * blocks + 1) * 2 * width) * 0x1p-24
  }

  @Test("in single precision: the model's logits, its tokenizer, its beginning and end")
  func wholeModel() throws {
    let (source, out) = (Self.shipped("llama"), folder.file("llama.gguf"))
    let records = try convert(source, "f32", to: out)
    #expect(records.count == 4 * 7 + 1 && records.allSatisfy { $0.weightError == 0 })
    let (model, read) = (try TextModel(path: source), try TextModel(path: out))
    let text = "Once there was a fox. It went to the barn, where 12 hens were asleep!"
    let ids = try model.tokenizer.encode(text, special: .template)
    #expect(try read.tokenizer.encode(text, special: .template) == ids)
    #expect(read.beginningToken == model.beginningToken && read.endTokens == model.endTokens)
    let expected = try model.transformer.logits(ids)
    let logits = try read.transformer.logits(ids)
    #expect(
      logits.maximumDifference(from: expected)
        <= Self.tolerance(expected, blocks: 4, width: 768))
    #expect(read.transformer.configuration.tiesEmbeddings)
    let file = try GGUFFile(path: out)
    #expect(!file.contains("output.weight") && file.metadata["general.quantization_version"] == nil)
    #expect(file.metadata["general.file_type"] == .integer(0))
  }

  /// A tensor of the model as the file orders it: heads × 2 × half × columns, the two middle axes swapped.
  private static func expected(_ name: String, _ model: Transformer) throws -> Matrix {
    let names = ["attn_q": "q_proj", "attn_k": "k_proj"]
    let parts = name.split(separator: ".").map(String.init)
    let block = try #require(Int(parts[1]))
    let roles: [String: LinearLayerID.Role] = [
      "attn_q": .query, "attn_k": .key, "attn_v": .value, "attn_output": .attentionOutput,
      "ffn_gate": .gate, "ffn_up": .up, "ffn_down": .down,
    ]
    let role = try #require(roles[parts[2]])
    let weight = try #require(model.layer(LinearLayerID(block: block, role: role))).weight
    guard names[parts[2]] != nil else { return weight }
    let half = model.configuration.headSize / 2
    var rows: [[Float]] = []
    for head in 0..<weight.rows / (2 * half) {
      for pair in 0..<half {
        for side in 0..<2 { rows.append(Array(weight.row(head * 2 * half + side * half + pair))) }
      }
    }
    return Matrix(rows)
  }

  @Test(
    "every tensor's bytes are those of its format",
    arguments: ["f16", "q8_0", "q4_0", "q4_k_m", "q5_k_s", "q3_k_m", "q2_k", "iq4_xs", "iq4_nl"])
  func bytes(mixture: String) throws {
    let out = folder.file("model.gguf")
    let source = try SourceModel(path: Self.shipped("llama"))
    let conversion = try GGUFConversion(source, mixture: try GGUFMixture(named: mixture))
    let records = try conversion.write(to: out)
    let file = try GGUFFile(path: out)
    #expect(file.names == conversion.plans.map(\.name))
    #expect(records.count == 4 * 7 + 1)
    for (info, plan) in zip(file.entries, conversion.plans) {
      #expect(info.type.name == plan.type && info.byteRange.count == plan.bytes)
      #expect(info.shape == plan.shape && !plan.isFallback)
      if info.shape.count == 1 { #expect(info.type.name == "f32") }
      guard info.name.hasPrefix("blk."), info.shape.count == 2 else { continue }
      let weight = try Self.expected(info.name, source.model)
      let bytes = try file.bytes(named: info.name)
      if let format = BlockFormat(info.type) {
        #expect(try format.quantized(weight).bytes == bytes, "\(info.name)")
      } else {
        #expect(
          HalfPrecision.narrow(weight.elements, as: .float16).withUnsafeBytes { Array($0) } == bytes
        )
      }
      let record = try #require(records.first { $0.name == info.name })
      #expect(record.bytes == bytes.count && record.method == "gguf:\(info.type.name)")
      // By second implementation: the error of what the file holds.
      let back = try Checkpoint(path: out).decodedMatrix(named: info.name)
      let error = (back - weight).squaredFrobeniusNorm / Double(weight.count)
      #expect(abs(record.weightError - error) <= 1e-4 * error)  // rows summed in single precision
    }
    // And a model of them is a model: it reads as well as blocks let it.
    #expect(try TextModel(path: out).transformer.logits([2, 5, 9]).elements.allSatisfy(\.isFinite))
  }

  @Test("with a calibration: mean squares of every layer's inputs weigh the blocks' errors")
  func importance() throws {
    let source = try SourceModel(path: Self.shipped("llama"))
    let text = try TextModel(path: Self.shipped("llama"))
    let words = "The fox and the hen went to the barn. It was late, and nobody saw them there."
    let set = try CalibrationSet(
      name: "words", sequences: [try text.tokenizer.encode(words), [5, 6, 7, 8, 9]])
    let matrix = try ImportanceMatrix(set, in: source.model)
    #expect(matrix.meanSquares.count == 4 * 7)
    // By second implementation: the statistics that methods are given.
    var statistics: [LinearLayerID: InputStatistics] = [:]
    for sequence in set.sequences {
      var states = try source.model.embedded(sequence)
      for block in 0..<4 {
        states = source.model.output(ofBlock: block, for: states) { seen in
          let rows = Matrix(rows: seen.rows, columns: seen.columns) { row, column in
            seen.values[row * seen.columns + column]
          }
          for id in seen.layers {
            try? statistics[id, default: InputStatistics(columns: seen.columns)].add(rows)
          }
        }
      }
    }
    for (id, mean) in matrix.meanSquares {
      let expected = try #require(statistics[id]).meanSquares
      #expect(mean.count == expected.count && mean.count >= 256)
      #expect(
        zip(mean, expected).allSatisfy { abs($0 - $1) <= 1e-5 * max($0, $1) }, "\(id)")
    }
    let out = folder.file("weighed.gguf")
    let records = try GGUFConversion(
      source, mixture: try GGUFMixture(named: "q4_k_m"), importance: matrix
    ).write(to: out)
    #expect(records.contains { $0.settings == "gguf:q4_k imatrix activations" })
    let file = try GGUFFile(path: out)
    let name = "blk.1.attn_k.weight"
    let id = LinearLayerID(block: 1, role: .key)
    let format = try #require(BlockFormat(file.info(named: name).type))
    let weight = try Self.expected(name, source.model)
    let weighed = try format.quantized(weight, importance: matrix.meanSquares[id])
    #expect(try file.bytes(named: name) == weighed.bytes)
    #expect(try format.quantized(weight).bytes != weighed.bytes)
  }

  @Test(
    "biases, shared keys, untied heads, scaled positions: the model's own logits",
    arguments: [
      "", #""attention_bias": true,"#,
      #""rope_scaling": {"rope_type": "linear", "factor": 4.0},"#,
      #"""
      "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 16},
      """#,
    ])
  func variants(extra: String) throws {
    let (source, out) = (folder.file("model"), folder.file("model.gguf"))
    let isBiased = extra.contains("bias")
    try TinyLlama.write(to: source, extra: extra, hasBiases: isBiased)
    let conversion = try GGUFConversion(
      try SourceModel(path: source), mixture: try GGUFMixture(named: "f32"))
    #expect(!conversion.hasTokenizer)
    _ = try conversion.write(to: out)
    let (model, read) = (try Transformer(path: source), try Transformer(path: out))
    #expect(read.configuration.tiesEmbeddings == false)
    #expect(read.configuration.hasQueryKeyValueBias == isBiased)
    let tokens = (0..<48).map { $0 * 31 % 96 }
    let expected = try model.logits(tokens)
    let difference = try read.logits(tokens).maximumDifference(from: expected)
    #expect(difference <= Self.tolerance(expected, blocks: 3, width: 96), "\(extra)")
    // Without the rule for rows the file would open just as well, and compute something else.
    #expect(difference < 1e-3)
  }

  @Test("a folder that GPTQ has quantized becomes a GGUF file of what its codes stand for")
  func fromCodes() throws {
    let (source, out) = (folder.file("model"), folder.file("gptq"))
    try TinyLlama.write(to: source)
    _ = try QuantizationRun(
      SourceModel(path: source),
      recipe: QuantizationRecipe(try .named("rtn", bits: 4, group: 32)), calibration: nil,
      format: .gptq, version: "test"
    ).run(to: out)
    _ = try convert(out, "f32", to: folder.file("codes.gguf"))
    let expected = try Transformer(path: out).logits([1, 2, 3, 4])
    let logits = try Transformer(path: folder.file("codes.gguf")).logits([1, 2, 3, 4])
    #expect(
      logits.maximumDifference(from: expected) <= Self.tolerance(expected, blocks: 3, width: 96))
  }

  @Test("a folder, or a file by its ending; what is there is refused, or replaced when asked")
  func outputs() throws {
    let source = folder.file("model")
    try TinyLlama.write(to: source)
    for out in [folder.file("out"), folder.file("out.gguf")] {
      _ = try convert(source, "q8_0", to: out)
      #expect(try Transformer(path: out).configuration.layerCount == 3)
      let before = try TemporaryFolder.contents(folder.path).keys.sorted()
      let error = #expect(throws: PipelineError.self) { try convert(source, "q8_0", to: out) }
      #expect(error?.kind == .cannotWrite && error?.description.contains("--force") == true)
      let conversion = try GGUFConversion(
        try SourceModel(path: source), mixture: try GGUFMixture(named: "q4_0"))
      _ = try conversion.write(to: out, replacing: true)
      #expect(try TemporaryFolder.contents(folder.path).keys.sorted() == before)
    }
    // 64 columns are a quarter of a block of 256: told, and stored in blocks of 32.
    let plans = try GGUFConversion(
      try SourceModel(path: source), mixture: try GGUFMixture(named: "q4_k_m")
    ).plans
    let query = try #require(plans.first { $0.name == "blk.2.attn_q.weight" })
    #expect(query.type == "q5_0" && query.isFallback && query.bytes == 64 * 2 * 22)
    #expect(plans.first { $0.name == "output.weight" }?.type == "q8_0")
  }

  @Test(
    "refused: OPT, which llama.cpp has not; a weight that is no number; one beyond half precision")
  func refusals() throws {
    let error = #expect(throws: PipelineError.self) {
      try convert(Self.shipped("opt"), "q8_0", to: folder.file("opt.gguf"))
    }
    #expect(error?.description.contains("llama.cpp has no OPT") == true)
    for (value, mixture, word) in [
      (Float.nan, "q8_0", "not finite"), (.infinity, "f16", "not finite"),
      (1e30, "f16", "range"), (1e30, "q8_0", "half precision"),
    ] {
      let source = folder.file("broken \(value) \(mixture)")
      try TinyLlama.write(to: source)
      let path = source + "/model.safetensors"
      let file = try SafetensorsFile(path: path)
      var writer = SafetensorsWriter()
      for info in file.entries {
        var values = try file.matrix(named: info.name).elements
        if info.name == "model.layers.1.mlp.up_proj.weight" { values[130] = value }
        try writer.add(info.name, shape: info.shape, values)
      }
      try writer.write(to: path, replacing: true)
      let out = folder.file("broken.gguf")
      let error = #expect(throws: PipelineError.self) { try convert(source, mixture, to: out) }
      let text = error?.description ?? ""
      #expect(text.contains("blk.1.ffn_up.weight"), "\(text)")
      #expect(text.contains(word) || text.contains("finite"), "\(text)")
      #expect(!FileManager.default.fileExists(atPath: out))
    }
  }
}
