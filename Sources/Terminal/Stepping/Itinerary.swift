import Course

/// A chapter cut into the stretches a reader takes one at a time: some prose, then a place to stop.
struct Itinerary {
  /// Something printed on the way to a stop.
  enum Piece {
    /// A block of prose.
    case block(Block)
    /// An exercise's heading, with its number.
    case exerciseHeading(Block, number: Int)
    /// The line a claim opens with.
    case claimStart(source: String)
    /// The line a claim closes with.
    case claimVerdict(id: String)
    /// A folded part: only its name is printed until the reader asks.
    case fold(Fold)
  }

  /// A folded part outside an exercise.
  struct Fold {
    let summary: [Inline]
    let blocks: [Block]
  }

  /// Where a stretch ends.
  enum Stop {
    /// A step to run: its index, the output expected of it, and the values to guess first.
    case step(Int, expectedOutput: String?, predictions: [String])
    /// An exercise, by its number.
    case exercise(number: Int)
    /// The end of a section without a step.
    case section
    /// The end of the chapter.
    case end
  }

  /// A part of the chapter under a heading of the first two levels.
  struct Section: Hashable {
    let anchor: String
    let title: String
  }

  /// A stretch: what is printed, then the stop.
  struct Stretch {
    let pieces: [Piece]
    let stop: Stop
    /// The step it stops at.
    let step: Int?
    /// The section its end lies in; nil before the first heading.
    let section: Section?
    /// What the journal calls the stop. It survives edits of the chapter around it: a step's id, an
    /// exercise's name, a section's anchor.
    let id: String

    init(pieces: [Piece], stop: Stop, section: Section?, id: String) {
      self.pieces = pieces
      self.stop = stop
      self.section = section
      self.id = id
      if case .step(let index, _, _) = stop { step = index } else { step = nil }
    }

    /// The folded parts of the stretch, in order.
    var folds: [Fold] {
      pieces.compactMap { piece in
        guard case .fold(let fold) = piece else { return nil }
        return fold
      }
    }

    /// The blocks that it prints, the inside of folds left out.
    var blocks: [Block] {
      pieces.compactMap { piece in
        switch piece {
        case .block(let block), .exerciseHeading(let block, _): block
        case .claimStart, .claimVerdict, .fold: nil
        }
      }
    }
  }

  /// The stretches in order; the last one stops at the end.
  let stretches: [Stretch]

  /// Cuts a chapter's body.
  init(_ blocks: [Block], steps: [Step], exercises: [Int: ExerciseSpan]) {
    var builder = Builder(steps: steps, exercises: exercises)
    builder.add(blocks)
    builder.close(at: .end, id: "end")
    stretches = builder.stretches
  }

  /// How many stretches stop at a step.
  var stepCount: Int { stretches.count { $0.step != nil } }

  /// How many stretches up to one, itself included, stop at a step: the number of the step there.
  func stepNumber(at position: Int) -> Int {
    stretches.prefix(position + 1).count { $0.step != nil }
  }

  /// The section and the stop of a stretch, for words on the screen.
  func name(of position: Int) -> String {
    var names = stretches[position].section.map { [$0.title] } ?? []
    switch stretches[position].stop {
    case .step: names.append("step \(stepNumber(at: position))")
    case .exercise(let number): names.append("exercise \(number)")
    case .section, .end: break
    }
    return names.isEmpty ? "the start" : names.joined(separator: " · ")
  }

  private struct Builder {
    let steps: [Step]
    let exercises: [Int: ExerciseSpan]
    var stretches: [Stretch] = []
    var pieces: [Piece] = []
    var predictions: [String] = []
    var section: Section?
    var taken: Set<String> = []

    init(steps: [Step], exercises: [Int: ExerciseSpan]) {
      self.steps = steps
      self.exercises = exercises
    }

    mutating func close(at stop: Stop, id: String) {
      var unique = id
      var number = 2
      while !taken.insert(unique).inserted {
        unique = "\(id)-\(number)"
        number += 1
      }
      stretches.append(Stretch(pieces: pieces, stop: stop, section: section, id: unique))
      pieces = []
    }

    mutating func add(_ blocks: [Block]) {
      var index = 0
      while index < blocks.count {
        let block = blocks[index]
        index += 1
        switch block.kind {
        case .heading(let level, let anchor, let title):
          if let exercise = exercises[block.line] {
            closeSection()
            let end = min(index - 1 + exercise.blocks.count, blocks.count)
            pieces.append(.exerciseHeading(block, number: exercise.number))
            addExercise(Array(blocks[index..<end]))
            close(at: .exercise(number: exercise.number), id: "exercise:\(exercise.name)")
            index = end
          } else {
            if level <= 2 {
              closeSection()
              section = Section(anchor: anchor, title: Inline.plainText(of: title))
            }
            pieces.append(.block(block))
          }
        case .step(let step) where steps.indices.contains(step):
          var expectedOutput: String?
          if index < blocks.count, case .output(let text) = blocks[index].kind {
            expectedOutput = text
            index += 1
          }
          close(
            at: .step(step, expectedOutput: expectedOutput, predictions: predictions),
            id: steps[step].id)
          predictions = []
        case .predict(let name):
          predictions.append(name)
        case .claim(let id, let source, let inside):
          pieces.append(.claimStart(source: source))
          add(inside)
          pieces.append(.claimVerdict(id: id))
        case .audience(_, let inside):
          add(inside)
        case .details(let summary, let inside):
          pieces.append(.fold(Fold(summary: summary, blocks: inside)))
        default:
          pieces.append(.block(block))
        }
      }
    }

    /// An exercise is one stretch: its text, stub and checks. Hints, the solution and foreseen mistakes
    /// wait for their keys.
    private mutating func addExercise(_ blocks: [Block]) {
      for block in blocks {
        if case .details = block.kind { continue }
        pieces.append(.block(block))
      }
    }

    /// Ends a stretch before a new section, unless nothing was said since the last stop.
    private mutating func closeSection() {
      let isWorthAStop = pieces.contains { piece in
        switch piece {
        case .block(let block):
          if case .heading = block.kind { return false }
          return true
        case .fold, .exerciseHeading: return true
        case .claimStart, .claimVerdict: return false
        }
      }
      if isWorthAStop { close(at: .section, id: "#" + (section?.anchor ?? "")) }
    }
  }
}
