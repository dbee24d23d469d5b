public import Models
public import Tensors

/// A float model in a folder as Hugging Face lays it out: what is quantized, and what the output takes over.
public struct SourceModel: Sendable {
  /// The folder.
  public let path: String
  /// The model.
  public let model: Transformer
  /// Its weight files.
  let checkpoint: Checkpoint
  /// Its `config.json`.
  let configuration: JSONMembers

  /// Opens a model.
  ///
  /// - Parameter path: A folder with a `config.json` and weights beside it.
  /// - Throws: `PipelineError.source` for anything else, or `.model` with the reader's reason.
  public init(path: String) throws(PipelineError) {
    self.path = path
    do {
      checkpoint = try Checkpoint(path: path)
    } catch {
      throw .checkpoint(error)
    }
    let file = path + (path.hasSuffix("/") ? "" : "/") + "config.json"
    guard [.safetensors, .pytorch].contains(checkpoint.format), Files.exists(file) else {
      throw .source(
        path: path,
        reason:
          "a model is quantized from a folder with config.json and safetensors or PyTorch weights; "
          + "convert this one first")
    }
    model = try asModelWork { () throws(ModelError) in try Transformer(path: path) }
    guard let members = JSONMembers(try Files.contents(file)) else {
      throw .source(path: file, reason: "is not a JSON object")
    }
    configuration = members
  }

  /// The type in which the weights of most linear layers are stored: F32, F16 or BF16.
  ///
  /// F32 for models of other types, which is no narrower, and for those whose weights are codes already.
  public var storedType: TensorType {
    var counts: [TensorType: Int] = [:]
    for id in model.linearLayers {
      guard let tensor = try? checkpoint.info(named: model.tensorName(of: id)),
        case .numbers(let type) = tensor.type
      else { continue }
      counts[type, default: 0] += tensor.count
    }
    let usual = counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
    return [.float16, .bfloat16].contains(usual) ? usual ?? .float32 : .float32
  }

  /// The method by which the weights are codes already, such as `gptq`; nil where they are numbers.
  public var quantizedBy: String? { configuration.quantizedBy }

  /// The files besides weights and configuration that a model's folder may have, and its quantized copy too.
  private static let companions = [
    "tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "encoder.json", "vocab.bpe",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "generation_config.json", "chat_template.json", "chat_template.jinja", "LICENSE", "LICENSE.txt",
    "LICENSE.md", "NOTICE", "USE_POLICY.md",
  ]

  /// Those of them that are there.
  var companions: [String] { Self.companions.filter { Files.exists("\(path)/\($0)") } }

  /// A checksum of the configuration and every tensor's name, type, shape and bytes.
  func checksum() throws(PipelineError) -> String {
    var sum = Checksum()
    sum.add(configuration.text)
    for tensor in checkpoint.tensors {
      sum.add("\(tensor.name) \(tensor.type.name) \(tensor.shape)")
      do {
        try checkpoint.withBytes(named: tensor.name) { sum.add($0) }
      } catch {
        throw .checkpoint(error)
      }
    }
    return sum.text
  }
}

extension JSONMembers {
  /// The method by which a model of this configuration holds codes, such as `gptq`; nil for numbers.
  var quantizedBy: String? {
    guard let settings = members.first(where: { $0.key == "quantization_config" }),
      settings.json != .null,
      let inside = JSONMembers(Array(settings.json.description.utf8))
    else { return nil }
    let method = inside.members.first { $0.key == "quant_method" }?.json.description
    return method.map { $0.filter { $0 != "\"" } } ?? "another method"
  }

  /// Refuses a model that is quantized already.
  ///
  /// - Parameter path: Where it is.
  /// - Throws: `PipelineError.source` with what to do instead.
  func requireNumbers(of path: String) throws(PipelineError) {
    guard let method = quantizedBy else { return }
    throw .source(
      path: path,
      reason:
        "its weights are \(method)'s codes already; quantize the model that they were made of, or write "
        + "--format gguf:f16 or another mixture, which takes what the codes stand for")
  }
}
