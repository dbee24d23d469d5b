import Course

/// The places of a chapter that have a name: its sections, steps and exercises, in order.
struct Places {
  /// What a place is.
  enum Kind: Hashable {
    case section
    /// A step, and its number from 1.
    case step(Int)
    /// An exercise, and its number from 1.
    case exercise(Int)
  }

  /// A place.
  struct Place {
    let kind: Kind
    /// What it is called: a heading's text, a step's id, an exercise's name.
    let name: String
    /// What a reader sees: for an exercise its heading's text.
    let title: String
    /// The stretch that it lies in.
    let stretch: Int
  }

  let all: [Place]

  init(_ itinerary: Itinerary, chapter: Chapter, exercises: [Exercise]) {
    var places: [Place] = []
    var steps = 0
    for (index, stretch) in itinerary.stretches.enumerated() {
      for block in stretch.blocks {
        guard case .heading(let level, _, let title) = block.kind, level <= 2 else { continue }
        let text = Inline.plainText(of: title)
        places.append(Place(kind: .section, name: text, title: text, stretch: index))
      }
      switch stretch.stop {
      case .step(let step, _, _):
        steps += 1
        let id = chapter.steps[step].id
        var title = id
        if case .claim(let claim) = chapter.steps[step].role { title = "claim \(claim)" }
        places.append(Place(kind: .step(steps), name: id, title: title, stretch: index))
      case .exercise(let number):
        guard let exercise = exercises.first(where: { $0.number == number }) else { continue }
        places.append(
          Place(
            kind: .exercise(number), name: exercise.name, title: exercise.shortTitle,
            stretch: index))
      case .section, .end: break
      }
    }
    all = places
  }

  /// What Tab completes to.
  var names: [String] { all.map(\.name) }

  /// The place a reader means: a step's number, `e2` or `exercise 2`, or a name; of a name the
  /// beginning or any part does, and a slip of the pen.
  ///
  /// - Parameter typed: What was typed.
  /// - Returns: The place; nil where nothing is alike.
  func find(_ typed: String) -> Place? {
    let wanted = typed.lowercased().trimmed
    guard !wanted.isEmpty else { return nil }
    if let number = Int(wanted) { return all.first { $0.kind == .step(number) } }
    for prefix in ["exercise", "e"] where wanted.hasPrefix(prefix) {
      if let number = Int(wanted.dropFirst(prefix.count).filter { $0 != " " }) {
        return all.first { $0.kind == .exercise(number) }
      }
    }
    let tests: [(String) -> Bool] = [
      { $0 == wanted }, { $0.hasPrefix(wanted) }, { $0.contains(wanted) },
    ]
    for test in tests {
      if let place = all.first(where: { test($0.name.lowercased()) || test($0.title.lowercased()) })
      {
        return place
      }
    }
    let near = all.map { ($0, EditDistance.between($0.name.lowercased(), wanted)) }
      .min { $0.1 < $1.1 }
    guard let near, near.1 <= max(1, wanted.count / 3) else { return nil }
    return near.0
  }
}

extension Exercise {
  /// Its heading without the word before it that says what it is.
  var shortTitle: String {
    let text = Inline.plainText(of: title)
    guard let colon = text.firstIndex(of: ":"), text.lowercased().hasPrefix("exercise") else {
      return text
    }
    return String(text[text.index(after: colon)...]).trimmed
  }
}

/// How many letters to add, remove or change to make one word of another (Levenshtein's distance).
enum EditDistance {
  static func between(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (line, letter) in first.enumerated() {
      var next = [line + 1]
      for (column, other) in second.enumerated() {
        next.append(
          min(row[column + 1] + 1, next[column] + 1, row[column] + (letter == other ? 0 : 1)))
      }
      row = next
    }
    return row[second.count]
  }
}
