internal import FoundationEssentials
internal import Quantization

/// How a checkpoint of Hugging Face's form holds quantized linear layers, as its `quantization_config` says.
enum QuantizedStorage: Equatable, Sendable {
  /// GPTQ's tensors: `qweight`, `qzeros`, `scales`, `g_idx`.
  case gptq(bits: Int, groupSize: Int, version: GPTQTensors.Version)
  /// compressed-tensors' `weight_packed`, `weight_scale` and more.
  case packQuantized([Group])
  /// AWQ's `qweight`, `qzeros`, `scales`, packed along the outputs.
  case awq
  /// bitsandbytes' codes in the place of the weight, with `quant_state` (NF4, FP4) or `SCB` (LLM.int8).
  case bitsAndBytes

  /// The layers that compressed-tensors stores with one width.
  struct Group: Equatable, Sendable {
    /// Names, or kinds of layer such as `Linear`.
    let targets: [String]
    let bits: Int
  }

  /// What a configuration says; nil where weights are plain numbers.
  ///
  /// - Parameter reader: The configuration.
  /// - Throws: `ModelError.unsupported` for a method or a variant that is not read here.
  init?(_ reader: ConfigurationValues) throws(ModelError) {
    guard let settings = try reader.object("quantization_config") else { return nil }
    switch try settings.text("quant_method", default: "an unnamed method") {
    case "gptq":
      let name = try settings.text("checkpoint_format", default: "gptq")
      guard let version = GPTQTensors.Version(rawValue: name) else {
        throw .unsupported(
          path: reader.path, key: "quantization_config.checkpoint_format", value: "\"\(name)\"",
          reason: "this engine reads gptq and gptq_v2")
      }
      let group = try settings.whole("group_size", in: -1...1 << 24, default: 128)
      self = .gptq(
        bits: try settings.whole("bits", in: 2...8), groupSize: group, version: version)
    case "compressed-tensors":
      let format = try settings.text("format", default: "pack-quantized")
      guard format == "pack-quantized" else {
        throw .unsupported(
          path: reader.path, key: "quantization_config.format", value: "\"\(format)\"",
          reason: "this engine reads pack-quantized")
      }
      guard let groups = try settings.object("config_groups") else {
        throw .missingValue(path: reader.path, key: "quantization_config.config_groups")
      }
      self = .packQuantized(try Self.groups(groups))
    case "awq":
      let bitsKey = settings["bits"] == nil && settings["w_bit"] != nil ? "w_bit" : "bits"
      let bits = try settings.whole(bitsKey, in: 1...8, default: 4)
      let version = try settings.text("version", default: "gemm")
      guard bits == AWQTensors.bits, version.lowercased() == "gemm" else {
        throw .unsupported(
          path: reader.path, key: "quantization_config", value: "awq \(version) of \(bits) bits",
          reason: "this engine reads awq's version gemm, of 4 bits")
      }
      self = .awq
    case "bitsandbytes": self = .bitsAndBytes
    case let other:
      throw .unsupported(
        path: reader.path, key: "quantization_config", value: other,
        reason:
          "its weights are codes; this engine reads those of gptq, compressed-tensors, awq and bitsandbytes"
      )
    }
  }

  /// What stands in `config_groups`, by the groups' names.
  private static func groups(_ groups: ConfigurationValues) throws(ModelError) -> [Group] {
    var found: [Group] = []
    for name in groups.values.keys.sorted() {
      guard let group = try groups.object(name), let weights = try group.object("weights") else {
        continue
      }
      let type = try weights.text("type", default: "int")
      guard type == "int" else {
        throw .unsupported(
          path: groups.path, key: "quantization_config.config_groups.\(name).weights.type",
          value: "\"\(type)\"", reason: "this engine reads codes of type int")
      }
      var targets: [String] = []
      if case .array(let values)? = group["targets"] {
        targets = values.compactMap { if case .string(let text) = $0 { text } else { nil } }
      }
      found.append(Group(targets: targets, bits: try weights.whole("num_bits", in: 1...8)))
    }
    return found
  }

  /// What a `config.json` says.
  init?(path: String) throws(ModelError) {
    guard let contents = try? Data(contentsOf: URL(filePath: path)),
      case .object(let values) = try JSONValue.parse(Array(contents), path: path)
    else { return nil }
    try self.init(ConfigurationValues(path: path, values: values))
  }

  /// What people call it.
  var name: String {
    switch self {
    case .gptq: "gptq"
    case .packQuantized: "compressed-tensors"
    case .awq: "awq"
    case .bitsAndBytes: "bitsandbytes"
    }
  }

  /// What the names of tensors end in that only layers of codes have.
  var marks: [String] {
    switch self {
    case .gptq, .awq: [".qweight"]
    case .packQuantized: [".weight_packed"]
    case .bitsAndBytes: BitsAndBytesState.suffixes + [".SCB"]
    }
  }

  /// What a layer's tensors are called after its name.
  var suffixes: [String] {
    switch self {
    case .gptq, .awq: [".qweight", ".qzeros", ".scales", ".g_idx"]
    case .packQuantized:
      [
        ".weight_packed", ".weight_scale", ".weight_zero_point", ".weight_g_idx", ".weight_shape",
      ]
    case .bitsAndBytes:
      BitsAndBytesState.suffixes + [
        ".weight", ".weight.absmax", ".weight.quant_map", ".weight.nested_absmax",
        ".weight.nested_quant_map", ".SCB", ".weight_format",
      ]
    }
  }
}
