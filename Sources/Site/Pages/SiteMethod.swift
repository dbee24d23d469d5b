/// A method of the engine as the site lists it, in words alone.
///
/// A site knows nothing of quantization: whoever builds it hands in the rows of the engine's table.
public struct SiteMethod: Hashable, Sendable {
  /// What people type.
  public let name: String
  /// What it does, in one line.
  public let summary: String
  /// What people may say about it, as they type it: `--bits`.
  public let options: [String]
  /// The data it needs besides the weight, in words; empty for none.
  public let needs: String
  /// How its bits per weight come about.
  public let bits: String
  /// Where it comes from.
  public let source: String

  /// A row from its parts.
  public init(
    name: String, summary: String, options: [String], needs: String, bits: String, source: String
  ) {
    self.name = name
    self.summary = summary
    self.options = options
    self.needs = needs
    self.bits = bits
    self.source = source
  }
}
