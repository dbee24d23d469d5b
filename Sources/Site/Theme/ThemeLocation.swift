internal import Foundation

/// Finds the theme folder: the reader's own, the course's, or the one installed with the command.
public enum ThemeLocation {
  /// The first of these that holds `templates/page.html`: `NIBBLE_THEME`; `site` in and beside the
  /// chapters folder; `site` in each folder above the executable; `share/nibble/site` beside its `bin`.
  ///
  /// - Parameters:
  ///   - chaptersFolder: The folder of the course that is shown, where there is one.
  ///   - executable: The path of the running command, links resolved.
  ///   - environment: The process's environment.
  /// - Returns: The folder.
  /// - Throws: `SiteError.noTheme` with the places looked in; when `NIBBLE_THEME` is set it is the
  ///   only one.
  public static func find(
    chaptersFolder: String?, executable: String, environment: [String: String]
  ) throws(SiteError) -> String {
    let candidates = candidates(
      chaptersFolder: chaptersFolder, executable: executable, environment: environment)
    for candidate in candidates
    where FileManager.default.fileExists(atPath: "\(candidate)/templates/page.html") {
      return candidate
    }
    throw .noTheme(looked: candidates)
  }

  package static func candidates(
    chaptersFolder: String?, executable: String, environment: [String: String]
  ) -> [String] {
    if let chosen = environment["NIBBLE_THEME"], !chosen.isEmpty { return [chosen] }
    var candidates: [String] = []
    if let chaptersFolder {
      let folder = URL(fileURLWithPath: chaptersFolder).standardizedFileURL
      candidates.append(folder.appendingPathComponent("site").path)
      candidates.append(folder.deletingLastPathComponent().appendingPathComponent("site").path)
    }
    // .build/x86_64-unknown-linux-gnu/release/nibble stands four folders below the package.
    var folder = URL(fileURLWithPath: executable).standardizedFileURL
    for depth in 1...5 {
      folder = folder.deletingLastPathComponent()
      guard folder.path != "/" else { break }
      if depth == 2 {
        candidates.append(folder.appendingPathComponent("share/nibble/site").path)
      }
      candidates.append(folder.appendingPathComponent("site").path)
    }
    var seen: Set<String> = []
    return candidates.filter { seen.insert($0).inserted }
  }
}
