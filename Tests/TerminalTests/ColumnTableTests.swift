import Terminal
import Testing

/// Tables without boxes.
///
/// Evidence: by hand.
@Suite("Column tables")
struct ColumnTableTests {
  private func lines(_ width: Int, rows: [[String]], alignments: [ColumnTable.Alignment])
    -> [String]
  {
    ColumnTable(
      alignments: alignments, header: [[Span("name")], [Span("bits")]],
      rows: rows.map { $0.map { [Span($0)] } }
    ).lines(width: width).map { $0.text(usesColor: false) }
  }

  @Test("columns line up, numbers at the right")
  func aligned() {
    let drawn = lines(30, rows: [["漢字", "8"], ["int4", "16"]], alignments: [.left, .right])
    #expect(drawn == ["name  bits", "────  ────", "漢字     8", "int4    16"])
  }

  @Test("a wide column is wrapped, not cut")
  func wrapped() {
    let drawn = lines(16, rows: [["a rather long name", "8"]], alignments: [.left, .right])
    #expect(drawn == ["name        bits", "──────────  ────", "a rather       8", "long name"])
  }

  @Test("where columns cannot stand side by side, a row becomes a list")
  func listed() {
    let drawn = lines(9, rows: [["one", "8"], ["two", "4"]], alignments: [])
    #expect(drawn == ["name: one", "bits: 8", "", "name: two", "bits: 4"])
  }
}
