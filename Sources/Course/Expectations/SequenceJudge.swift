import StepRecords

/// Matches a written list, in which `…` stands for any elements, with a recorded one.
struct SequenceJudge {
  let expected: [ExpectedValue?]
  let recorded: [RecordedValue]

  func judge(actual: String) -> Judgement {
    guard !expected.contains(where: { $0 == nil }) else {
      return Judgement(actual: actual, reason: matches() ? nil : "is \(actual)")
    }
    if let elided = recorded.elidedCount {
      let count = recorded.count - 1 + elided
      return Judgement(
        actual: actual, reason: "has \(count) elements; write … for those not listed")
    }
    guard expected.count == recorded.count else {
      return Judgement(
        actual: actual,
        reason: "has \(recorded.count) elements, not \(expected.count): \(actual)")
    }
    var toleranceUsed: Double?
    for (index, (wanted, value)) in zip(expected, recorded).enumerated() {
      guard let judgement = wanted?.judge(value) else { continue }
      toleranceUsed = [toleranceUsed, judgement.toleranceUsed].compactMap { $0 }.max()
      if let reason = judgement.reason {
        return Judgement(
          actual: actual, toleranceUsed: toleranceUsed, reason: "element \(index) \(reason)")
      }
    }
    return Judgement(actual: actual, toleranceUsed: toleranceUsed)
  }

  /// Whether some choice of what each `…` covers makes every other element hold.
  private func matches() -> Bool {
    // reachable[i]: the expected elements so far can cover the first i recorded ones.
    var reachable = [Bool](repeating: false, count: recorded.count + 1)
    reachable[0] = true
    for wanted in expected {
      var next = [Bool](repeating: false, count: recorded.count + 1)
      for index in 0...recorded.count {
        if let wanted {
          guard index > 0, reachable[index - 1] else { continue }
          next[index] = wanted.judge(recorded[index - 1]).held
        } else {
          next[index] = reachable[index] || index > 0 && next[index - 1]
        }
      }
      reachable = next
    }
    return reachable[recorded.count]
  }
}

extension [RecordedValue] {
  /// How many elements were left out of a long list; nil where it is whole.
  var elidedCount: Int? {
    for case .elided(let count) in self { return count }
    return nil
  }
}
