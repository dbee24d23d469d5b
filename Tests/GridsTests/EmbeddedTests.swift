import Foundation
import Grids
import Testing

/// Grids as WebAssembly: one source in two homes.
///
/// By second implementation, which here is the same source behind another compiler mode and on
/// another machine.
@Suite("Embedded Swift for wasm32", .serialized)
struct EmbeddedTests {
  @Test(
    "the sources compile and link with the stock toolchain, and need nothing from outside",
    .enabled(if: WidgetBuild.hasCompiler, "needs swiftc, with clang and wasm-ld beside it"))
  func compiles() throws {
    let module = try WidgetBuild.shared.get()
    #expect(module.count > 1000)
    #expect(module.count < 64 * 1024)  // a widget a page can afford; 27 kB when this was written
  }

  @Test(
    "its results equal the native build's bit for bit",
    .enabled(
      if: WidgetBuild.hasCompiler && WidgetBuild.node != nil,
      "needs swiftc, with clang and wasm-ld beside it, and node"))
  func equalsNative() throws {
    let cases = Self.cases()
    let module = try WidgetBuild.shared.get()
    let node = try #require(WidgetBuild.node)
    let folder = try WidgetBuild.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "widget.wasm")
    let input = folder.appending(path: "cases.txt")
    try module.write(to: file)
    try cases.map(\.call).joined(separator: "\n").write(
      to: input, atomically: true, encoding: .utf8)
    // No imports are offered: were any needed, this would fail.
    let script = """
      const { readFileSync } = require("fs");
      const [file, cases] = process.argv.slice(1);
      const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {});
      const view = new DataView(new ArrayBuffer(8));
      console.log(readFileSync(cases, "utf8").split("\\n").map((line) => {
        const [name, ...numbers] = line.split(" ");
        view.setFloat64(0, instance.exports[name](...numbers.map(Number)));
        return view.getBigUint64(0).toString(16);
      }).join("\\n"));
      """
    let output = try WidgetBuild.run(node, ["-e", script, file.path, input.path])
    let results = output.split(separator: "\n").map { UInt64($0, radix: 16) }
    #expect(cases.count > 15_000)
    try #require(results.count == cases.count)
    for (example, result) in zip(cases, results) {
      let value = Double(bitPattern: try #require(result))
      let isSame =
        value.bitPattern == example.native.bitPattern || (value.isNaN && example.native.isNaN)
      #expect(isSame, "\(example.call) gave \(value), natively \(example.native)")
    }
  }

  /// A call in words, and what the native build answers.
  struct Case {
    let call: String
    let native: Double

    init(_ name: String, _ numbers: [Double], native: Double) {
      let words = numbers.map { number in
        number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : "\(number)"
      }
      call = ([name] + words).joined(separator: " ")
      self.native = native
    }
  }

  static func cases() -> [Case] {
    let edges: [Float] = [
      0, -0.0, 1, -1, 0.5, .infinity, -.infinity, .nan, .greatestFiniteMagnitude,
      .leastNonzeroMagnitude, 448, 464, 6, 65_520,
    ]
    let values = edges + normal(400, seed: 70) + normal(200, seed: 71).map { $0 * 1000 }
    var cases: [Case] = []
    let ranges = [(-2.4, 3.6), (-10, 10), (2, 6), (0, 0), (-1e-3, 5e-4), (-3e38, 3e38)]
    let rules: [Rounding] = [.halfToEven, .halfAwayFromZero, .halfUp, .stochastic(seed: 9)]
    for (number, (lowest, highest)) in ranges.enumerated() {
      let bits = [8, 8, 4, 3, 2, 1][number]
      let integers: IntegerGrid = number % 2 == 0 ? .unsigned(bits: bits) : .signed(bits: bits)
      let grid = AffineGrid(covering: lowest...highest, as: integers)
      let shape = [lowest, highest, Double(bits), integers.isSigned ? 1 : 0]
      cases.append(Case("gridScale", shape, native: Double(grid.scale)))
      cases.append(Case("gridZeroPoint", shape, native: Double(grid.zeroPoint)))
      for (rule, rounding) in rules.enumerated() {
        for (index, value) in values.enumerated() {
          let scaled = highest > 100 ? value : value * Float(max(highest, 1e-4))
          cases.append(
            Case(
              "fakeQuantize", [Double(scaled)] + shape + [Double(rule), 9, Double(index)],
              native: Double(grid.fakeQuantized(scaled, rounding: rounding, at: index))))
        }
      }
    }
    for value in values {
      for (format, kept) in [
        FloatFormat.e4m3.fakeQuantized(value), FloatFormat.e5m2.fakeQuantized(value),
        FloatFormat.e2m1.fakeQuantized(value), Float(float16Bits: value.float16Bits),
        Float(bfloat16Bits: value.bfloat16Bits),
      ].enumerated() {
        cases.append(
          Case("floatRoundTrip", [Double(value), Double(format)], native: Double(kept)))
      }
      for (number, book) in [Codebook.normalFloat4, .float4BitsAndBytes, .dynamicSigned8]
        .enumerated()
      {
        cases.append(
          Case(
            "codebookRoundTrip", [Double(value), Double(number)],
            native: Double(book.fakeQuantized(value))))
      }
    }
    for probability in uniform(1000, from: 0, to: 1, seed: 72) + [1e-300, 1e-12, 0, 1, 0.5] {
      cases.append(Case("quantile", [probability], native: normalQuantile(probability)))
    }
    return cases
  }
}

/// Builds `site/widgets/fakequant.swift` and Grids into one WebAssembly module, once per test run.
enum WidgetBuild {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  static let hasCompiler = toolchain != nil
  static let node = executable("node")

  /// The folder of the toolchain's programs, if it has all three that are needed.
  static let toolchain: URL? = {
    guard let compiler = executable("swiftc"),
      let information = try? run(compiler, ["-print-target-info"]),
      let parsed = try? JSONSerialization.jsonObject(with: Data(information.utf8)),
      let paths = (parsed as? [String: Any])?["paths"] as? [String: Any],
      let resources = paths["runtimeResourcePath"] as? String  // usr/lib/swift
    else { return nil }
    let programs = URL(filePath: resources).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "bin")
    let needed = ["swiftc", "clang", "wasm-ld"].map { programs.appending(path: $0).path }
    return needed.allSatisfy(FileManager.default.isExecutableFile(atPath:)) ? programs : nil
  }()

  static let shared = Result { try build() }

  private static func build() throws -> Data {
    guard let toolchain else { throw Failure(description: "no toolchain") }
    let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let sources = root.appending(path: "Sources/Grids").resolvingSymlinksInPath()
    let widgets = root.appending(path: "site/widgets").resolvingSymlinksInPath()
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String }
    let swift = (files ?? []).filter { $0.hasSuffix(".swift") }.sorted()
    let object = folder.appending(path: "widget.o").path
    let runtime = folder.appending(path: "runtime.o").path
    let module = folder.appending(path: "widget.wasm")
    _ = try run(
      toolchain.appending(path: "swiftc"),
      [
        "-enable-experimental-feature", "Embedded", "-target", "wasm32-unknown-none-wasm", "-wmo",
        "-parse-as-library", "-Osize", "-swift-version", "6", "-warnings-as-errors",
        "-module-name", "Grids", "-c", "-o", object,
        widgets.appending(path: "fakequant.swift").path,
      ] + swift.map { sources.appending(path: $0).path })
    _ = try run(
      toolchain.appending(path: "clang"),
      [
        "--target=wasm32", "-O2", "-ffreestanding", "-fno-builtin", "-c", "-o", runtime,
        widgets.appending(path: "runtime.c").path,
      ])
    let exports = [
      "fakeQuantize", "gridScale", "gridZeroPoint", "floatRoundTrip", "codebookRoundTrip",
      "quantile",
    ]
    _ = try run(
      toolchain.appending(path: "wasm-ld"),
      ["--no-entry", "--gc-sections", "--strip-all", "-o", module.path, object, runtime]
        + exports.map { "--export=\($0)" })
    return try Data(contentsOf: module)
  }

  static func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "grids-wasm-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Runs a program to its end and returns what it printed.
  static func run(_ program: URL, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let output = Pipe()
    let errors = FileManager.default.temporaryDirectory
      .appending(path: "grids-wasm-\(UUID().uuidString).txt")
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
      throw Failure(description: "\(program.lastPathComponent) failed:\n\(text.prefix(4000))")
    }
    return String(decoding: printed, as: UTF8.self)
  }

  /// Finds a program on the search path.
  private static func executable(_ name: String) -> URL? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").lazy
      .map { URL(filePath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}
