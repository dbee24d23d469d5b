extension Stories {
  /// The answer to the question that was just asked, then another question or the end.
  func ask<T: Teller>(
    _ question: StoryQuestion, of world: StoryWorld, _ teller: inout T
  ) throws(T.Failure) {
    try teller.say(question.answer)
    let others = world.questions.filter { $0.text != question.text }
    // One story in two asks once more; a blank line begins no question.
    let total = others.reduce(0) { $0 + $1.weight }
    let chosen = try teller.choose(
      others.map { Alternative("\n" + $0.text, weight: $0.weight) }
        + [Alternative("\n\n", weight: total)])
    guard chosen < others.count else { return }
    try teller.say(others[chosen].answer + "\n\n")
  }
}
