import Foundation
import Models
import Tensors
import TestSupport
import Testing
import Tokenizers

/// By law: whatever a configuration says, it is refused with a reason or describes the tensors that are
/// there, and then the model runs.
///
/// Seeded, and bounded in time by `NIBBLE_FUZZ_SECONDS`.
@Suite("configurations that lie")
struct ConfigurationFuzzTests {
  /// Texts of JSON values that fit no key, or fit and lie.
  private static let lies = [
    "0", "-1", "1", "2", "3", "4", "7", "16", "31", "32", "64", "16777216", "16777217",
    "9223372036854775807", "9223372036854775808", "1e400", "-1e30", "1e-320", "0.5", "1e30", "null",
    "true", "false", "\"\"", "\"silu\"", "\"yarn\"", "\"gelu\"", "\"linear\"", "[]", "[1, 2]",
    "[\"full_attention\", \"sliding_attention\"]", "{}",
    "{\"rope_type\": \"linear\", \"factor\": 2}",
    "{\"rope_type\": \"llama3\", \"factor\": 1e300, \"low_freq_factor\": 1, \"high_freq_factor\": 4, "
      + "\"original_max_position_embeddings\": 1e-300}",
    "{\"type\": \"dynamic\", \"factor\": 0}", "{\"a\": {\"rope_type\": \"default\"}}",
  ]
  /// Keys that a configuration may have beside those it has.
  private static let more = [
    "head_dim", "rope_scaling", "rope_parameters", "rope_theta", "sliding_window", "layer_types",
    "use_sliding_window", "max_window_layers", "attention_bias", "mlp_bias", "quantization_config",
    "partial_rotary_factor", "num_key_value_heads", "tie_word_embeddings", "word_embed_proj_dim",
    "n_inner", "eos_token_id", "_remove_final_layer_norm", "enable_bias",
  ]

  @Test("config.json: values of other types and sizes", arguments: GoldenModel.names)
  func values(name: String) throws {
    let path = GoldenModel.folder(name) + "/config.json"
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let good = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    var texts: [String: String] = [:]
    for (key, value) in good {
      let bytes = try JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed)
      texts[key] = String(decoding: bytes, as: UTF8.self)
    }
    let tensors = try GoldenModel.tensors(name)
    let keys = texts.keys.sorted() + Self.more
    var (accepted, refused) = (0, 0)
    let tried = try Fuzzing.run(seed: 31) { random in
      var changed = texts
      for _ in 0..<random.below(4) {
        changed[random.choose(keys)] = random.below(5) == 0 ? nil : random.choose(Self.lies)
      }
      let json =
        "{" + changed.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
        + "}"
      if try Self.runs(Array(json.utf8), tensors) { accepted += 1 } else { refused += 1 }
    }
    #expect(accepted + refused == tried && accepted > 0 && refused > 10)
  }

  @Test("config.json: bytes changed, cut and doubled")
  func bytes() throws {
    let path = GoldenModel.folder("llama") + "/config.json"
    let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let tensors = try GoldenModel.tensors("llama")
    let marks = Array("{}[]\",:0-9\\eE.".utf8) + [0, 0xFF, 0x80]
    var refused = 0
    let tried = try Fuzzing.run(seed: 32) { random in
      var bytes = good
      for _ in 0...random.below(3) where !bytes.isEmpty {
        let place = random.below(bytes.count)
        switch random.below(5) {
        case 0: bytes[place] = random.choose(marks)
        case 1: bytes[place] ^= 1 << UInt8(random.below(8))
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(9)))
        case 3: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
        default: bytes.removeSubrange(place...)
        }
      }
      if try !Self.runs(bytes, tensors) { refused += 1 }
    }
    #expect(refused > tried / 4)
  }

  /// Whether a configuration is accepted, and the tensors with it; then a pass must have its shape.
  private static func runs(_ json: [UInt8], _ tensors: Checkpoint) throws -> Bool {
    do throws(ModelError) {
      let configuration = try ModelConfiguration(json: json)
      #expect(configuration.windows.count == configuration.layerCount)
      #expect(configuration.queryWidth > 0 && configuration.keyValueWidth > 0)
      #expect(configuration.parameterCount > 0)
      return try runs(Transformer(configuration, from: tensors))
    } catch {
      #expect(error.kind == .badData, "\(error)")
      #expect(!"\(error)".isEmpty && "\(error)".utf8.count < 4_096)
      return false
    }
  }

  /// Whether a short text can be read; its logits are then finite and as many as the configuration says.
  private static func runs(_ model: Transformer) throws(ModelError) -> Bool {
    let tokens = Array([0, 1, 2].prefix(model.configuration.contextLength))
    do throws(ModelError) {
      let logits = try model.logits(tokens)
      #expect(logits.rows == tokens.count)
      #expect(logits.columns == model.configuration.vocabularySize)
      #expect(logits.elements.allSatisfy { $0.isFinite })
      return true
    } catch {
      switch error {
      case .notFinite, .overflow: return false  // angles or norms beyond single precision
      default: throw error
      }
    }
  }

  @Test("a GGUF model's keys: values of other types and sizes")
  func keys() throws {
    let file = try GGUFFile(path: BlockModel.golden)
    let values: [GGUFValue] = [
      .integer(0), .integer(-1), .integer(1), .integer(3), .integer(64), .integer(256),
      .integer(1 << 24), .integer(.max), .unsigned(.max), .number(0), .number(-1), .number(.nan),
      .number(.infinity), .number(1e300), .number(0.5), .boolean(true), .string(""),
      .string("linear"), .string("yarn"), .string("llama"), .string("qwen2"), .integers([]),
      .integers([4, 4]), .numbers([0.5]), .strings(["a"]), .booleans([true]),
    ]
    let more = [
      "rope.scaling.type", "rope.scaling.factor", "rope.scale_linear", "attention.key_length",
      "attention.value_length", "attention.sliding_window", "expert_count", "attention.scale",
      "attention.causal", "rope.scaling.attn_factor",
    ].map { "llama." + $0 }
    let keys = file.keys.filter { !$0.hasPrefix("general.") } + ["general.architecture"] + more
    var (accepted, refused) = (0, 0)
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("keys-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("model.gguf").path
    let tried = try Fuzzing.run(seed: 33) { random in
      var writer = GGUFWriter()
      let changed = Set((0..<random.below(3)).map { _ in random.choose(keys) })
      for key in file.keys + more {
        let removed = changed.contains(key) && random.below(4) == 0
        if changed.contains(key), !removed {
          try writer.set(key, random.choose(values))
        } else if !removed, let value = file.metadata[key], let type = file.types[key] {
          try writer.set(key, value, as: type)
        }
      }
      for tensor in file.entries {
        try writer.add(
          tensor.name, shape: tensor.shape, type: tensor.type, bytes: file.bytes(named: tensor.name)
        )
      }
      try writer.write(to: path, replacing: true)
      do {
        let model = try TextModel(path: path)
        if try Self.runs(model.transformer) { accepted += 1 } else { refused += 1 }
        _ = try? model.tokenizer.encode("the sun")  // a vocabulary may lack what it needs
      } catch let error as ModelError {
        #expect(error.kind == .badData, "\(error)")
        refused += 1
      }
    }
    #expect(accepted + refused == tried && accepted > 0 && refused > 10)
  }
}
