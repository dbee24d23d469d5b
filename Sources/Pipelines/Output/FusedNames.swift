internal import Models

/// The layers that vLLM computes as one, queries, keys and values, gate and up, and its names for them.
///
/// It asks a configuration's exceptions for `qkv_proj`, which no checkpoint has; without an answer it takes the
/// usual grid for all three. Where the parts differ there is no right answer.
enum FusedNames {
  private static let fused = [
    (parts: ["q_proj", "k_proj", "v_proj"], name: "qkv_proj"),
    (parts: ["gate_proj", "up_proj"], name: "gate_up_proj"),
  ]
  private static let roles: [[LinearLayerID.Role]] = [[.query, .key, .value], [.gate, .up]]

  /// Exceptions by layers' names, and those of layers that are one to vLLM where all its parts have the same.
  ///
  /// - Parameter exceptions: What is said of each layer.
  /// - Returns: The same and more, by name.
  static func adding(to exceptions: [String: JSONText]) -> [(name: String, value: JSONText)] {
    var all = exceptions
    for (name, value) in exceptions {
      for group in fused where name.hasSuffix("." + group.parts[0]) {
        let start = name.dropLast(group.parts[0].count)
        if group.parts.allSatisfy({ exceptions[start + $0]?.description == value.description }) {
          all[start + group.name] = value
        }
      }
    }
    return all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Why vLLM does not open a model in which layers differ that are one to it; nil where none do.
  ///
  /// - Parameter plans: What is done to each layer.
  /// - Returns: The first such layers, each with its grid, and how many more there are.
  static func difference(_ plans: [LayerPlan]) -> String? {
    difference(plans) { Set($0.map(AskedGrid.init)).count > 1 }
  }

  /// The same for a format of one grid: some parts are quantized, and some are kept.
  static func keptInPart(_ plans: [LayerPlan]) -> String? {
    difference(plans) { Set($0.map { $0.rule == nil }).count > 1 }
  }

  private static func difference(
    _ plans: [LayerPlan], where differs: ([LayerPlan]) -> Bool
  ) -> String? {
    var sets: [[LayerPlan]] = []
    for (block, layers) in Dictionary(grouping: plans, by: \.id.block).sorted(by: {
      $0.key < $1.key
    }) {
      for parts in roles {
        let set = layers.filter { $0.id.block == block && parts.contains($0.id.role) }
        if differs(set) { sets.append(set) }
      }
    }
    guard let first = sets.first else { return nil }
    let parts = first.map {
      ModuleNames.module($0.name) + " (\(AskedGrid($0)?.words ?? "kept"))"
    }
    return "it computes \(parts.joined(separator: ", ")) as one layer, which must have one grid"
      + (sets.count > 1 ? "; so it is with \(sets.count - 1) more" : "")
  }
}
