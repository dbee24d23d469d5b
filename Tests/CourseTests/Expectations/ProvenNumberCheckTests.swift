import Course
import StepRecords
import Testing

/// Evidence: by hand.
@Suite("Numbers in prose")
struct ProvenNumberCheckTests {
  private func diagnostics(
    _ text: String, _ relation: String? = nil, value: RecordedValue, unit: String? = nil
  ) -> [Diagnostic] {
    var chapter = JudgedChapter()
    chapter.step(
      "x  // => ?\n", values: [value],
      results: unit.map { [.shown(label: "x", value: value, unit: $0)] } ?? [])
    chapter.prose(text, "x", relation)
    return chapter.check().diagnostics()
  }

  @Test(
    "a number states its value at the digits written",
    arguments: [
      ("0.0235", nil, .float(0.023529412), nil, true),
      ("0.0236", nil, .float(0.023529412), nil, false),
      ("−71", nil, .integer(-71), nil, true),
      ("1,024", nil, .integer(1024), nil, true),
      ("6.1·10⁻⁵", nil, .double(6.14e-5), nil, true),
      ("43", nil, .double(42.7), nil, true),
      ("42", nil, .double(42.5), nil, true),  // ties to even
      ("43", nil, .double(42.5), nil, false),
      ("43", nil, .integer(42), nil, false),
      ("39%", nil, .double(0.392), "%", true),
      ("39.2%", nil, .double(0.392), "%", true),
      ("39.3%", nil, .double(0.392), "%", false),
      ("39%", nil, .double(0.392), nil, false),
      ("39%", nil, .double(39.2), nil, true),
      ("39%", nil, .double(39.2), "%", false),
      ("0.39", nil, .double(0.392), "%", true),
      ("12", nil, .integer(12_000), "kB", false),  // prefixes never scale
      ("10⁻⁴", "<", .double(6e-5), nil, true),
      ("10⁻⁵", "<", .double(6e-5), nil, false),
      ("50%", "<", .double(0.392), "%", true),
      ("3", ">=", .integer(3), nil, true),
    ] as [(String, String?, RecordedValue, String?, Bool)])
  func states(text: String, relation: String?, value: RecordedValue, unit: String?, held: Bool) {
    let diagnostics = diagnostics(text, relation, value: value, unit: unit)
    #expect(diagnostics.map(\.id) == (held ? [] : ["wrong-number"]))
  }

  @Test("a wrong number is told with the value to the same digits")
  func wrong() throws {
    let diagnostic = try #require(diagnostics("0.0239", value: .float(0.023529412)).first)
    #expect(diagnostic.line == 6 && diagnostic.path == "c.md")
    #expect(diagnostic.summary == "the prose says x is 0.0239, but it is 0.0235 (0.023529412)")
    #expect(diagnostic.notes.contains("at the digits written: 0.0235"))
  }

  @Test("what no number can state is said so")
  func notNumbers() {
    #expect(diagnostics("3", value: .list([.integer(3)])).map(\.id) == ["not-a-number"])
    #expect(diagnostics("3", "about", value: .integer(3)).map(\.id) == ["not-a-number"])
  }

  @Test("the nearest value before counts, else the next")
  func nearest() {
    var chapter = JudgedChapter()
    chapter.prose("1", "f(x)")
    chapter.step("try f(x)  // => 1\n", values: [.integer(1)])
    chapter.prose("1", "f(x)")
    chapter.step("f( x )  // => 2\n", values: [.integer(2)])
    chapter.prose("2", "f(x)")
    #expect(chapter.check().diagnostics().isEmpty)
    chapter.prose("1", "f(x)")
    #expect(chapter.check().diagnostics().map(\.id) == ["wrong-number"])
  }

  @Test("labels link by slug, with near misses named")
  func labels() {
    var chapter = JudgedChapter()
    chapter.step(
      "show(moved, \"worst case\")\n",
      results: [.shown(label: "Worst case", value: .double(0.0118), unit: "volts")])
    chapter.prose("0.012", "worst-case")
    #expect(chapter.check().diagnostics().isEmpty)
    chapter.prose("0.012", "worst-cas")
    let diagnostics = chapter.check().diagnostics()
    #expect(diagnostics.map(\.id) == ["unknown-value"])
    #expect(diagnostics.first?.summary.contains("did you mean worst-case?") == true)
    #expect(ProvenNumberCheck.slug("  Δ (per group), 4-bit ") == "δ-per-group-4-bit")
  }

  @Test("different values of one name in one step are ambiguous, equal ones are not")
  func ambiguous() {
    var chapter = JudgedChapter()
    chapter.step("n  // => 1\nn  // => 2\n", values: [.integer(1), .integer(2)])
    chapter.prose("2", "n")
    #expect(chapter.check().diagnostics().map(\.id) == ["ambiguous-value"])
    chapter.step("n  // => 2\nn  // => 2\n", values: [.integer(2), .integer(2)])
    chapter.prose("2", "n")
    chapter.step(
      "n  // => 2\nshow(m, \"n\")\n", values: [.integer(2)],
      results: [.shown(label: "n", value: .integer(3), unit: nil)])
    chapter.prose("2", "n")
    #expect(chapter.check().diagnostics().map(\.id) == ["ambiguous-value", "ambiguous-value"])
  }

  @Test("variants leave no values; steps that did not run are not judged")
  func notRun() {
    var chapter = JudgedChapter()
    chapter.step("a  // => 1\n", info: "swift traps", values: [.integer(1)])
    chapter.prose("1", "a")
    #expect(chapter.check().diagnostics().map(\.id) == ["unknown-value"])
    var skipped = JudgedChapter()
    skipped.step("n  // => 1\n", values: [.integer(1)])
    skipped.step("n  // => 2\nshow(n, \"big one\")\n", info: "swift slow", outcome: .skipped)
    skipped.prose("2", "n")
    skipped.prose("2", "big-one")
    #expect(skipped.check().diagnostics().isEmpty)
    let number = ProvenNumber(text: "2", target: "n", relation: nil, line: 20)
    #expect(skipped.check().resolution(of: number) == .notRun(step: 1))
    #expect(skipped.check().judgement(of: number) == nil)
    skipped.prose("2", "elsewhere")
    #expect(skipped.check().diagnostics().map(\.id) == ["unknown-value"])
  }

  @Test("numbers are found in headings, tables, details, claims and lists")
  func everywhere() {
    var chapter = JudgedChapter()
    chapter.step("n  // => 1\n", values: [.integer(1)])
    let wrong = Inline.strong([
      .proven(ProvenNumber(text: "2", target: "n", relation: nil, line: 7))
    ])
    let paragraph = Block(.paragraph([wrong]), line: 7)
    chapter.block(.heading(level: 2, anchor: "a", [wrong]))
    chapter.block(.table(alignments: [], header: [[wrong]], rows: [[[wrong], [wrong]]]))
    chapter.block(.details(summary: [wrong], [paragraph]))
    chapter.block(.claim(id: "c", source: "s", [Block(.quote([paragraph]), line: 7)]))
    chapter.block(.list(start: nil, isTight: true, items: [[paragraph]]))
    chapter.block(.audience(["cs-student"], [paragraph]))
    #expect(chapter.check().diagnostics().count == 9)
  }

  @Test("a prediction needs a value too")
  func predictions() {
    var chapter = JudgedChapter()
    chapter.block(.predict("e8"))
    chapter.step("e8  // => 1\n", values: [.integer(1)])
    #expect(chapter.check().diagnostics().isEmpty)
    chapter.block(.predict("e9"))
    #expect(chapter.check().diagnostics().map(\.id) == ["unknown-value"])
  }
}

/// Evidence: by law.
@Suite("Rewriting numbers in prose")
struct ProseRewritingTests {
  @Test("what is rewritten states the value", arguments: 0..<10)
  func law(seed: Int) throws {
    var random = ExpectationRandom(seed: UInt64(seed) + 6000)
    let styles = [
      "0.5", "−71", "1,024", "1,024.5", "6.1·10⁻⁵", "6.10 × 10^-5", "10⁻⁴", "39%", "39.20 %", "1e3",
      "6.10e-05", "+3", "0",
    ]
    for round in 0..<200 {
      let number = random.double(modest: round % 3 != 0)
      let value: RecordedValue =
        round % 5 == 0 ? .integer(Int(number.remainder(dividingBy: 100_000))) : .double(number)
      let written = styles.randomElement(using: &random) ?? "0"
      let unit = random.next() % 2 == 0 ? "%" : nil
      let text = try #require(
        WrittenNumber.rewritten(prose: written, for: value, unit: unit))
      var chapter = JudgedChapter()
      chapter.step(
        "x  // => ?\n", values: [value], results: [.shown(label: "x", value: value, unit: unit)])
      chapter.prose(text, "x")
      #expect(chapter.check().diagnostics() == [], "\(written) became \(text) for \(value.text)")
    }
  }
}
