internal import FoundationEssentials

/// Everything a learner did in a chapter, one line an event: plain text, only ever added to.
///
/// A line is `TIME WORD …`, its fields apart by tabs, so that a person can read it and a script can
/// count it. It is written as the thing happens: whatever ends the sitting loses nothing. A line that
/// does not read, from another version or a person's hand, is skipped and stays.
public struct Journal: Sendable {
  /// The file; it is made with the first event.
  public let path: String
  private let chapter: String

  init(path: String, chapter: String) {
    self.path = path
    self.chapter = chapter
  }

  /// An event and when it happened, as `2026-11-29T09:41:02Z`.
  public struct Entry: Hashable, Sendable {
    /// The time.
    public let time: String
    /// The event.
    public let event: LearnerEvent

    /// An entry at a time.
    public init(time: String, event: LearnerEvent) {
      self.time = time
      self.event = event
    }
  }

  /// Every entry, oldest first; none where there is no journal.
  public var entries: [Entry] {
    guard let bytes = try? Files.bytes(of: path) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap(Self.entry)
  }

  /// Adds an event.
  ///
  /// - Parameter event: The event.
  /// - Throws: `ExecutionError.cannotWrite`.
  public func add(_ event: LearnerEvent) throws(ExecutionError) {
    // A line that a full disk cut short ends here, and what follows it still reads.
    var text = Files.lastByte(of: path).map { $0 == UInt8(ascii: "\n") } ?? true ? "" : "\n"
    if !Files.exists(path) {
      text = "# What you did in \(chapter), a line each. Remove the file to begin anew.\n"
    }
    let time = Date.now.formatted(.iso8601)
    let fields = [time] + Self.fields(of: event).map(Self.field)
    try Files.append(text + fields.joined(separator: "\t") + "\n", to: path)
  }

  // MARK: Lines

  static func fields(of event: LearnerEvent) -> [String] {
    switch event {
    case .place(let id, let number, let count): ["at", id, "\(number)/\(count)"]
    case .ran(let step): ["ran", step]
    case .guessed(let name, let guess, let actual): ["guessed", name, guess, actual]
    case .changed(let step): ["changed", step]
    case .restored(let step): ["restored", step]
    case .hint(let exercise, let number): ["hint", exercise, String(number)]
    case .sawSolution(let exercise): ["solution", exercise]
    case .tried(let exercise, let passed, let count): ["tried", exercise, "\(passed)/\(count)"]
    case .solved(let exercise): ["solved", exercise]
    case .reset(let exercise): ["reset", exercise]
    case .finished: ["finished"]
    }
  }

  static func event(of fields: [String]) -> LearnerEvent? {
    func pair(_ text: String) -> (Int, Int)? {
      let parts = text.split(separator: "/").map { Int($0) }
      guard parts.count == 2, let first = parts[0], let second = parts[1] else { return nil }
      return (first, second)
    }
    switch (fields.first, fields.count) {
    case ("at", 3): return pair(fields[2]).map { .place(id: fields[1], number: $0.0, of: $0.1) }
    case ("ran", 2): return .ran(step: fields[1])
    case ("guessed", 4): return .guessed(name: fields[1], guess: fields[2], actual: fields[3])
    case ("changed", 2): return .changed(step: fields[1])
    case ("restored", 2): return .restored(step: fields[1])
    case ("hint", 3): return Int(fields[2]).map { .hint(exercise: fields[1], number: $0) }
    case ("solution", 2): return .sawSolution(exercise: fields[1])
    case ("tried", 3):
      return pair(fields[2]).map { .tried(exercise: fields[1], passed: $0.0, of: $0.1) }
    case ("solved", 2): return .solved(exercise: fields[1])
    case ("reset", 2): return .reset(exercise: fields[1])
    case ("finished", 1): return .finished
    default: return nil
    }
  }

  private static func entry(_ line: Substring) -> Entry? {
    guard !line.hasPrefix("#") else { return nil }
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard fields.count >= 2, let event = event(of: Array(fields.dropFirst())) else { return nil }
    return Entry(time: fields[0], event: event)
  }

  /// A field on one line and without tabs.
  private static func field(_ text: String) -> String {
    String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
  }
}
