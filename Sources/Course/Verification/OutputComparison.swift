/// Whether what a step printed is what its `text output` fence says.
struct OutputComparison {
  /// The first line that differs, in words; nil when all is as expected.
  ///
  /// Lines are compared without white space at their ends, and empty lines at the end count for
  /// nothing. A line `…` (or `...`) stands for any lines, none included.
  static func difference(printed: String, expected: String) -> String? {
    let actual = lines(of: printed)
    let wanted = lines(of: expected)
    var reach = [Bool](repeating: false, count: actual.count + 1)
    reach[0] = true
    var furthest = 0
    for (index, line) in wanted.enumerated() {
      var next = [Bool](repeating: false, count: actual.count + 1)
      if line == "…" || line == "..." {
        if let first = reach.firstIndex(of: true) {
          for place in first...actual.count { next[place] = true }
        }
      } else {
        for place in actual.indices where reach[place] && actual[place] == line {
          next[place + 1] = true
        }
      }
      guard let first = next.firstIndex(of: true) else {
        return differs(at: furthest, actual, wanted: wanted, index)
      }
      furthest = first
      reach = next
    }
    guard !reach[actual.count] else { return nil }
    return "line \(furthest + 1) should not be there: \(quoted(actual[furthest]))"
  }

  private static func differs(
    at place: Int, _ actual: [String], wanted: [String], _ index: Int
  ) -> String {
    guard place < actual.count else { return "\(quoted(wanted[index])) was not printed" }
    return "line \(place + 1) is \(quoted(actual[place])), expected \(quoted(wanted[index]))"
  }

  private static func quoted(_ line: String) -> String {
    line.count > 120 ? "'\(line.prefix(120))…'" : "'\(line)'"
  }

  private static func lines(of text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\r" }.reversed())
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
