import Course

/// A folder written for a test, read and linted as `nibble verify` does.
struct LintedCourse {
  let folder: CourseFolder
  let temporary: TemporaryFolder
  /// What was found when the folder was read, then when all chapters were seen together.
  let diagnostics: [Diagnostic]

  /// A course of files.
  init(_ files: [String: String]) throws {
    temporary = try TemporaryFolder(files)
    folder = try CourseFolder(path: temporary.path)
    let chapters = try folder.chapters.map { try ParsedChapter($0).chapter }
    diagnostics = folder.diagnostics + folder.lint(chapters)
  }

  /// A course of one chapter whose text cites `[@a]`, and a bibliography.
  init(bibliography: String) throws {
    try self.init([
      "01-a.md": "---\ntitle: A\n---\n# A\n\nSee [@a].\n", "sources.yaml": bibliography,
    ])
  }

  /// `id:file:line` of everything found.
  var found: [String] {
    diagnostics.map { "\($0.id):\($0.path.dropFirst(temporary.path.count + 1)):\($0.line)" }
  }
}
