internal import Digests
internal import StepRecords

/// Turns a chapter's program into an executable: every flag of the compiler is here.
///
/// - `-Onone`: most of a chapter's time is compiling, and what must be fast is in the engine.
/// - `-default-isolation MainActor`: a top-level `var` can be used inside functions.
/// - `-gline-tables-only`: lines in crash reports and the words of an overflow, at no measured cost;
///   full debugging information costs 75 ms.
/// - `-diagnostic-style llvm`: the default style draws the generated file's gutter.
struct ChapterCompiler: Sendable {
  /// The name of the module that a chapter becomes, which Swift puts before the names of its types.
  static let moduleName = "Chapter"

  /// The name of the module that a step alone becomes.
  static let stepModuleName = "ChapterStep"

  private static let flags = [
    "-Onone", "-swift-version", "6", "-default-isolation", "MainActor", "-diagnostic-style", "llvm",
    "-suppress-warnings", "-gline-tables-only", "-no-color-diagnostics",
  ]
  /// How long the compiler may take; more than a chapter's own limit, which may be short.
  private static let seconds = 120.0

  let toolchain: Toolchain
  let engine: EngineLocation
  let environment: [String: String]
  /// Where the compiler keeps what it made of C headers: warm, it saves half a second.
  let moduleCache: String?

  /// What the compiler made of a program.
  enum Product: Sendable {
    case compiled
    case refused([CompilerMessage])
  }

  /// Everything a result depends on here, besides the program, the engine and the toolchain.
  var signature: String {
    Self.flags.joined(separator: " ")
  }

  /// Compiles a program to an executable.
  func compile(
    _ program: String, in folder: String, to executable: String
  ) async throws(ExecutionError) -> Product {
    try await run(
      program, in: folder, extra: engine.linkerFlags + ["-o", executable])
  }

  /// Looks whether a program would compile, as far as every diagnostic goes: type errors, and what is
  /// found after them such as overflowing constants.
  func check(_ program: String, in folder: String) async throws(ExecutionError) -> Product {
    try await run(program, in: folder, extra: ["-emit-sil", "-o", "/dev/null"])
  }

  /// Compiles a program that others go on from: to the executable `start` and a module beside it, whose
  /// names a step can use that is compiled later.
  func compileStart(_ program: String, in folder: String) async throws(ExecutionError) -> Product {
    try await run(
      program, in: folder,
      extra: engine.linkerFlags + [
        "-enable-testing", "-emit-executable", "-emit-module", "-emit-module-path",
        "\(folder)/\(Self.moduleName).swiftmodule", "-Xlinker", "-export-dynamic", "-o",
        folder + "/start",
      ])
  }

  /// Compiles one step to a library that a program from `compileStart` in `start` can load.
  func compileStep(
    _ program: String, after start: String, in folder: String, to library: String
  ) async throws(ExecutionError) -> Product {
    let object = folder + "/step.o"
    let product = try await run(
      program, in: folder, module: Self.stepModuleName,
      extra: [
        "-I", start, "-c", "-Xfrontend", "-entry-point-function-name", "-Xfrontend",
        StepRecording.entryPoint, "-o", object,
      ])
    guard case .compiled = product else { return product }
    // A source file of its own would not be a program any more, so linking is a step of its own.
    return try await launch(
      [object, "-emit-library", "-o", library] + engine.linkerFlags, in: folder)
  }

  private func run(
    _ program: String, in folder: String, module: String = moduleName, extra: [String]
  ) async throws(ExecutionError) -> Product {
    Files.makeFolder(folder)
    // The name makes it a program whose statements stand at the top level.
    let source = folder + "/main.swift"
    try Files.write(Array(program.utf8), to: source)
    let arguments = try Self.flags + cacheFlags(in: folder) + engine.compilerFlags
    return try await launch(
      arguments + ["-module-name", module, source] + extra, in: folder)
  }

  private func launch(
    _ arguments: [String], in folder: String
  ) async throws(ExecutionError) -> Product {
    let output = folder + "/messages"
    // A compiler that is stopped leaves its own temporary files: they go with the folder.
    let variables = environment.merging(["TMPDIR": folder]) { $1 }
    let command = ChildProcess.Command(
      program: toolchain.compiler, arguments: arguments, environment: variables, output: output,
      errors: output)
    let ending = try await ChildProcess.run(
      command, limits: .init(seconds: Self.seconds, files: [output]))
    if ending == .exited(0) { return .compiled }
    let text = String(decoding: try Files.bytes(of: output), as: UTF8.self)
    // No chapter is to blame for an engine that is half built, and nothing is learnt from it.
    for sign in ["no such module 'Nibble'", "cannot find 'StepRecording' in scope"]
    where text.contains(sign) {
      throw .noEngine(searched: ["\(engine.modules), whose modules cannot be used"])
    }
    return .refused(Self.errors(in: text, ending))
  }

  /// The module cache, and the map of the engine's C modules at a place that does not change, since
  /// what the compiler makes of it is kept under its path.
  ///
  /// Where the cache cannot be written, as in a folder that is read-only, the chapter's own does.
  private func cacheFlags(in folder: String) throws(ExecutionError) -> [String] {
    let map = engine.shimModuleMap
    let name = "engine-\(SHA256.hex(map).prefix(16)).modulemap"
    var cache = moduleCache ?? folder
    if let moduleCache {
      if !Files.exists("\(moduleCache)/\(name)") {
        try? Files.write(Array(map.utf8), to: "\(moduleCache)/\(name)")
      }
      if !Files.isWritable(moduleCache) { cache = folder }
    }
    let path = "\(cache)/\(name)"
    if !Files.exists(path) { try Files.write(Array(map.utf8), to: path) }
    return ["-module-cache-path", cache, "-Xcc", "-fmodule-map-file=\(path)"]
  }

  private static func errors(in text: String, _ ending: ChildProcess.Ending) -> [CompilerMessage] {
    let errors = CompilerMessage.errors(in: text)
    guard errors.isEmpty else { return errors }
    let words =
      switch ending {
      case .timedOut: "the compiler took longer than \(Int(seconds)) seconds"
      case .signalled(let signal): "the compiler crashed (signal \(signal))"
      default: "the compiler failed: \(text.suffix(500))"
      }
    return [CompilerMessage(file: "", line: 0, text: words)]
  }
}
