/// Where exercises stand among a list of blocks: a heading, and everything up to its last part.
package struct ExerciseSpan: Hashable, Sendable {
  /// The blocks of the exercise, heading first.
  package let blocks: Range<Int>
  /// Its number in the chapter, from 1.
  package let number: Int
  /// The exercise's name in its fences.
  package let name: String

  /// The exercises of a chapter by the line of their heading.
  ///
  /// An exercise starts at the nearest heading before its stub and ends with the last block that holds
  /// one of its fences, and the folded parts right after; a heading of the same level or above ends it
  /// earlier.
  package static func spans(in blocks: [Block], steps: [Step]) -> [Int: ExerciseSpan] {
    var spans: [Int: ExerciseSpan] = [:]
    collect(blocks, steps: steps, into: &spans)
    return spans
  }

  private static func collect(
    _ blocks: [Block], steps: [Step], into spans: inout [Int: ExerciseSpan]
  ) {
    var index = 0
    while index < blocks.count {
      if let (end, name) = exercise(at: index, in: blocks, steps: steps) {
        spans[blocks[index].line] = ExerciseSpan(
          blocks: index..<end, number: spans.count + 1, name: name)
        index = end
        continue
      }
      switch blocks[index].kind {
      case .audience(_, let inside), .quote(let inside), .details(_, let inside),
        .claim(_, _, let inside):
        collect(inside, steps: steps, into: &spans)
      default: break
      }
      index += 1
    }
  }

  private static func exercise(
    at start: Int, in blocks: [Block], steps: [Step]
  ) -> (end: Int, name: String)? {
    guard case .heading(let level, _, _) = blocks[start].kind else { return nil }
    var name: String?
    var end = start + 1
    var index = start + 1
    while index < blocks.count {
      if case .heading(let other, _, _) = blocks[index].kind {
        // Another heading before the stub: the stub belongs to that one.
        if other <= level || name == nil { break }
      }
      let names = Set(
        BlockWalk.all([blocks[index]]).compactMap { block -> String? in
          guard case .step(let step) = block.kind, steps.indices.contains(step) else { return nil }
          return steps[step].exercise
        })
      if name == nil { name = names.sorted().first }
      if let name, names.contains(name) {
        end = index + 1
      } else if case .details = blocks[index].kind, end == index, name != nil, names.isEmpty {
        end = index + 1
      } else if !names.isEmpty {
        break  // the next exercise, without a heading of its own
      }
      index += 1
    }
    guard let name else { return nil }
    return (end, name)
  }
}

extension Step {
  /// The exercise a fence belongs to; nil for plain steps and the rest.
  package var exercise: String? {
    switch role {
    case .stub(let name), .check(let name), .solution(let name): name
    case .wrong(let name, _): name
    case .plain, .claim, .rejects, .traps: nil
    }
  }
}
