/// Finds names declared twice: a chapter is one program, and the compiler would only call the
/// second one's uses ambiguous.
///
/// Functions may share a name where their signatures differ. Checks, wrong answers and traps come
/// after the program so far and must use fresh names too, except those of their own exercise's
/// solution. `rejects` steps are not looked at: a redeclaration may be their point.
enum RedeclarationLint {
  private struct Declared {
    let kind: DeclaredName.Kind
    let line: Int
    let exercise: String?
  }

  /// Every redeclaration, with the line of the first.
  static func diagnostics(of chapter: Chapter) -> [Diagnostic] {
    var program: [String: [Declared]] = [:]
    var diagnostics: [Diagnostic] = []
    for step in chapter.steps where step.role != .rejects {
      var known = program
      if !step.role.isInProgram, let exercise = step.role.exercise {
        known = known.mapValues { $0.filter { $0.exercise != exercise } }
      }
      for name in StatementSplitter(step.code).statements().flatMap(\.names) {
        let line = step.codeLine + name.line
        if let first = known[name.name]?.first(where: { clash($0.kind, name.kind) }) {
          diagnostics.append(
            Diagnostic(
              id: "redeclared-name", path: chapter.path, line: line,
              summary: "\(name.name) is declared at line \(first.line) already; "
                + "a chapter is one program, choose a fresh name"))
        }
        known[name.name, default: []].append(
          Declared(kind: name.kind, line: line, exercise: step.role.exercise))
      }
      if step.role.isInProgram { program = known }
    }
    return diagnostics
  }

  private static func clash(_ first: DeclaredName.Kind, _ second: DeclaredName.Kind) -> Bool {
    switch (first, second) {
    case (.function(let one), .function(let other)): one == other
    default: true
    }
  }
}
