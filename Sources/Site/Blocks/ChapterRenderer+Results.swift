import Course
import StepRecords

extension ChapterRenderer {
  /// What a step left: output, shown values, tables, charts, in that order of kinds and each in order.
  func results(of outcome: StepOutcome?, expectedOutput: String?) -> String {
    var result = ""
    let printed = outcome?.output ?? ""
    if !printed.isEmpty {
      result += output(printed, caption: "Output")
    }
    if let expectedOutput, printed.isEmpty || outcome?.outcome != .held {
      result += output(expectedOutput, caption: "Expected output")
    }
    let left = outcome?.results ?? []
    let shown = left.compactMap { step -> (label: String, value: RecordedValue, unit: String?)? in
      guard case .shown(let label, let value, let unit) = step else { return nil }
      return (label, value, unit)
    }
    result += self.shown(shown)
    for case .table(let table) in left { result += self.table(table) }
    for case .chart(let chart) in left { result += ChartFigure(chart).html() }
    return result
  }

  /// Standard output, as it was.
  func output(_ text: String, caption: String) -> String {
    "<figure class=\"output\">\n<figcaption>\(caption)</figcaption>\n"
      + "<pre tabindex=\"0\"><samp>\(HTMLText.escaped(text))</samp></pre>\n</figure>\n"
  }

  private func shown(
    _ values: [(label: String, value: RecordedValue, unit: String?)]
  ) -> String {
    guard !values.isEmpty else { return "" }
    let rows = values.map { shown in
      let value = Self.oneLine(shown.value.displayText(unit: shown.unit), limit: 400)
      return "<dt>\(HTMLText.escaped(shown.label))</dt>"
        + "<dd\(HTMLText.attribute("title", Self.oneLine(shown.value.text, limit: 2000)))>"
        + "\(HTMLText.escaped(value))</dd>\n"
    }
    return "<dl class=\"shown\">\n\(rows.joined())</dl>\n"
  }

  private func table(_ table: ResultTable) -> String {
    func isNumber(_ value: RecordedValue) -> Bool {
      switch value {
      case .integer, .float, .double: true
      default: false
      }
    }
    let numeric = table.columns.indices.map { column in
      !table.rows.isEmpty && table.rows.allSatisfy { $0.count > column && isNumber($0[column]) }
    }
    func name(_ column: Int) -> String {
      numeric.indices.contains(column) && numeric[column] ? " class=\"right\"" : ""
    }
    let caption =
      table.title.isEmpty ? "" : "<caption>\(HTMLText.escaped(table.title))</caption>\n"
    let header = table.columns.enumerated().map { column, title in
      "<th scope=\"col\"\(name(column))>\(HTMLText.escaped(title))</th>"
    }
    let rows = table.rows.map { row in
      let cells = row.enumerated().map { column, value in
        let text = Self.oneLine(Self.cell(value), limit: 200)
        let full = HTMLText.attribute("title", Self.oneLine(value.text, limit: 400))
        return "<td\(name(column))\(full)>\(HTMLText.escaped(text))</td>"
      }
      return "<tr>\(cells.joined())</tr>\n"
    }
    let head = header.isEmpty ? "" : "<thead>\n<tr>\(header.joined())</tr>\n</thead>\n"
    let body = rows.isEmpty ? "" : "<tbody>\n\(rows.joined())</tbody>\n"
    return
      "<div class=\"table result\" tabindex=\"0\"><table>\n\(caption)\(head)\(body)</table></div>\n"
  }

  /// A value in a table's cell: a string without its quotes.
  private static func cell(_ value: RecordedValue) -> String {
    if case .string(let text) = value { return text }
    return value.displayText
  }
}
