internal import Models
internal import Quantization
public import Tensors

/// A format that quantized models are written in, as people choose it.
public enum FormatChoice: Hashable, Sendable {
  /// Plain numbers of a type: float32, float16 or bfloat16.
  case dequantized(TensorType)
  /// GPTQ's checkpoints: version 1 where every rule is symmetric, else version 2.
  case gptq
  /// compressed-tensors' `pack-quantized`.
  case compressedTensors
  /// AWQ's checkpoints, version `gemm`.
  case awq
  /// bitsandbytes' NF4 and FP4.
  case bitsAndBytes

  /// What people type.
  public var name: String {
    switch self {
    case .dequantized: "dequantized"
    case .gptq: "gptq"
    case .compressedTensors: "compressed-tensors"
    case .awq: "awq"
    case .bitsAndBytes: "bitsandbytes"
    }
  }

  /// The names there are.
  public static let names = [
    "dequantized", "gptq", "compressed-tensors", "awq", "bitsandbytes",
  ]

  /// The format of a name.
  ///
  /// - Parameters:
  ///   - name: One of ``names``.
  ///   - type: The type of plain numbers.
  /// - Throws: `PipelineError.request` for another name or type.
  public init(name: String, type: TensorType = .float32) throws(PipelineError) {
    switch name {
    case "dequantized":
      guard [.float32, .float16, .bfloat16].contains(type) else {
        throw .request("plain numbers are stored as F32, F16 or BF16, not as \(type.rawValue)")
      }
      self = .dequantized(type)
    case "gptq": self = .gptq
    case "compressed-tensors": self = .compressedTensors
    case "awq": self = .awq
    case "bitsandbytes": self = .bitsAndBytes
    default:
      throw .request(
        "there is no format '\(name)'; use one of \(Self.names.joined(separator: ", ")), or gguf: and a mixture"
      )
    }
  }

  /// Whether codes are stored, so that the format decides what a layer takes; plain numbers take the same
  /// whatever their codes were.
  public var storesCodes: Bool {
    if case .dequantized = self { return false }
    return true
  }

  /// The format for a model, or the reason why it cannot hold it.
  ///
  /// - Parameters:
  ///   - recipe: What is asked for.
  ///   - shape: The model's shape, which is all that is looked at.
  ///   - plans: Its linear layers, by the names that its checkpoint has for them.
  ///   - writer: What names this program to readers.
  /// - Returns: What writes its layers.
  /// - Throws: `PipelineError.request` for a model whose layers no reader of the format would find.
  func format(
    _ recipe: QuantizationRecipe, for shape: ModelConfiguration, plans: [LayerPlan], writer: String
  ) throws(PipelineError) -> any OutputFormat {
    let isTransposed = shape.family == .gpt2
    if case .dequantized(let type) = self {
      return DequantizedFormat(type: type, isTransposed: isTransposed)
    }
    guard !isTransposed else {
      throw .request(
        "GPT-2's linear layers are stored turned, and queries, keys and values in one; \(name) files of it have no "
          + "reader: use the format dequantized")
    }
    if let name = plans.first?.name, !ModuleNames.areKnown(name) {
      throw .request(
        "this checkpoint's layers are named like \(name), and readers of \(self.name) files know Hugging Face's "
          + "names, model.layers.0.self_attn.q_proj: convert it with transformers first, or use the format "
          + "dequantized or gguf:")
    }
    let outside = Self.outside(shape)
    let rules = [recipe.rule] + recipe.exceptions.compactMap(\.rule)
    switch self {
    case .awq: return AWQFormat(outside: outside)
    case .bitsAndBytes:
      let kind = rules.map(\.method.name).first { ["nf4", "fp4"].contains($0) }
      return BitsAndBytesFormat(outside: outside, kind: kind ?? "nf4")
    case .compressedTensors: return CompressedTensorsFormat(outside: outside)
    case .gptq, .dequantized: break
    }
    let isSymmetric = rules.allSatisfy(AskedGrid.isSymmetric)
    return GPTQFormat(version: isSymmetric ? .first : .second, writer: writer)
  }

  /// The linear layers that transformers' model of the family has outside the blocks.
  private static func outside(_ shape: ModelConfiguration) -> [String] {
    guard shape.embeddingSize != shape.hiddenSize else { return ["lm_head"] }
    return ["lm_head", "model.decoder.project_in", "model.decoder.project_out"]
  }
}
