/// What a learner's folder holds of one chapter.
public struct ChapterRecords: Sendable {
  /// The folder; it is made when something is kept.
  public let folder: String
  /// The chapter's id.
  public let chapter: String

  /// Everything the learner did, in order.
  public var journal: Journal {
    Journal(path: folder + "/journal.txt", chapter: chapter)
  }

  /// The learner's file of an exercise.
  ///
  /// - Parameter exercise: The exercise's name.
  /// - Returns: The file, there or not.
  public func answer(to exercise: String) -> LearnerFile {
    LearnerFile(folder: folder + "/exercises", name: LearnerFolder.safe(exercise))
  }

  /// The learner's copy of a step.
  ///
  /// - Parameter step: The step's id.
  /// - Returns: The file, there or not.
  public func change(ofStep step: String) -> LearnerFile {
    LearnerFile(folder: folder + "/what-if", name: LearnerFolder.safe(step))
  }
}

/// A Swift file of the learner's, and the text it began from.
///
/// Both are kept, so that it can be said whether the learner wrote anything, and whether the course has
/// another beginning by now; the learner's file is never written over.
public struct LearnerFile: Sendable {
  /// The file.
  public let path: String
  private let originPath: String

  init(folder: String, name: String) {
    path = "\(folder)/\(name).swift"
    originPath = "\(folder)/.\(name).origin"
  }

  /// Whether the file is there.
  public var exists: Bool { Files.exists(path) }

  /// What it holds now; nil where it is not there or is not text.
  public var text: String? { Self.text(of: path) }

  /// What it held when it was made.
  public var origin: String? { Self.text(of: originPath) }

  /// Whether the learner changed anything.
  public var isChanged: Bool {
    guard let text, let origin else { return exists }
    return !text.sameCode(as: origin)
  }

  /// Its size and the time of its last change: another value after every save.
  public var stamp: String? { Files.stamp(of: path) }

  /// Whether this is what the file began from, as far as that is known.
  ///
  /// - Parameter text: What a new file would begin from.
  /// - Returns: False where the course has another beginning by now.
  public func began(from text: String) -> Bool {
    origin.map { $0.sameCode(as: text) } ?? true
  }

  /// Makes the file where there is none, or where nobody has changed it.
  ///
  /// - Parameter text: What it begins from.
  /// - Returns: False when the learner's own text stays although it began from another one.
  /// - Throws: `ExecutionError.cannotWrite`.
  @discardableResult
  public func begin(from text: String) throws(ExecutionError) -> Bool {
    if exists, isChanged { return began(from: text) }
    // Written only where it differs: a file that is written again looks like one that was saved.
    if origin != text || self.text != text { try write(text) }
    return true
  }

  /// Starts again; what the learner wrote is kept beside it.
  ///
  /// - Parameter text: What it begins from.
  /// - Returns: Where the learner's text is now; nil when there was nothing to keep.
  /// - Throws: `ExecutionError` where it cannot be read or written, before anything was lost.
  @discardableResult
  public func reset(to text: String) throws(ExecutionError) -> String? {
    var kept: String?
    if isChanged {
      let free = (1...).lazy.map { "\(path).\($0)" }.first { !Files.exists($0) } ?? path + ".old"
      // Byte for byte: what an editor saved in another encoding is the learner's too.
      try Files.write(Files.bytes(of: path), to: free)
      kept = free
    }
    try write(text)
    return kept
  }

  /// Removes the file and what it began from.
  public func remove() {
    Files.remove(path)
    Files.remove(originPath)
  }

  private func write(_ text: String) throws(ExecutionError) {
    try Files.write(Array(text.utf8), to: originPath)
    try Files.write(Array(text.utf8), to: path)
  }

  private static func text(of path: String) -> String? {
    guard let bytes = try? Files.bytes(of: path) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}
