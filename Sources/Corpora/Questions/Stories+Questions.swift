public import Tensors

extension Stories: QuestioningGrammar {
  /// A story up to its first question, a question about it, and four answers.
  ///
  /// The wrong answers are the nearest ones: places, people and numbers of the same story.
  ///
  /// - Parameter generator: Where the story, the question and the order come from.
  /// - Returns: The question.
  public func question(drawingFrom generator: SeededGenerator) -> MultipleChoiceQuestion {
    var generator = generator
    var writer = PassageWriter(drawingFrom: SeededGenerator(seed: generator.next()))
    let world = tellKeepingWorld(to: &writer)
    // A topic first, so that rare ones are asked as often as common ones.
    let topics = StoryQuestion.Topic.allCases.filter { topic in
      world.questions.contains { $0.topic == topic }
    }
    let topic = topics[generator.below(topics.count)]
    let questions = world.questions.filter { $0.topic == topic }
    let question = questions[generator.below(questions.count)]
    let story = writer.text.prefix { $0 != "\n" }
    return multipleChoice(
      topic: topic.rawValue, context: "\(story)\n\(question.text)", answer: question.answer,
      wrong: question.wrong, using: &generator)
  }
}
