/// Finds numbers where no step runs: in a glossary, in the words of a bibliography.
///
/// A whole number may stand there. A decimal may not, and neither may a link that means a step's value.
enum UnprovenNumbers {
  /// Every decimal and every linked number in blocks.
  ///
  /// - Parameters:
  ///   - blocks: What is looked through.
  ///   - path: The file as messages name it.
  ///   - place: Where no step runs, as a message says it: `the glossary`.
  /// - Returns: The decimals, then the linked numbers.
  static func diagnostics(in blocks: [Block], path: String, of place: String) -> [Diagnostic] {
    let decimals = blocks.flatMap { BareNumberLint.decimals(in: $0, allowed: []) }.map {
      Diagnostic(
        id: "bare-number", path: path, line: $0.line,
        summary: "nothing proves \($0.text) in \(place); leave it to the chapter that shows it")
    }
    let linked = blocks.flatMap(\.provenNumbers).map {
      Diagnostic(
        id: "number-without-step", path: path, line: $0.line,
        summary:
          "[\($0.text)](#\($0.target)) means a step's value, and no step runs in \(place); "
          + "leave it to the chapter that shows it")
    }
    return decimals + linked
  }
}
