/// Everything that can be said about a chapter before it runs.
///
/// What ``StepReader`` and the Markdown parser found while reading is theirs to report; this
/// looks at the chapter as a whole.
public enum ChapterLint {
  /// Mistakes of structure, redeclared names, bare numbers and dead links, in line order.
  public static func diagnostics(of chapter: Chapter) -> [Diagnostic] {
    let all =
      StructureLint(chapter: chapter).diagnostics()
      + RedeclarationLint.diagnostics(of: chapter) + BareNumberLint.diagnostics(of: chapter)
      + AnchorLint.diagnostics(of: chapter)
    // Sorted by line; what stands on one line keeps its order.
    return all.enumerated()
      .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
      .map(\.element)
  }
}
