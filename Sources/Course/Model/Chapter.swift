/// A chapter as written: front matter, a tree of blocks, and the steps among them.
///
/// The tree is what pages and terminals draw; `steps` is what the program generator and the verifier
/// read. Both keep the Markdown's own line numbers.
public struct Chapter: Sendable {
  /// The path under the chapters folder without `.md`: `03-rounding`, `builds/cs-student`.
  public let id: String
  /// The file as messages name it: `Chapters/03-rounding.md`.
  public let path: String
  /// The whole text, front matter included, lines ended by `\n`.
  public let source: String
  /// What the chapter says of itself.
  public let frontMatter: FrontMatter
  /// The body.
  public let blocks: [Block]
  /// Every Swift fence in order of appearance, whatever its role.
  public let steps: [Step]

  /// A chapter from its parts.
  public init(
    id: String, path: String, source: String, frontMatter: FrontMatter, blocks: [Block],
    steps: [Step]
  ) {
    self.id = id
    self.path = path
    self.source = source
    self.frontMatter = frontMatter
    self.blocks = blocks
    self.steps = steps
  }
}
