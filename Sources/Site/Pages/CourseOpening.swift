public import Course
internal import Foundation

/// What a course says of itself before it begins: `README.md` beside its chapters.
///
/// The first heading names the course and the first paragraph is its promise. A passage for one persona
/// says where that reader starts. The rest stands on the first page as it is, and on GitHub all of it
/// reads as the folder's own page.
public struct CourseOpening: Sendable {
  /// The course's name, or nothing.
  public let title: String
  /// Its promise, in a sentence or two.
  let promise: [Inline]
  /// What else it says to everybody.
  let body: [Block]
  /// What it says to some readers only, in order.
  let starts: [(personas: [String], blocks: [Block])]
  /// Everything, as the parser left it.
  let text: Chapter

  /// An opening from the bytes of its file.
  ///
  /// - Parameters:
  ///   - markdown: The whole file.
  ///   - path: The file as messages name it.
  ///   - bibliography: What citations are looked up in.
  public init(markdown: [UInt8], path: String, bibliography: Bibliography? = nil) {
    let parser = ChapterParser(
      bytes: markdown, id: "README", path: path, bibliography: bibliography)
    let text = parser.parse().chapter
    var title = ""
    var promise: [Inline] = []
    var body: [Block] = []
    var starts: [(personas: [String], blocks: [Block])] = []
    for block in text.blocks {
      switch block.kind {
      case .heading(level: 1, _, let inlines) where title.isEmpty && body.isEmpty:
        title = Inline.plainText(of: inlines)
      case .paragraph(let inlines) where promise.isEmpty && body.isEmpty:
        promise = inlines
      case .audience(let personas, let blocks):
        starts.append((personas, blocks))
      case .step(let index) where text.steps.indices.contains(index):
        // Nothing here is run, so nothing here looks as if it were.
        body.append(Block(.code(info: "swift", text: text.steps[index].code), line: block.line))
      default:
        body.append(block)
      }
    }
    self.title = title
    self.promise = promise
    self.body = body
    self.starts = starts
    self.text = text
  }

  /// The opening in a folder of chapters; nil where there is no `README.md` that can be read.
  public init?(chaptersFolder: String, bibliography: Bibliography? = nil) {
    let path = "\(chaptersFolder)/README.md"
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    self.init(markdown: Array(data), path: path, bibliography: bibliography)
  }

  /// The opening with only what one persona reads; all of it for nil.
  public func reading(as persona: String?) -> CourseOpening {
    guard let persona else { return self }
    return CourseOpening(self, starts: starts.filter { $0.personas.contains(persona) })
  }

  private init(_ other: CourseOpening, starts: [(personas: [String], blocks: [Block])]) {
    title = other.title
    promise = other.promise
    body = other.body
    text = other.text
    self.starts = starts
  }

  /// A name for a course that gives itself none: that of its folder, or of the one around `Chapters`.
  public static func title(ofFolder path: String) -> String {
    var folder = URL(fileURLWithPath: path).standardizedFileURL
    if ["chapters", "course", "docs"].contains(folder.lastPathComponent.lowercased()) {
      folder.deleteLastPathComponent()
    }
    let words = folder.lastPathComponent.split { $0 == "-" || $0 == "_" }.joined(separator: " ")
    guard let first = words.first, first != "/" else { return "The course" }
    return first.uppercased() + words.dropFirst()
  }
}
