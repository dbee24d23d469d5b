import ArgumentParser
import Course

/// `nibble list`: the chapters in reading order.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the chapters in reading order.",
    discussion: "Example: nibble list"
  )

  @OptionGroup var course: FolderOptions

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func run() throws {
    let folder = try CourseFolder(path: course.path)
    let learner = Learner(course: course)
    var entries: [Entry] = []
    for file in folder.chapters {
      let front = try file.parse().chapter.frontMatter
      entries.append(
        Entry(
          id: file.id, title: front.title, part: front.part, minutes: front.minutes,
          progress: learner.progress(in: file.id)))
    }
    if json {
      try Output.json(Listing(schema: 1, chapters: entries))
      return
    }
    var part: String?
    let width = entries.map(\.id.count).max() ?? 0
    for entry in entries {
      if entry.part != part {
        part = entry.part
        if !entry.part.isEmpty { Output.line(entry.part) }
      }
      let id = entry.id.padding(to: width)
      let read = entry.progress > 0 ? "  \(Int((entry.progress * 100).rounded()))% read" : ""
      let minutes = entry.minutes > 0 ? "  \(entry.minutes) min" : ""
      Output.line("  \(id)  \(entry.title)\(minutes)\(read)")
    }
  }
}

/// What `--json` prints.
private struct Listing: Encodable {
  let schema: Int
  let chapters: [Entry]
}

private struct Entry: Encodable {
  let id: String
  let title: String
  let part: String
  let minutes: Int
  /// How much of it was read in the terminal: 0 to 1.
  let progress: Double
}

extension String {
  /// The text followed by blanks up to a width.
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
