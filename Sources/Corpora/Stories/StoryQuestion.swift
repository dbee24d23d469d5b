/// A question about a story, its answer, and answers that are wrong.
struct StoryQuestion: Sendable, Equatable {
  /// What is asked for.
  enum Topic: String, Sendable, CaseIterable {
    case place = "where"
    case holder = "who"
    case count = "how many"
    case cause = "why"
  }

  let topic: Topic
  let text: String
  let answer: String
  /// Wrong answers: first those a careless reader might give, from the story itself.
  let wrong: [String]
  let weight: Int
}

extension StoryWorld {
  /// All questions that have an answer now; no two have the same text.
  var questions: [StoryQuestion] {
    var questions: [StoryQuestion] = []
    for index in things.indices {
      questions.append(whereQuestion(about: index))
      questions.append(whoQuestion(about: index))
    }
    for person in people {
      questions.append(whereQuestion(about: person))
      if let hoard = person.hoard { questions.append(countQuestion(about: person, hoard)) }
      if let need = person.need { questions.append(whyQuestion(about: person, need)) }
    }
    return questions
  }

  private func whereQuestion(about thing: Int) -> StoryQuestion {
    let all =
      nearbyPlaces.map { " It was in the \(StoryWords.places[$0])." }
      + people.map { " It was with \($0.name) in the \(StoryWords.places[$0.place])." }
    let answer =
      switch things[thing].holder {
      case .place(let place): " It was in the \(StoryWords.places[place])."
      case .person(let person):
        " It was with \(people[person].name) in the \(StoryWords.places[people[person].place])."
      }
    return StoryQuestion(
      topic: .place, text: "Where was the \(things[thing].name)?", answer: answer,
      wrong: all.filter { $0 != answer }, weight: 4)
  }

  private func whoQuestion(about thing: Int) -> StoryQuestion {
    let nobody = " Nobody had it."
    let all = people.map { " \($0.name) had it." }
    let others = StoryWords.names.map(\.name).filter { name in !people.contains { $0.name == name }
    }
    let answer: String
    var weight = 1
    if case .person(let person) = things[thing].holder {
      answer = all[person]
      weight = 4
    } else {
      answer = nobody
    }
    let wrong = (all + [nobody]).filter { $0 != answer } + others.map { " \($0) had it." }
    return StoryQuestion(
      topic: .holder, text: "Who had the \(things[thing].name)?", answer: answer, wrong: wrong,
      weight: weight)
  }

  private func whereQuestion(about person: Person) -> StoryQuestion {
    let texts = nearbyPlaces.map { " \(person.pronoun) was in the \(StoryWords.places[$0])." }
    let answer = " \(person.pronoun) was in the \(StoryWords.places[person.place])."
    return StoryQuestion(
      topic: .place, text: "Where was \(person.name)?", answer: answer,
      wrong: texts.filter { $0 != answer }, weight: 2)
  }

  private func countQuestion(about person: Person, _ hoard: Hoard) -> StoryQuestion {
    let nearest = StoryWords.numbers.indices.sorted {
      (abs($0 - hoard.count), $0) < (abs($1 - hoard.count), $1)
    }
    let texts = nearest.map { " \(person.pronoun) had \(amount($0, of: hoard.kind))." }
    return StoryQuestion(
      topic: .count,
      text: "How many \(StoryWords.hoards[hoard.kind].many) did \(person.name) have?",
      answer: texts[0], wrong: Array(texts.dropFirst()), weight: 4)
  }

  private func whyQuestion(about person: Person, _ need: Int) -> StoryQuestion {
    let texts = StoryWords.needs.map { " \(person.pronoun) was \($0.cause)." }
    return StoryQuestion(
      topic: .cause, text: "Why did \(person.name) \(StoryWords.needs[need].question)?",
      answer: texts[need], wrong: texts.filter { $0 != texts[need] }, weight: 4)
  }

  /// Every place, those that matter in the story first.
  private var nearbyPlaces: [Int] {
    let used = things.indices.map { place(of: $0) } + people.map(\.place)
    return StoryWords.places.indices.filter { used.contains($0) }
      + StoryWords.places.indices.filter { !used.contains($0) }
  }
}
