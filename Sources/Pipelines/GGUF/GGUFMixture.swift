public import Models
public import Tensors

/// Which type each tensor of a GGUF file gets: llama.cpp's mixtures by their names, such as `q4_k_m`.
///
/// Most tensors have one type, and those that low precision hurts most have a better one: values and the way
/// down, in some layers or in all, and the output head, or the embedding where it is the head.
///
/// Source: llama.cpp's quantizer of whole files; `Tests/Goldens/readers` holds what it gives beside this.
public struct GGUFMixture: Hashable, Sendable {
  /// What people type after `gguf:`.
  public let name: String
  /// What the key `general.file_type` says.
  public let fileType: Int
  /// The type of every tensor that no rule speaks of.
  let base: String

  private init(_ name: String, _ fileType: Int, _ base: String? = nil) {
    self.name = name
    self.fileType = fileType
    self.base = base ?? name
  }

  /// Every mixture there is.
  public static let all: [GGUFMixture] = [
    .init("f32", 0), .init("f16", 1), .init("bf16", 32),
    .init("q8_0", 7), .init("q6_k", 18),
    .init("q5_k_m", 17, "q5_k"), .init("q5_k_s", 16, "q5_k"), .init("q5_1", 9), .init("q5_0", 8),
    .init("q4_k_m", 15, "q4_k"), .init("q4_k_s", 14, "q4_k"), .init("q4_1", 3), .init("q4_0", 2),
    .init("iq4_nl", 25), .init("iq4_xs", 30),
    .init("q3_k_l", 13, "q3_k"), .init("q3_k_m", 12, "q3_k"), .init("q3_k_s", 11, "q3_k"),
    .init("q2_k", 10),
  ]

  /// The mixture of a name.
  ///
  /// - Parameter name: One of ``all``'s, with or without `gguf:` before it, in letters of any size.
  /// - Throws: `PipelineError.request` for another name.
  public init(named name: String) throws(PipelineError) {
    let bare = (name.lowercased().hasPrefix("gguf:") ? String(name.dropFirst(5)) : name)
      .lowercased()
    guard let found = Self.all.first(where: { $0.name == bare }) else {
      let names = Self.all.map(\.name)
      let nearest = nearestNames(to: bare, among: names).first
      throw .request(
        "there is no GGUF mixture '\(bare)'; "
          + (nearest.map { "did you mean gguf:\($0)? " } ?? "")
          + "The mixtures are \(names.joined(separator: ", "))")
    }
    self = found
  }

  /// Whether importances change what is stored: blocks do, plain numbers do not.
  public var hasBlocks: Bool { !["f32", "f16", "bf16"].contains(name) }

  /// The type of a tensor.
  ///
  /// - Parameters:
  ///   - part: What the tensor does.
  ///   - columns: How long its rows are.
  ///   - shape: The model's shape.
  ///   - hasImportance: Whether the file is made with an importance matrix, which changes some rules.
  /// - Returns: The type; one of shorter blocks, or half precision, where rows are no whole number of blocks.
  public func type(
    of part: GGUFModel.Part, columns: Int, in shape: ModelConfiguration, hasImportance: Bool
  ) -> GGUFTensorType {
    let wanted: String
    switch part {
    case .vector: wanted = "f32"
    case _ where !hasBlocks: wanted = base
    case .head: wanted = headType(columns)
    case .embedding: wanted = shape.tiesEmbeddings ? headType(columns) : base
    case .linear(let id):
      wanted = linearType(id, shape, hasImportance: hasImportance)
    }
    return Self.fitting(wanted, columns)
  }

  /// The head decides every token: Q6_K at least, and Q8_0 where that does not fit.
  private func headType(_ columns: Int) -> String {
    guard columns % Self.known(base).blockLength == 0 else { return "q8_0" }
    return base == "q8_0" ? base : "q6_k"
  }

  private func linearType(
    _ id: LinearLayerID, _ shape: ModelConfiguration, hasImportance: Bool
  ) -> String {
    let (layer, count) = (id.block, shape.layerCount)
    // Some heads share values: a smaller tensor, on which more depends.
    let sharing = shape.headCount / max(1, shape.keyValueHeadCount)
    switch id.role {
    case .value:
      let type = valueType(layer, of: count, sharing: sharing)
      // Llama 2's largest: eight heads share, and there are eighty layers.
      let isLargest = count == 80 && shape.headCount != shape.keyValueHeadCount
      return isLargest && ["q3_k", "q4_k"].contains(type) ? "q5_k" : type
    case .down: return downType(layer, of: count, hasImportance: hasImportance)
    case .attentionOutput:
      switch name {
      case "q2_k": return "q3_k"
      case "q3_k_m": return "q4_k"
      case "q3_k_l": return "q5_k"
      default: return base
      }
    case .query, .key, .gate, .up: return base
    }
  }

  private func valueType(_ layer: Int, of count: Int, sharing: Int) -> String {
    switch name {
    case "q2_k": sharing >= 4 ? "q4_k" : "q3_k"
    case "q3_k_m": layer < 2 ? "q5_k" : "q4_k"
    case "q3_k_l": "q5_k"
    case "iq4_nl", "iq4_xs": sharing >= 4 ? "q5_k" : base
    case "q4_k_s": layer < 4 ? "q5_k" : base
    case "q4_k_m", "q5_k_m": Self.deservesMore(layer, of: count) ? "q6_k" : base
    default: base
    }
  }

  private func downType(_ layer: Int, of count: Int, hasImportance: Bool) -> String {
    switch name {
    case "q2_k": "q3_k"
    case "q3_k_m": layer < count / 16 ? "q5_k" : "q4_k"
    case "q3_k_l": "q5_k"
    case "q4_k_m", "q5_k_m": Self.deservesMore(layer, of: count) ? "q6_k" : base
    case "q4_k_s": layer < count / 8 ? "q5_k" : base
    case "iq4_nl", "iq4_xs": layer < count / 8 && !hasImportance ? "q5_k" : base
    // With importances the first ones are hurt in these two types; without them all stays as it was.
    case "q4_0": layer < count / 8 && hasImportance ? "q4_1" : base
    case "q5_0": layer < count / 8 && hasImportance ? "q5_1" : base
    default: base
    }
  }

  /// The layers that get more bits: the first eighth, the last, and every third between.
  private static func deservesMore(_ layer: Int, of count: Int) -> Bool {
    layer < count / 8 || layer >= 7 * count / 8 || (layer - count / 8) % 3 == 2
  }

  /// The type itself, or the nearest whose blocks make whole rows.
  private static func fitting(_ name: String, _ columns: Int) -> GGUFTensorType {
    if columns % known(name).blockLength == 0 { return known(name) }
    let shorter =
      switch name {
      case "q2_k", "q3_k": "q4_0"  // iq4_nl in llama.cpp of April 2025
      case "iq4_xs": "iq4_nl"
      case "q4_k": "q5_0"
      case "q5_k": "q5_1"
      case "q6_k": "q8_0"
      default: "f16"
      }
    return columns % known(shorter).blockLength == 0 ? known(shorter) : known("f16")
  }

  private static func known(_ name: String) -> GGUFTensorType {
    guard let type = GGUFTensorType(named: name) else { preconditionFailure("no type \(name)") }
    return type
  }
}
