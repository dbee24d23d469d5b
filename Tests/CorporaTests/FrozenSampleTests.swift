import Corpora
import Foundation
import Testing

/// The files of `Datasets/` that this module writes.
///
/// `NIBBLE_RECORD_DATASETS=1` writes them, and the run that does so fails, as with snapshots.
@Suite("the frozen samples are what the grammars write")
struct FrozenSampleTests {
  @Test("by second run: stories")
  func stories() throws { try compare(Corpus(Stories()), name: "stories") }

  @Test("by second run: ledgers")
  func ledgers() throws { try compare(Corpus(Ledgers()), name: "ledgers") }

  private func compare<G: QuestioningGrammar>(_ corpus: Corpus<G>, name: String) throws {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    folder.appendPathComponent("Datasets/\(name)")
    for (split, bytes) in [(CorpusSplit.train, 200_000), (.validation, 100_000), (.test, 100_000)] {
      let passages = corpus.passages(of: split, bytes: bytes)
      let text = passages.map(\.text).joined()
      try compare(text, with: folder.appendingPathComponent("\(split.rawValue).txt"))
      let bits = passages.reduce(0) { $0 + $1.bits }
      let size = text.utf8.count.formatted(.number.locale(Locale(identifier: "en_US")))
      let surprisal = bits.formatted(
        .number.precision(.fractionLength(1)).locale(Locale(identifier: "en_US")))
      try expectReadme(
        of: folder,
        says: "| `\(split.rawValue).txt` | \(size) | \(passages.count) | \(surprisal) | `"
          + (try checksum(of: folder.appendingPathComponent("\(split.rawValue).txt"))) + "` |")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let lines = try corpus.questions(count: 200).map { question in
      String(decoding: try encoder.encode(question), as: UTF8.self) + "\n"
    }
    let questions = folder.appendingPathComponent("questions.jsonl")
    try compare(lines.joined(), with: questions)
    try expectReadme(of: folder, says: try checksum(of: questions))
  }

  private func expectReadme(of folder: URL, says row: String) throws {
    let readme = try String(
      contentsOf: folder.appendingPathComponent("README.md"), encoding: .utf8)
    #expect(readme.contains(row), "README.md should say \(row)")
  }

  /// SHA-256, by coreutils.
  private func checksum(of file: URL) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sha256sum", file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data.prefix(64), as: UTF8.self)
  }

  private func compare(_ text: String, with file: URL) throws {
    if ProcessInfo.processInfo.environment["NIBBLE_RECORD_DATASETS"] != nil {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
      Issue.record("recorded \(file.lastPathComponent); run again without NIBBLE_RECORD_DATASETS")
      return
    }
    let frozen = try String(contentsOf: file, encoding: .utf8)
    #expect(frozen == text, "\(file.path) differs from what the grammar writes now")
  }
}
