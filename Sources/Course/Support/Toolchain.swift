internal import Digests

/// The Swift compiler on this machine.
public struct Toolchain: Sendable, Hashable {
  /// The path of `swiftc`.
  public let compiler: String
  /// What it says of itself: part of what a result depends on.
  public let version: String

  /// A known compiler.
  public init(compiler: String, version: String) {
    self.compiler = compiler
    self.version = version
  }

  /// The first `swiftc` in `PATH`.
  ///
  /// Asking a compiler for its version takes 30 milliseconds, so the answer is kept beside the results
  /// for as long as the compiler's file does not change.
  ///
  /// - Parameters:
  ///   - environment: Where `PATH` is.
  ///   - memory: Where the version is kept; nil asks every time.
  /// - Returns: The compiler.
  /// - Throws: `ExecutionError.noCompiler` when there is none.
  public static func find(
    environment: [String: String], memory: ResultStore? = nil
  ) async throws(ExecutionError) -> Toolchain {
    let path = environment["PATH"] ?? ""
    let found = path.split(separator: ":").map { "\($0)/swiftc" }.first(where: Files.isExecutable)
    guard let compiler = found else { throw .noCompiler(searched: path) }
    // The driver's own file, past the link: a new toolchain changes it.
    let stamp = Files.stamp(of: Files.resolved(compiler)) ?? ""
    let key = "swiftc-\(SHA256.hex("\(compiler) \(stamp)"))"
    if let version = memory?.note(key) {
      return Toolchain(compiler: compiler, version: version)
    }
    let version = try await ask(compiler, environment: environment)
    memory?.remember(version, as: key)
    return Toolchain(compiler: compiler, version: version)
  }

  private static func ask(
    _ compiler: String, environment: [String: String]
  ) async throws(ExecutionError) -> String {
    let folder = try Files.temporaryFolder(environment: environment)
    defer { Files.remove(folder) }
    let output = folder + "/version"
    // Even for this the driver makes a temporary folder, which goes with ours should it be stopped.
    let variables = environment.merging(["TMPDIR": folder]) { $1 }
    let command = ChildProcess.Command(
      program: compiler, arguments: ["--version"], environment: variables,
      output: output, errors: folder + "/errors")
    let ending = try await ChildProcess.run(command, limits: .init(seconds: 30))
    let text = String(decoding: try Files.bytes(of: output), as: UTF8.self)
    guard ending == .exited(0), let line = text.split(separator: "\n").first else {
      throw .cannotRun(program: compiler, reason: "'--version' did not answer")
    }
    return String(line)
  }
}
