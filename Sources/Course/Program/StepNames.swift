/// The names a step declares, changes and uses: what decides which steps need a skipped one.
///
/// Read from the tokens, so a name that a closure declares for itself counts as used: a step too many is
/// left out rather than one too few.
struct StepNames {
  /// Names of its top-level declarations.
  let declared: Set<String>
  /// Names that a top-level statement begins with: assigned or called upon to change.
  let changed: Set<String>
  /// Every name that is neither a member nor a label.
  let used: Set<String>

  init(_ code: String) {
    let bytes = Array(code.utf8)
    let statements = StatementSplitter(code).statements()
    declared = Set(statements.flatMap { $0.names.map(\.name) })
    let tokens = SwiftLexer(code).tokens()
    changed = Self.changed(by: statements, tokens: tokens, in: bytes)
    used = Self.used(in: tokens, bytes)
  }

  private static func changed(
    by statements: [Statement], tokens: [SwiftToken], in bytes: [UInt8]
  ) -> Set<String> {
    let starts = Set(
      statements.filter { $0.kind == .assignment || $0.kind == .expression }
        .map(\.range.lowerBound))
    return Set(
      tokens.filter { $0.kind == .identifier && starts.contains($0.range.lowerBound) }
        .map { name(of: $0, in: bytes) })
  }

  private static func used(in tokens: [SwiftToken], _ bytes: [UInt8]) -> Set<String> {
    var names: Set<String> = []
    let significant = tokens.filter { !$0.isTrivia }
    for (index, token) in significant.enumerated() {
      if token.kind == .string {
        for range in token.interpolations {
          let code = String(decoding: bytes[range], as: UTF8.self)
          names.formUnion(used(in: SwiftLexer(code).tokens(), Array(code.utf8)))
        }
      }
      guard token.kind == .identifier else { continue }
      let before = index > 0 ? text(of: significant[index - 1], in: bytes) : ""
      let after = index + 1 < significant.count ? text(of: significant[index + 1], in: bytes) : ""
      let isLabel = after == ":" && (before == "(" || before == ",")
      if before != ".", !isLabel { names.insert(name(of: token, in: bytes)) }
    }
    return names
  }

  private static func text(of token: SwiftToken, in bytes: [UInt8]) -> String {
    String(decoding: bytes[token.range], as: UTF8.self)
  }

  private static func name(of token: SwiftToken, in bytes: [UInt8]) -> String {
    text(of: token, in: bytes).filter { $0 != "`" }
  }
}
