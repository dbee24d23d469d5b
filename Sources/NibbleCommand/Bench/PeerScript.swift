import Foundation

/// Another implementation, in Python, timed in the same run: the one a reader would write first.
///
/// Found by `NIBBLE_PYTHON`, or `python3` on the path. A machine without Python or without what the
/// script imports has no such peer, and the benchmark says so instead of failing.
///
/// The script times itself: it reads one line at a time from its input, does the work once for each,
/// and answers with the seconds that took, so that it can run in turn with the other side and its
/// start-up counts for nobody.
final class PeerScript {
  private let process: Process
  private let input: FileHandle
  private let output: FileHandle

  /// The interpreter to try.
  static var python: String { ProcessInfo.processInfo.environment["NIBBLE_PYTHON"] ?? "python3" }

  /// Whether modules can be imported.
  ///
  /// - Parameter modules: Their names.
  /// - Returns: True where there is a Python that finds them all.
  static func canImport(_ modules: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "-c", "import " + modules.joined(separator: ", ")]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  /// Starts a peer; nil where Python or a module is missing, or the script ends before it is ready.
  ///
  /// - Parameters:
  ///   - source: Python that defines `prepare(*arguments)` and `work(prepared)`.
  ///   - arguments: Whole numbers for `prepare`.
  ///   - modules: What it imports.
  init?(_ source: String, arguments: [Int] = [], importing modules: [String]) {
    guard Self.canImport(modules) else { return nil }
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [Self.python, "-c", source + Self.loop] + arguments.map(String.init)
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    self.input = input.fileHandleForWriting
    self.output = output.fileHandleForReading
    guard (try? process.run()) != nil, line() == "ready" else { return nil }
  }

  deinit {
    try? input.close()  // the end of its input ends the loop
    process.waitUntilExit()
  }

  /// Seconds that one run of `work` took; nil when the peer has ended.
  func seconds() -> Double? {
    guard process.isRunning else { return nil }
    do { try input.write(contentsOf: Data("\n".utf8)) } catch { return nil }
    return line().flatMap(Double.init)
  }

  /// The next line the peer prints.
  private func line() -> String? {
    var bytes: [UInt8] = []
    while let next = try? output.read(upToCount: 1), let byte = next.first {
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    return nil
  }

  /// What every peer ends with.
  private static let loop = """


    import sys, time
    prepared = prepare(*map(int, sys.argv[1:]))
    work(prepared)
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        work(prepared)
        print(time.perf_counter() - start, flush=True)
    """
}
