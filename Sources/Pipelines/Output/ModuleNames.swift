/// What transformers and vLLM call a model's layers.
///
/// A checkpoint saved without its head (`OPTModel`, `LlamaModel`) has names without `model.`. Both readers put
/// that in front while they load, and look layers up in a configuration by the names with it.
enum ModuleNames {
  /// The name by which a configuration speaks of a layer.
  ///
  /// - Parameter layer: The layer's name in the checkpoint.
  /// - Returns: `model.decoder.layers.0.fc1` for itself and for `decoder.layers.0.fc1`.
  static func module(_ layer: String) -> String {
    layer.hasPrefix("model.") ? layer : "model." + layer
  }

  /// Whether a layer has Hugging Face's name, which is what readers of these formats know.
  static func areKnown(_ layer: String) -> Bool { layer.contains(".self_attn.") }

  /// The part of a name after its block: `self_attn.q_proj`.
  static func place(_ layer: String) -> String {
    let parts = layer.split(separator: ".", omittingEmptySubsequences: false)
    guard let number = parts.lastIndex(where: { Int($0) != nil }) else { return layer }
    return parts[(number + 1)...].joined(separator: ".")
  }

  /// The places that are quantized in every block, where no block differs; nil where one does.
  ///
  /// - Parameters:
  ///   - quantized: The layers that are quantized.
  ///   - kept: Those that are not.
  /// - Returns: Names within a block.
  static func places(_ quantized: [String], kept: [String]) -> [String]? {
    let ours = quantized.map(place)
    let theirs = Set(kept.map(place))
    guard !ours.contains(where: theirs.contains) else { return nil }
    var places: [String] = []
    for place in ours where !places.contains(place) { places.append(place) }
    return places
  }
}
