internal import Digests
internal import FoundationEssentials

/// Where results are kept between runs, so that nothing unchanged runs twice.
///
/// Three kinds of files: `logs`, what a run found, under the hash of all it depends on; `latest`, the
/// last result of each chapter, for pages and readers on a machine without a compiler; `notes`, small
/// facts that take long to find, such as the hash of a library. Every file is written whole or not at
/// all, and one that does not read is as good as none.
public struct ResultStore: Sendable {
  /// So many logs are kept; a log is some ten kilobytes.
  private static let logsKept = 400
  /// So many programs are kept; a program is some two hundred kilobytes.
  private static let programsKept = 80

  /// The folder of all of it.
  public let folder: String

  /// A store in a folder, which is made when something is kept.
  public init(folder: String) {
    self.folder = folder
  }

  /// The user's store: `$NIBBLE_CACHE`, else `nibble` in `$XDG_CACHE_HOME` or in `~/.cache`.
  ///
  /// - Parameter environment: Where those are looked up.
  /// - Returns: The store; in the temporary folder where there is no home either.
  public static func standard(environment: [String: String]) -> ResultStore {
    func folder(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let named = folder("NIBBLE_CACHE") { return ResultStore(folder: Files.absolute(named)) }
    let caches = folder("XDG_CACHE_HOME") ?? folder("HOME").map { $0 + "/.cache" }
    return ResultStore(folder: (caches ?? folder("TMPDIR") ?? "/tmp") + "/nibble")
  }

  /// The last result of a chapter, provided that its text is still the same.
  ///
  /// - Parameter chapter: The chapter.
  /// - Returns: The result, marked as cached; nil when there is none of exactly this text.
  public func latest(for chapter: Chapter) -> ChapterResult? {
    guard let entry = entry(for: chapter), entry.text == SHA256.hex(chapter.source) else {
      return nil
    }
    var result = entry.result
    result.isCached = true
    return result
  }

  // MARK: What the verifier keeps

  /// The last result of a chapter and what it depended on.
  struct Entry: Codable {
    var text: String
    var key: ResultKey
    var result: ChapterResult
  }

  func entry(for chapter: Chapter) -> Entry? {
    read(Entry.self, from: latestPath(of: chapter))
  }

  func keep(_ result: ChapterResult, of chapter: Chapter, key: ResultKey) {
    write(
      Entry(text: SHA256.hex(chapter.source), key: key, result: result),
      to: latestPath(of: chapter))
  }

  func log(named name: String) -> ExecutionLog? {
    read(ExecutionLog.self, from: "\(folder)/logs/\(name).json")
  }

  func keep(_ log: ExecutionLog, named name: String) {
    write(log, to: "\(folder)/logs/\(name).json")
    prune(folder + "/logs", to: Self.logsKept)
  }

  /// The program that a log came from, for whoever wants to go through it step by step.
  func program(named name: String) -> String? {
    let path = "\(folder)/programs/\(name)"
    return Files.isExecutable(path) ? path : nil
  }

  /// Keeps a program whole or not at all; a store without room forgets it, and it is compiled again.
  func keep(program path: String, named name: String) {
    let programs = folder + "/programs"
    Files.makeFolder(programs)
    guard Files.copy(path, to: "\(programs)/\(name)") else { return }
    prune(programs, to: Self.programsKept)
  }

  func note(_ name: String) -> String? {
    guard let bytes = try? Files.bytes(of: "\(folder)/notes/\(name)"), !bytes.isEmpty else {
      return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func remember(_ text: String, as name: String) {
    try? Files.write(Array(text.utf8), to: "\(folder)/notes/\(name)")
  }

  /// The hash of a file, kept for as long as its size and its time stay the same.
  func hash(ofFile path: String) -> String? {
    guard let stamp = Files.stamp(of: path) else { return nil }
    let name = "file-\(SHA256.hex("\(path) \(stamp)"))"
    if let known = note(name) { return known }
    guard let bytes = try? Files.bytes(of: path) else { return nil }
    let hash = SHA256.hex(bytes)
    remember(hash, as: name)
    return hash
  }

  private func latestPath(of chapter: Chapter) -> String {
    let path = Files.resolved(Files.absolute(chapter.path))
    return "\(folder)/latest/\(SHA256.hex(path)).json"
  }

  private func read<Value: Decodable>(_ type: Value.Type, from path: String) -> Value? {
    guard let bytes = try? Files.bytes(of: path) else { return nil }
    return try? JSONDecoder().decode(type, from: Data(bytes))
  }

  /// A store that cannot be written is a store that forgets: nothing else depends on it.
  private func write(_ value: some Encodable, to path: String) {
    guard let data = try? JSONEncoder().encode(value) else { return }
    try? Files.write([UInt8](data), to: path)
  }

  /// Takes the oldest quarter away where there are too many.
  private func prune(_ folder: String, to kept: Int) {
    let names = Files.names(in: folder)
    guard names.count > kept else { return }
    let byAge = names.sorted {
      Files.changed("\(folder)/\($0)") < Files.changed("\(folder)/\($1)")
    }
    for name in byAge.prefix(names.count - kept * 3 / 4) { Files.remove("\(folder)/\(name)") }
  }
}
