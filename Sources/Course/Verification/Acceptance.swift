internal import StepRecords

/// Rewrites a chapter's numbers to what its steps found: `nibble verify --accept`.
///
/// Every expectation that did not hold, and every linked number in prose that says otherwise, is
/// written anew as precisely and in the same style as before. Bounds, traps and errors state decisions:
/// those are refused, and only a person changes them.
public struct Acceptance: Sendable {
  /// What moves.
  public let changes: [AcceptedChange]
  /// What should move, but only by hand.
  public let refused: [AcceptedChange]
  private let source: String

  /// What it takes to make a chapter agree with its result.
  ///
  /// - Parameters:
  ///   - chapter: The chapter.
  ///   - result: What a verification of exactly this chapter found.
  public init(chapter: Chapter, result: ChapterResult) {
    var changes: [AcceptedChange] = []
    var refused: [AcceptedChange] = []
    for (step, outcome) in zip(chapter.steps, result.steps) {
      for (expectation, judged) in zip(step.expectations, outcome.expectations) {
        guard let value = judged.value, !judged.held else { continue }
        let new = expectation.expected.rewritten(written: expectation.written, for: value)
        let change = AcceptedChange(
          path: chapter.path, line: expectation.line, place: .expectation,
          name: expectation.expression, old: expectation.written, new: new ?? value.text,
          tolerances: Movement.tolerances(from: expectation.expected, to: value))
        if new == nil { refused.append(change) } else { changes.append(change) }
      }
    }
    let check = ProvenNumberCheck(chapter: chapter, outcomes: result.steps)
    for number in chapter.blocks.flatMap(\.provenNumbers) {
      guard case .value(_, let value, let unit) = check.resolution(of: number),
        check.judgement(of: number)?.held == false
      else { continue }
      let new =
        number.relation == nil
        ? WrittenNumber.rewritten(prose: number.text, for: value, unit: unit) : nil
      let change = AcceptedChange(
        path: chapter.path, line: number.line, place: .prose, name: number.target,
        old: number.text, new: new ?? value.text,
        tolerances: WrittenNumber(prose: number.text).flatMap {
          Movement.tolerances(from: .number($0, tolerance: nil), to: value)
        })
      if new == nil { refused.append(change) } else { changes.append(change) }
    }
    // Only what can be found in the text moves; the rest is for a person.
    var rewriting = ChapterRewriting(Array(chapter.source.utf8))
    let sorted = changes.sorted { $0.line < $1.line }
    let isMade = sorted.map { rewriting.make($0) }
    self.changes = zip(sorted, isMade).filter(\.1).map(\.0)
    self.refused =
      (refused + zip(sorted, isMade).filter { !$0.1 }.map(\.0)).sorted { $0.line < $1.line }
    source = chapter.source
  }

  /// The chapter's text with every change made.
  public var text: String {
    String(decoding: rewritten(Array(source.utf8)), as: UTF8.self)
  }

  /// Makes the changes in the chapter's file, whole or not at all; line ends stay as they are.
  ///
  /// - Parameter path: The file.
  /// - Throws: `ExecutionError` when it cannot be read or written.
  public func write(to path: String) throws(ExecutionError) {
    guard !changes.isEmpty else { return }
    let old = try Files.bytes(of: path)
    let new = rewritten(old)
    guard new != old else { return }
    try Files.write(new, to: path)
  }

  private func rewritten(_ bytes: [UInt8]) -> [UInt8] {
    var rewriting = ChapterRewriting(bytes)
    for change in changes { _ = rewriting.make(change) }
    return rewriting.bytes
  }
}

/// How far a value stands from what was written, in what the writing promised.
private enum Movement {
  static func tolerances(from expected: ExpectedValue, to value: RecordedValue) -> Double? {
    guard case .number(let written, let tolerance) = expected, let found = number(value),
      found.isFinite
    else { return nil }
    let allowed: Double
    switch (tolerance, written.precision) {
    case (.absolute(let distance), _): allowed = distance
    case (.relative(let fraction), _): allowed = fraction * written.value.magnitude
    case (nil, .exact): return nil
    case (nil, .decimals(let digits)): allowed = 0.5 * power(-digits)
    case (nil, .significant(let digits)):
      guard written.value != 0 else { return nil }
      var exponent = 0
      while written.value.magnitude >= power(exponent + 1) { exponent += 1 }
      while written.value.magnitude < power(exponent) { exponent -= 1 }
      allowed = 0.5 * power(exponent - digits + 1)
    }
    return allowed > 0 ? (found - written.value).magnitude / allowed : nil
  }

  private static func number(_ value: RecordedValue) -> Double? {
    switch value {
    case .integer(let value): Double(value)
    case .float(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  private static func power(_ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<exponent.magnitude { result *= 10 }
    return exponent < 0 ? 1 / result : result
  }
}
