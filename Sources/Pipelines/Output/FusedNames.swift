/// The names under which vLLM looks layers up that it computes as one: queries, keys and values, gate and up.
///
/// It asks a configuration's exceptions for `qkv_proj`, which no checkpoint has; without an answer it takes the
/// usual grid for all three.
enum FusedNames {
  private static let fused = [
    (parts: ["q_proj", "k_proj", "v_proj"], name: "qkv_proj"),
    (parts: ["gate_proj", "up_proj"], name: "gate_up_proj"),
  ]

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
}
