import Course

/// What stands in a learner's file when it is made.
enum LearnerText {
  /// The start of an answer: what is asked, how it is checked, and the stub.
  static func answer(to exercise: Exercise, of chapter: Chapter) -> String {
    let title = Inline.plainText(of: exercise.title)
    let stub = exercise.stub.map { chapter.steps[$0].code } ?? ""
    return """
      // \(oneLine(title)) (exercise \(exercise.number) of \(chapter.id))
      // Save it, and the reader checks it; so does: nibble exercise check \(chapter.shortName) \(exercise.name)

      \(stub)
      """
  }

  /// The start of a changed step: what it is for, and the author's code.
  static func change(of step: Step, in chapter: Chapter) -> String {
    """
    // Step \(step.id) of \(chapter.id), to change as you like.
    // Write  // => ?  behind a line to see its value.

    \(step.code)
    """
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

extension Chapter {
  /// How a command line names the chapter in the fewest letters: its number where it has one.
  var shortName: String {
    let digits = id.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), id.dropFirst(digits.count).first == "-" else { return id }
    return String(number)
  }
}
