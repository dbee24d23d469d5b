import Course
import StepRecords

/// A claim's verdict: one of four words, and under which conditions.
struct ClaimVerdict {
  /// The four ways a test of a claim can end.
  enum Kind: String, CaseIterable {
    case holds
    case fails
    /// Under some of the conditions it was tested in.
    case partly
    /// The step that tests it has not run.
    case unknown

    /// The verdict's word, set in small capitals: it never depends on colour.
    var word: String {
      switch self {
      case .holds: "holds"
      case .fails: "fails"
      case .partly: "holds when"
      case .unknown: "not computed yet"
      }
    }
  }

  /// Which of the four.
  let kind: Kind
  /// The named conditions under which it holds.
  let holdsWhen: [String]
  /// The named conditions under which it does not.
  let failsWhen: [String]

  /// The verdict of the conditions a step found; nil when it did not run.
  init(_ conditions: [VerdictCondition]?) {
    let named = (conditions ?? []).filter { !$0.name.isEmpty }
    holdsWhen = named.filter(\.holds).map(\.name)
    failsWhen = named.filter { !$0.holds }.map(\.name)
    guard let conditions else {
      kind = .unknown
      return
    }
    kind =
      conditions.allSatisfy(\.holds) && !conditions.isEmpty
      ? .holds : conditions.contains(where: \.holds) ? .partly : .fails
  }

  /// `holds when normal`, in words alone.
  var words: String {
    kind == .partly ? "\(kind.word) \(holdsWhen.joined(separator: "; "))" : kind.word
  }

  /// The word in small capitals, the conditions after it.
  var html: String {
    let word = "<strong class=\"\(kind.rawValue)\">\(kind.word)</strong>"
    guard kind == .partly else { return word }
    let not =
      failsWhen.isEmpty
      ? ""
      : "<span class=\"unless\">; not when \(HTMLText.escaped(failsWhen.joined(separator: "; ")))"
        + "</span>"
    return "\(word) \(HTMLText.escaped(holdsWhen.joined(separator: "; ")))\(not)"
  }
}
