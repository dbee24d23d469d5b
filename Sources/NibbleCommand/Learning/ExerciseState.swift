import Course

/// How far a learner is with an exercise.
enum ExerciseState: String, Encodable {
  case notBegun = "not-begun"
  case begun
  case tried
  case solved

  /// The state after everything the learner did; beginning anew forgets what was before.
  init(of exercise: String, events: [LearnerEvent], answer: LearnerFile) {
    var state: ExerciseState = answer.exists && answer.isChanged ? .begun : .notBegun
    for event in events {
      switch event {
      case .tried(exercise, _, _) where state != .solved: state = .tried
      case .solved(exercise): state = .solved
      case .reset(exercise): state = answer.isChanged ? .begun : .notBegun
      default: break
      }
    }
    self = state
  }

  /// For people.
  var words: String {
    switch self {
    case .notBegun: "not begun"
    case .begun: "begun"
    case .tried: "tried, not solved yet"
    case .solved: "solved"
    }
  }
}
