extension ChartLayout.Heat {
  /// The same picture with at most that many rows and columns: each cell is the mean of what it covers.
  ///
  /// A heatmap of a whole weight matrix has more cells than a page or a terminal can show.
  package func reduced(rows maximumRows: Int, columns maximumColumns: Int) -> ChartLayout.Heat {
    let columnCount = rows.first?.count ?? 0
    guard rows.count > maximumRows || columnCount > maximumColumns else { return self }
    let rowParts = Self.parts(of: rows.count, atMost: maximumRows)
    let columnParts = Self.parts(of: columnCount, atMost: maximumColumns)
    let means = rowParts.map { rowPart in
      columnParts.map { columnPart in
        let values = rows[rowPart].flatMap { $0[columnPart].filter(\.isFinite) }
        return values.isEmpty ? .nan : values.reduce(0) { $0 + $1 / Double(values.count) }
      }
    }
    let finite = means.joined().filter(\.isFinite)
    return ChartLayout.Heat(
      label: label, rows: means, lowest: finite.min() ?? lowest, highest: finite.max() ?? highest)
  }

  private static func parts(of count: Int, atMost limit: Int) -> [Range<Int>] {
    let parts = max(1, min(count, limit))
    return (0..<parts).map { part in (part * count / parts)..<((part + 1) * count / parts) }
  }
}
