internal import Digests

/// Everything that decides what a chapter's steps find; its hash names the log in the cache.
///
/// Prose, expectations and line numbers are not in it, since a log is judged and placed anew each time.
struct ResultKey: Codable, Hashable, Sendable {
  /// What one step contributes.
  struct StepPart: Codable, Hashable, Sendable {
    var id: String
    var hash: String
  }

  /// Raised when logs of an older kind must not be read.
  static let currentFormat = 1

  var format = currentFormat
  /// The `nibble` that compiled and ran it.
  var runner: String
  var engine: String
  var toolchain: String
  var flags: String
  var runsSlowSteps: Bool
  /// The chapter's path, which crash reports and `#file` show.
  var path: String
  /// Data files that the text names, and their hashes.
  var data: [String: String]
  var steps: [StepPart]

  /// The name of the log.
  var name: String {
    let parts = [
      String(format), runner, engine, toolchain, flags, String(runsSlowSteps), path,
      data.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n"),
      steps.map { "\($0.id)=\($0.hash)" }.joined(separator: "\n"),
    ]
    return SHA256.hex(parts.joined(separator: "\u{0}"))
  }

  /// The contribution of every step: its code as it would be compiled on line 0.
  static func parts(of steps: [Step]) -> [StepPart] {
    steps.map { step in
      let start = step.expectations.map { "\($0.statementLine - step.codeLine)" }
      let lowered = StepLowering(step.atLineZero, isScoped: false)
      let facts = ["\(step.role)", String(step.isSlow)] + start + [lowered.code]
      return StepPart(id: step.id, hash: SHA256.hex(facts.joined(separator: "\u{0}")))
    }
  }

  /// What differs between this key and an older one, in words, the code up to a step only.
  ///
  /// - Parameters:
  ///   - older: The key of the last result.
  ///   - step: The step that is asked about.
  /// - Returns: One sentence a difference; empty when the step's result still stands.
  func differences(from older: ResultKey, at step: String) -> [String] {
    var differences: [String] = []
    if format != older.format || runner != older.runner {
      differences.append("nibble itself is another version")
    }
    if engine != older.engine { differences.append("the engine library changed") }
    if toolchain != older.toolchain {
      differences.append("the toolchain changed: was \(older.toolchain), is \(toolchain)")
    }
    if flags != older.flags { differences.append("the compiler's flags changed") }
    if runsSlowSteps != older.runsSlowSteps {
      differences.append(runsSlowSteps ? "slow steps run now" : "slow steps do not run now")
    }
    if path != older.path { differences.append("the chapter was \(older.path)") }
    for name in Set(data.keys).union(older.data.keys).sorted() where data[name] != older.data[name]
    {
      differences.append("the data in \(name) changed")
    }
    return differences + stepDifferences(from: older, at: step)
  }

  private func stepDifferences(from older: ResultKey, at step: String) -> [String] {
    let hashes = Dictionary(older.steps.map { ($0.id, $0.hash) }, uniquingKeysWith: { $1 })
    let known = Set(steps.map(\.id))
    let end = steps.firstIndex { $0.id == step } ?? steps.count - 1
    var differences: [String] = []
    for part in steps.prefix(end + 1) where hashes[part.id] != part.hash {
      let name = part.id == step ? "its own code" : "the code of the earlier step '\(part.id)'"
      differences.append(hashes[part.id] == nil ? "\(name) is new" : "\(name) changed")
    }
    let oldEnd = older.steps.firstIndex { $0.id == step } ?? older.steps.count
    for part in older.steps.prefix(oldEnd) where !known.contains(part.id) {
      differences.append("the earlier step '\(part.id)' is gone")
    }
    return differences
  }
}

extension Step {
  /// The step as if its code began on line 0.
  fileprivate var atLineZero: Step {
    Step(
      id: id, role: role, isFolded: isFolded, isSlow: isSlow, line: 0, codeLine: 0, code: code,
      expectations: expectations)
  }
}
