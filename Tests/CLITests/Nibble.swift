import Foundation
import Testing

/// The built command, run as a person would: its whole output and its exit code.
struct Nibble {
  /// What one run printed and how it ended.
  struct Run {
    let status: Int32
    let output: String
    let errors: String

    /// Standard output as a JSON object.
    func json() throws -> [String: Any] {
      let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
      return try #require(object as? [String: Any])
    }
  }

  /// The binary beside the test bundle: the one this very build made.
  static let path: String = {
    let bundle =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let folder = (bundle as NSString).deletingLastPathComponent
    return (folder as NSString).appendingPathComponent("nibble")
  }()

  /// The package's own folder.
  static let package: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// Runs the command with caches and bookmarks of its own.
  static func run(
    _ arguments: String..., in folder: String? = nil, environment extra: [String: String] = [:]
  ) throws -> Run {
    try run(arguments, in: folder, environment: extra)
  }

  /// Runs the command with caches and bookmarks of its own.
  static func run(
    _ arguments: [String], in folder: String? = nil, environment extra: [String: String] = [:]
  ) throws -> Run {
    let scratch = try TemporaryFolder()
    defer { scratch.remove() }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder ?? package)
    var environment = ProcessInfo.processInfo.environment
    environment["NIBBLE_HOME"] = scratch.path + "/home"
    environment["NIBBLE_CACHE"] = scratch.path + "/cache"
    environment["NO_COLOR"] = "1"
    environment.merge(extra) { _, new in new }
    process.environment = environment
    let outputFile = scratch.path + "/output"
    let errorFile = scratch.path + "/errors"
    for file in [outputFile, errorFile] {
      try Data().write(to: URL(fileURLWithPath: file))
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputFile))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorFile))
    try process.run()
    process.waitUntilExit()
    func text(_ file: String) -> String {
      String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }
    return Run(
      status: process.terminationStatus, output: text(outputFile), errors: text(errorFile))
  }
}

/// A folder that a test makes and removes.
struct TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "nibble-cli-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file and returns its path.
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let path = self.path + "/" + name
    let parent = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Writes a safetensors file of float32 tensors.
  func safetensors(
    _ name: String, _ tensors: [(name: String, shape: [Int], values: [Float])]
  ) throws -> String {
    var header: [String] = []
    var data: [UInt8] = []
    for tensor in tensors {
      let start = data.count
      for value in tensor.values {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
      }
      header.append(
        "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),"
          + "\"data_offsets\":[\(start),\(data.count)]}")
    }
    var text = Array("{\(header.joined(separator: ","))}".utf8)
    while text.count % 8 != 0 { text.append(0x20) }
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    return try file(name, length + text + data)
  }
}
