/// What this machine has to compile and run chapters with, and where results are kept.
public struct VerifyEnvironment: Sendable {
  /// Where results are kept.
  public var store: ResultStore
  /// Why nothing can be compiled here; nil when all is there.
  public var missing: ExecutionError?
  /// The compiler.
  public var toolchain: Toolchain?
  /// The engine.
  public var engine: EngineLocation?
  /// The variables that compilers and chapters see.
  public var variables: [String: String]
  /// The program that verifies, which results depend on.
  public var executable: String

  /// Looks for the compiler and the engine.
  ///
  /// - Parameters:
  ///   - executable: The path of the running program, near which the engine is.
  ///   - environment: The process's variables.
  /// - Returns: What was found; ``missing`` says what was not.
  public static func find(
    executable: String, environment: [String: String]
  ) async -> VerifyEnvironment {
    let store = ResultStore.standard(environment: environment)
    var found = VerifyEnvironment(
      store: store, missing: nil, toolchain: nil, engine: nil, variables: environment,
      executable: executable)
    do throws(ExecutionError) {
      found.toolchain = try await Toolchain.find(environment: environment, memory: store)
      found.engine = try EngineLocation.find(executable: executable, environment: environment)
    } catch {
      found.missing = error
    }
    return found
  }
}
