internal import StepRecords

/// Where a chapter's lines went when prose between its steps was edited.
struct LineShift {
  /// The first line of each step's code before and after, in rising order.
  private let moves: [(old: Int, new: Int)]

  init(from old: [String: Int], to steps: [Step]) {
    moves = steps.compactMap { step in old[step.id].map { ($0, step.codeLine) } }
      .sorted { $0.old < $1.old }
  }

  /// Whether nothing moved.
  var isNone: Bool {
    moves.allSatisfy { $0.old == $0.new }
  }

  /// Where a line is now that stood in a step's code, or just after it.
  func line(_ line: Int) -> Int {
    guard let move = moves.last(where: { $0.old <= line }) else { return line }
    return line &- move.old &+ move.new
  }

  func message(_ message: CompilerMessage) -> CompilerMessage {
    guard message.line > 0 else { return message }
    var moved = message
    moved.line = line(message.line)
    moved.notes = message.notes.map {
      CompilerNote(file: $0.file, line: line($0.line), text: $0.text)
    }
    return moved
  }

  func log(_ log: ProcessLog) -> ProcessLog {
    var moved = log
    moved.records = log.records.map { record in
      guard case .reached(let number) = record else { return record }
      return .reached(line: line(number))
    }
    moved.crash?.line = log.crash?.line.map(line)
    return moved
  }
}
