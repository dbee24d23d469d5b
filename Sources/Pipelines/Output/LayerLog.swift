/// What a run has to say of its layers, as files that other programs read.
public enum LayerLog {
  /// A line a layer, with a header.
  ///
  /// - Parameter records: The layers.
  /// - Returns: Comma-separated values; an empty one where there is none.
  public static func csv(_ records: [LayerRecord]) -> String {
    let columns: [(name: String, value: (LayerRecord) -> String)] = [
      ("layer", { quoted($0.name) }), ("block", { "\($0.block)" }), ("role", { $0.role }),
      ("outputs", { "\($0.outputs)" }), ("inputs", { "\($0.inputs)" }),
      ("settings", { quoted($0.settings) }), ("bits_per_weight", { "\($0.bitsPerWeight)" }),
      ("bytes", { "\($0.bytes)" }), ("weight_mse", { "\($0.weightError)" }),
      ("output_error", { text($0.outputError) }),
      ("output_error_rtn", { text($0.nearestOutputError) }),
      ("relative_output_error", { text($0.relativeOutputError) }),
      ("relative_output_error_rtn", { text($0.relativeNearestError) }),
      ("error_over_rtn", { text($0.gain) }), ("loss", { text($0.loss) }),
      ("damping", { text($0.damping) }), ("outliers", { $0.outliers.map(String.init) ?? "" }),
      ("tokens", { "\($0.tokens)" }), ("seconds", { "\($0.seconds)" }),
      ("peak_bytes", { "\($0.peakBytes)" }),
      ("notes", { quoted($0.notes.joined(separator: "; ")) }),
    ]
    let lines = records.map { record in columns.map { $0.value(record) }.joined(separator: ",") }
    return ([columns.map(\.name).joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }

  private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\n".contains($0) }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}
