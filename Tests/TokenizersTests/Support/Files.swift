import Foundation
import Testing
import Tokenizers

/// The files that tests read.
enum Files {
  /// The folder of real data, or nil: it is not part of the repository.
  static let data = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"]

  static let needsData: ConditionTrait = .enabled(
    if: data != nil, "set NIBBLE_TEST_DATA to the folder of real data")

  static func data(_ name: String) throws -> String { try #require(data) + "/" + name }

  static func contents(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// `Tests/Goldens/tokenizers`, or another run of its script.
  static let goldens =
    ProcessInfo.processInfo.environment["NIBBLE_TOKENIZER_GOLDENS"]
    ?? URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Goldens/tokenizers").path

  /// The names of the tokenizers there are goldens for.
  static let goldenNames: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: goldens)) ?? []
    return names.filter { $0.hasSuffix(".cases.json") }.map { String($0.dropLast(11)) }.sorted()
  }()

  static func golden(_ name: String) throws -> Tokenizer {
    let path = goldens + "/" + name
    return FileManager.default.fileExists(atPath: path + ".model")
      ? try .readingSentencePiece(path: path + ".model")
      : try .readingJSON(path: path + ".tokenizer.json")
  }

  /// GPT-2's tokenizer, from its two files.
  static func gpt2() throws -> Tokenizer {
    try Tokenizer(
      vocabularyPath: data("gpt2-bpe/encoder.json"), mergesPath: data("gpt2-bpe/vocab.bpe"))
  }
}

/// The SHA-256 of ids as little-endian 32-bit numbers, by the system's own program.
func hash(_ ids: [Int]) throws -> String {
  let file = FileManager.default.temporaryDirectory
    .appendingPathComponent("nibble-ids-" + UUID().uuidString)
  defer { try? FileManager.default.removeItem(at: file) }
  var bytes = Data(capacity: ids.count * 4)
  for id in ids { withUnsafeBytes(of: UInt32(id).littleEndian) { bytes.append(contentsOf: $0) } }
  try bytes.write(to: file)
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["sha256sum", file.path]
  let output = Pipe()
  process.standardOutput = output
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return String(text.prefix(64))
}

/// Numbers that are the same in every run.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {  // SplitMix64
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
