import Course

/// A chapter cut into the stretches a reader takes one at a time: some prose, then a place to stop.
struct Itinerary {
  /// Something printed on the way to a stop.
  enum Piece {
    /// A block of prose.
    case block(Block)
    /// The line a claim opens with.
    case claimStart(source: String)
    /// The line a claim closes with.
    case claimVerdict(id: String)
    /// A folded part: only its name is printed until the reader asks.
    case fold(Fold)
  }

  /// A folded part.
  struct Fold {
    let summary: [Inline]
    let blocks: [Block]
    /// Whether it holds the solution of an exercise.
    let isSolution: Bool
  }

  /// Where a stretch ends.
  enum Stop {
    /// A step to run: its index, the output expected of it, and the value to guess first.
    case step(Int, expectedOutput: String?, prediction: String?)
    /// An exercise to think about.
    case exercise(number: Int)
    /// The end of a section without a step.
    case section
    /// The end of the chapter.
    case end
  }

  /// A stretch: what is printed, then the stop.
  struct Stretch {
    var pieces: [Piece]
    var stop: Stop

    /// The folded parts of the stretch, in order.
    var folds: [Fold] {
      pieces.compactMap { piece in
        guard case .fold(let fold) = piece else { return nil }
        return fold
      }
    }
  }

  /// The stretches in order; the last one stops at the end.
  let stretches: [Stretch]

  /// How many of them stop at a step.
  var stepCount: Int {
    stretches.count { stretch in
      guard case .step = stretch.stop else { return false }
      return true
    }
  }

  /// Cuts a chapter's body.
  init(_ blocks: [Block], steps: [Step], exercises: [Int: ExerciseSpan]) {
    var builder = Builder(steps: steps, exercises: exercises)
    builder.add(blocks)
    builder.close(at: .end)
    stretches = builder.stretches
  }

  private struct Builder {
    let steps: [Step]
    let exercises: [Int: ExerciseSpan]
    var stretches: [Stretch] = []
    var pieces: [Piece] = []
    var prediction: String?

    init(steps: [Step], exercises: [Int: ExerciseSpan]) {
      self.steps = steps
      self.exercises = exercises
    }

    mutating func close(at stop: Stop) {
      stretches.append(Stretch(pieces: pieces, stop: stop))
      pieces = []
    }

    mutating func add(_ blocks: [Block]) {
      var index = 0
      while index < blocks.count {
        let block = blocks[index]
        index += 1
        switch block.kind {
        case .heading(let level, _, _):
          if let exercise = exercises[block.line] {
            closeSection()
            let end = min(index - 1 + exercise.blocks.count, blocks.count)
            pieces.append(.block(block))
            addExercise(Array(blocks[index..<end]))
            close(at: .exercise(number: exercise.number))
            index = end
          } else {
            if level <= 2 { closeSection() }
            pieces.append(.block(block))
          }
        case .step(let step) where steps.indices.contains(step):
          var expectedOutput: String?
          if index < blocks.count, case .output(let text) = blocks[index].kind {
            expectedOutput = text
            index += 1
          }
          close(
            at: .step(step, expectedOutput: expectedOutput, prediction: prediction))
          prediction = nil
        case .predict(let name):
          prediction = name
        case .claim(let id, let source, let inside):
          pieces.append(.claimStart(source: source))
          add(inside)
          pieces.append(.claimVerdict(id: id))
        case .audience(_, let inside):
          add(inside)
        case .details(let summary, let inside):
          pieces.append(.fold(fold(summary: summary, inside)))
        default:
          pieces.append(.block(block))
        }
      }
    }

    /// An exercise is one stretch: its text, stub and checks, then hints and answers folded.
    private mutating func addExercise(_ blocks: [Block]) {
      for block in blocks {
        if case .details(let summary, let inside) = block.kind {
          pieces.append(.fold(fold(summary: summary, inside)))
        } else {
          pieces.append(.block(block))
        }
      }
    }

    private func fold(summary: [Inline], _ blocks: [Block]) -> Fold {
      let isSolution = BlockWalk.all(blocks).contains { block in
        guard case .step(let index) = block.kind, steps.indices.contains(index),
          case .solution = steps[index].role
        else { return false }
        return true
      }
      return Fold(summary: summary, blocks: blocks, isSolution: isSolution)
    }

    /// Ends a stretch before a new section, unless nothing was said since the last stop.
    private mutating func closeSection() {
      let isWorthAStop = pieces.contains { piece in
        switch piece {
        case .block(let block):
          if case .heading = block.kind { return false }
          return true
        case .fold: return true
        case .claimStart, .claimVerdict: return false
        }
      }
      if isWorthAStop { close(at: .section) }
    }
  }
}
