import Course
import StepRecords

/// Chapters made of steps and paragraphs, for tests of what looks at whole chapters.
struct JudgedChapter {
  var blocks: [Block] = []
  var steps: [Step] = []
  var outcomes: [StepOutcome] = []
  private var reader = StepReader(path: "c.md")
  private var line = 1

  /// Adds a step and how it ended; values are those of its expectations in order.
  mutating func step(
    _ code: String, info: String = "swift", values: [RecordedValue] = [],
    outcome: StepOutcome.Outcome = .held, results: [StepResult] = []
  ) {
    let step = reader.read(info: info, code: code, fenceLine: line, codeLine: line + 1)
    blocks.append(Block(.step(steps.count), line: line))
    line += code.split(separator: "\n", omittingEmptySubsequences: false).count + 3
    steps.append(step)
    var judged: [JudgedExpectation] = []
    for (expectation, value) in zip(step.expectations, values) {
      judged.append(
        JudgedExpectation(
          line: expectation.line, expression: expectation.expression,
          expected: expectation.written, actual: value.text, value: value, held: true))
    }
    outcomes.append(
      StepOutcome(
        id: step.id, line: step.line, outcome: outcome, expectations: judged, results: results))
  }

  /// Adds a paragraph with a linked number.
  mutating func prose(_ text: String, _ target: String, _ relation: String? = nil) {
    let number = ProvenNumber(text: text, target: target, relation: relation, line: line)
    blocks.append(Block(.paragraph([.text("so "), .proven(number)]), line: line))
    line += 2
  }

  mutating func block(_ kind: Block.Kind) {
    blocks.append(Block(kind, line: line))
    line += 2
  }

  func chapter(numbers: [String] = []) -> Chapter {
    Chapter(
      id: "c", path: "c.md", source: "", frontMatter: FrontMatter(numbers: numbers),
      blocks: blocks, steps: steps)
  }

  func check() -> ProvenNumberCheck { ProvenNumberCheck(chapter: chapter(), outcomes: outcomes) }
}
