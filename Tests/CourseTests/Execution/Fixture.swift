import Course
import Glibc
import Testing

/// Small chapters under `Fixtures`, verified for real.
enum Fixture {
  /// Whether this machine can compile chapters: a `swiftc` in PATH, and the engine library beside the
  /// test binary or named by `NIBBLE_ENGINE`.
  static let canRun: Bool = {
    let path = variables["PATH"] ?? ""
    let hasCompiler = path.split(separator: ":").contains { access("\($0)/swiftc", X_OK) == 0 }
    let engine = try? EngineLocation.find(executable: executable, environment: variables)
    return hasCompiler && engine != nil
  }()

  static let comment: Comment =
    "needs swiftc in PATH and libNibble.so beside the tests, or NIBBLE_ENGINE"

  /// The process's variables, with a store of the tests' own.
  static let variables: [String: String] = {
    var variables: [String: String] = [:]
    var entry = environ
    while let pointer = entry.pointee {
      let parts = String(cString: pointer).split(separator: "=", maxSplits: 1)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      entry += 1
    }
    variables["NIBBLE_CACHE"] = "\(variables["TMPDIR"] ?? "/tmp")/nibble-course-tests-\(getuid())"
    return variables
  }()

  /// The test binary: the engine is built into the same folder.
  static let executable: String = {
    guard let path = realpath("/proc/self/exe", nil) else { return "" }
    defer { free(path) }
    return String(cString: path)
  }()

  static let folder: String = {
    let parts = #filePath.split(separator: "/").dropLast(2)
    return "/" + parts.joined(separator: "/") + "/Fixtures"
  }()

  static func read(_ name: String) throws -> ParsedChapter {
    let files = try CourseFolder.chapters(named: ["\(folder)/\(name).md"], in: folder)
    return try ParsedChapter(try #require(files.first))
  }

  /// A chapter written in the test itself.
  static func parse(_ text: String, id: String = "inline") -> ParsedChapter {
    let front = "---\ntitle: Inline\npart: Fixtures\nquestion: What then?\n---\n\n# Inline\n\n"
    let (chapter, diagnostics) = ChapterParser(
      text: front + text, id: id, path: "Chapters/\(id).md"
    ).parse()
    return ParsedChapter(chapter: chapter, diagnostics: diagnostics)
  }

  static func environment(cache: String? = nil) async -> VerifyEnvironment {
    var variables = Self.variables
    if let cache { variables["NIBBLE_CACHE"] = cache }
    return await VerifyEnvironment.find(executable: executable, environment: variables)
  }

  static func verify(
    _ parsed: ParsedChapter, _ change: (inout VerifyOptions) -> Void = { _ in }
  ) async throws -> ChapterResult {
    var options = VerifyOptions()
    options.usesCache = false
    change(&options)
    return try await ChapterVerifier(environment: await environment(), options: options)
      .verify(parsed)
  }

  /// A fixture's result; nothing is taken from the cache.
  static func verify(
    _ name: String, _ change: (inout VerifyOptions) -> Void = { _ in }
  ) async throws -> ChapterResult {
    try await verify(read(name), change)
  }

  /// A new empty folder; the caller removes it.
  static func temporaryFolder() throws -> String {
    var template = Array("\(variables["TMPDIR"] ?? "/tmp")/nibble-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension ChapterResult {
  /// How a step ended, in the contract's words.
  func outcome(_ id: String) -> String {
    steps.first { $0.id == id }?.outcome.rawValue ?? "no step \(id)"
  }

  /// Errors as `line id`.
  var errors: [String] {
    diagnostics.filter { $0.severity == .error }.map { "\($0.line) \($0.id)" }
  }

  func summary(_ id: String) -> String {
    diagnostics.first { $0.id == id }?.summary ?? ""
  }
}
