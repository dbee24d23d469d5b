extension Chapter {
  /// The chapter with other code in one of its steps, read like the author's own.
  ///
  /// - Parameters:
  ///   - index: The step's index.
  ///   - code: Its code, expectations included.
  /// - Returns: The chapter; the step keeps its id, its role and its line.
  func replacing(step index: Int, with code: String) -> Chapter {
    let old = steps[index]
    var code = code.replacing("\r\n", with: "\n")  // as some editors save
    if !code.hasSuffix("\n") { code += "\n" }
    var reader = ExpectationReader(
      code: code, role: old.role, path: path, codeLine: old.codeLine)
    reader.read()
    var changed = steps
    changed[index] = Step(
      id: old.id, role: old.role, isFolded: old.isFolded, isSlow: old.isSlow, line: old.line,
      codeLine: old.codeLine, code: code, expectations: reader.expectations, message: old.message)
    return Chapter(
      id: id, path: path, source: source, frontMatter: frontMatter, blocks: blocks, steps: changed)
  }
}
