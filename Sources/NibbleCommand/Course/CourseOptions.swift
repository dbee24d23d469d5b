import ArgumentParser
import Course
import Foundation

/// Which course a command works on.
struct FolderOptions: ParsableArguments {
  @Option(
    name: .customLong("chapters"),
    help: ArgumentHelp(
      "The folder of chapters (default: Chapters here, else the course that came with nibble).",
      valueName: "folder"))
  var folder: String?

  /// The folder to read chapters from.
  var path: String {
    folder ?? Self.defaultFolder
  }

  /// The folder that holds the chapters folder, and `Datasets` beside it.
  var courseFolder: String {
    OutputFolder.parent(of: URL(filePath: path).standardizedFileURL.path)
  }

  /// The one chapter that an id, a number or a path means.
  func chapter(named name: String) throws -> ChapterFile {
    let files = try CourseFolder.chapters(named: [name], in: path)
    precondition(files.count == 1, "a name that means no chapter, or several, was not refused")
    return files[0]
  }

  /// Refuses a folder without a name.
  func validate() throws {
    if folder == "" { throw ValidationError("--chapters needs the name of a folder, not \"\"") }
  }

  /// `Chapters` in the current folder, else the installed course.
  private static var defaultFolder: String {
    if FileManager.default.fileExists(atPath: "Chapters") { return "Chapters" }
    let installed = Installation.share.map { $0 + "/Chapters" }
    if let installed, FileManager.default.fileExists(atPath: installed) { return installed }
    return "Chapters"
  }
}

/// Which course, and who reads it.
struct CourseOptions: ParsableArguments {
  @OptionGroup var place: FolderOptions

  @Option(
    help: ArgumentHelp(
      "Read as one persona: \(Persona.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var persona: String?

  /// The folder to read chapters from.
  var path: String { place.path }

  /// Refuses a persona that does not exist.
  func validate() throws {
    guard let persona else { return }
    guard Persona(rawValue: persona) != nil else {
      throw ValidationError(
        "unknown persona \(persona); use one of "
          + Persona.allCases.map(\.rawValue).joined(separator: ", "))
    }
  }
}

/// Where `make install` put things, when this binary was installed.
enum Installation {
  /// The path of the running binary, links resolved.
  static let executable: String =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    ?? CommandLine.arguments[0]

  /// `PREFIX/share/nibble`, when it exists beside the binary.
  static let share: String? = {
    let folder = executable.parentPath.parentPath + "/share/nibble"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }()
}
