internal import Digests
internal import Glibc

/// A learner's own folder: what they did in each chapter, their answers, the steps they changed.
///
/// All of it is plain text, and none of it belongs to the course: an upgrade of the course leaves it as
/// it is. One chapter is one folder, `COURSE/CHAPTER/`, with `journal.txt`, `exercises/NAME.swift` and
/// `what-if/STEP.swift`.
public struct LearnerFolder: Sendable {
  /// The folder of one course.
  public let path: String

  /// The learner's folder for a course.
  ///
  /// - Parameters:
  ///   - chapters: The folder of chapters; two courses do not share a journal.
  ///   - environment: Where `NIBBLE_HOME`, `XDG_STATE_HOME` and `HOME` are looked up.
  public init(chapters: String, environment: [String: String]) {
    let folder = Files.resolved(Files.absolute(chapters))
    let name = folder.split(separator: "/").suffix(2).joined(separator: "-")
    path =
      Self.home(environment) + "/" + Self.safe(name) + "-" + SHA256.hex(folder).prefix(6)
  }

  /// Everything of one chapter.
  ///
  /// - Parameter chapter: Its id.
  /// - Returns: Its journal and its files.
  public func records(ofChapter chapter: String) -> ChapterRecords {
    let parts = chapter.split(separator: "/").map { Self.safe(String($0)) }
    return ChapterRecords(folder: ([path] + parts).joined(separator: "/"), chapter: chapter)
  }

  /// `$NIBBLE_HOME`, else `nibble` in `$XDG_STATE_HOME` or in `~/.local/state`.
  private static func home(_ environment: [String: String]) -> String {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let named = value("NIBBLE_HOME") { return Files.absolute(named) }
    if let state = value("XDG_STATE_HOME") { return Files.absolute(state) + "/nibble" }
    return (value("HOME") ?? "/tmp") + "/.local/state/nibble"
  }

  /// A name that is one part of a path, whatever it was.
  static func safe(_ name: String) -> String {
    let kept = name.map { character in
      character.isLetter || character.isNumber || "-_.".contains(character) ? character : "_"
    }
    let text = String(kept.drop { $0 == "." })
    return text.isEmpty ? "_" : text
  }
}
