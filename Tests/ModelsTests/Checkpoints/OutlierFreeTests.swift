import Foundation
import Models
import Testing

@Suite("models whose planted outlier channels are taken back")
struct OutlierFreeTests {
  /// A golden model in a folder of its own, whose configuration tells of outlier channels.
  private func refusal(of name: String, telling channels: String?) throws -> ModelError? {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nibble-twin-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: GoldenModel.folder(name)), to: folder)
    let config = folder.appendingPathComponent("config.json")
    if let channels {
      let text = try String(contentsOf: config, encoding: .utf8)
      let brace = try #require(text.lastIndex(of: "}"))
      try "\(text[..<brace]), \"outlier_channels\": \(channels)}".write(
        to: config, atomically: true, encoding: .utf8)
    }
    do {
      _ = try Transformer(path: folder.path, withoutOutliers: true)
      return nil
    } catch { return error }
  }

  @Test("a model that tells of none, or whose twin is not known, is refused by name")
  func refusals() throws {
    let one = #"{"channels": [1], "exponents": [3]}"#
    #expect(try refusal(of: "llama", telling: one) == nil)
    #expect(try refusal(of: "opt", telling: one) == nil)
    for (name, channels) in [
      ("llama", nil), ("gpt2", one), ("opt-post-norm", one),
      ("llama", #"{"channels": [1], "exponents": []}"#),
      ("llama", #"{"channels": [1, 1], "exponents": [3, 3]}"#),
      ("llama", #"{"channels": [-1], "exponents": [3]}"#),
      ("llama", #"{"channels": [100000], "exponents": [3]}"#),
      ("llama", #"{"channels": [1], "exponents": [9000]}"#),
      ("llama", #"{"channels": [1.5], "exponents": [3]}"#), ("llama", "3"),
    ] as [(String, String?)] {
      let error = try #require(
        try refusal(of: name, telling: channels), "\(name) \(channels ?? "")")
      #expect("\(error)".contains("outlier_channels"), "\(error)")
    }
  }
}
