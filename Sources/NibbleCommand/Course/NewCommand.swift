import ArgumentParser
import Course
import Foundation

/// `nibble new`: starts something that already verifies.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Start a chapter of your own.",
    discussion: "Example: nibble new chapter \"Outliers\"",
    subcommands: [NewChapterCommand.self]
  )
}

/// `nibble new chapter TITLE`: a file with one step, one proven number and one exercise, that holds.
struct NewChapterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chapter",
    abstract: "Write a new chapter file that holds as it stands.",
    discussion: """
      The file gets the next free number and a name made from the title. It verifies at once; change \
      it a step at a time and keep it so.

      Example: nibble new chapter "Outliers" --chapters MyCourse
      """
  )

  @Argument(help: "The chapter's title.")
  var title: String

  @Option(
    name: .customLong("chapters"),
    help: ArgumentHelp("The folder of chapters.", valueName: "folder"))
  var folder = "Chapters"

  func validate() throws {
    guard !trimmedTitle.isEmpty, !trimmedTitle.contains(where: \.isNewline) else {
      throw ValidationError("the title must be one line of text")
    }
    guard !Self.slug(of: trimmedTitle).isEmpty else {
      throw ValidationError("the title needs at least one letter or digit, for the file's name")
    }
    if folder.isEmpty {
      throw ValidationError("--chapters needs the name of a folder, not \"\"")
    }
  }

  func run() throws {
    try OutputFolder.make(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let numbers = names.compactMap { Int($0.prefix { $0.isASCII && $0.isNumber }) }
    let number = (numbers.filter { $0 < 10_000 }.max() ?? 0) + 1
    let name = (number < 10 ? "0" : "") + "\(number)-\(Self.slug(of: trimmedTitle)).md"
    let path = (folder as NSString).appendingPathComponent(name)
    try OutputFile(path, force: false).write(Array(Self.text(title: trimmedTitle).utf8))
    Output.line(path)
    Output.note("Check it:  nibble verify \(path)\nRead it:   nibble learn \(path)")
  }

  private var trimmedTitle: String { title.trimmingCharacters(in: .whitespacesAndNewlines) }

  /// Letters and digits in lower case, words joined by hyphens.
  private static func slug(of title: String) -> String {
    let folded = title.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
    return folded.lowercased()
      .split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      .joined(separator: "-")
  }

  /// The chapter as a person would start it.
  private static func text(title: String) -> String {
    let quoted = title.replacingOccurrences(of: "\\", with: "\\\\")
      .replacingOccurrences(of: "\"", with: "\\\"")
    return """
      ---
      title: "\(quoted)"
      part: New chapters
      question: What would a practitioner ask here?
      minutes: 15
      needs: []
      sources: []
      ---

      # \(title)

      Start from the question. Then run something small.

      ```swift name=grid
      let grid = AffineGrid(covering: -1...1, as: .uint8)
      grid.scale            // => 0.00784
      grid.zeroPoint        // => 128
      ```

      Neighbouring codes stand [0.00784](#grid.scale) apart, and zero is code [128](#grid.zeroPoint).

      ### Exercise: double it

      ```swift exercise=double
      func double(_ value: Float) -> Float {
          value             // change this line
      }
      ```

      ```swift check=double
      double(2)             // => 4
      double(-3)            // => -6
      ```

      <details><summary>Hint</summary>

      Multiplying by two doubles negative numbers too.

      </details>

      <details><summary>Solution</summary>

      ```swift solution=double
      func double(_ value: Float) -> Float { 2 * value }
      ```

      </details>

      <details><summary>If you squared it</summary>

      ```swift wrong=double fails-at=2
      func double(_ value: Float) -> Float { value * value }
      ```

      Two squared is four, which hides the mistake; try a negative number.

      </details>

      """
  }
}
