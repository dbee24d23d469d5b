import Foundation
import Testing
import Tokenizers

/// By other frameworks: hostile texts, with ids and decoded texts by `tokenizers` and
/// `sentencepiece`; see `Tests/Goldens/tokenizers/make_tokenizers.py`.
@Suite("hostile texts have the ids and texts of the originals")
struct GoldenTests {
  /// What the original makes of one text, and of ids drawn at random.
  private struct Case: Decodable {
    let text: String
    let ids: [Int]
    let withSpecial: [Int]
    let decoded: String
    let noise: [Int]
    let decodedNoise: String

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      text = try values.decode(String.self)
      ids = try values.decode([Int].self)
      withSpecial = try values.decode([Int].self)
      decoded = try values.decode(String.self)
      noise = try values.decode([Int].self)
      decodedNoise = try values.decode(String.self)
    }
  }

  private struct Cases: Decodable {
    let library: String
    let cases: [Case]
  }

  @Test("there are goldens for every kind of tokenizer")
  func names() {
    #expect(Files.goldenNames.count >= 12)
  }

  @Test("ids, ids with the template, decoded ids, decoded noise", arguments: Files.goldenNames)
  func cases(name: String) throws {
    let tokenizer = try Files.golden(name)
    let file = URL(fileURLWithPath: Files.goldens + "/\(name).cases.json")
    let cases = try JSONDecoder().decode(Cases.self, from: Data(contentsOf: file)).cases
    var failures = 0
    for (index, expected) in cases.enumerated() where failures < 5 {
      let text = expected.text
      let ids = try tokenizer.encode(text)
      let whole = try tokenizer.encode(text, special: .template)
      let decoded = try tokenizer.decode(expected.ids)
      let noise = try tokenizer.decode(expected.noise)
      #expect(ids == expected.ids, "\(name) \(index): \(text.debugDescription)")
      #expect(whole == expected.withSpecial, "\(name) \(index): \(text.debugDescription)")
      // Byte for byte: equal strings may differ in normalization.
      #expect(Array(decoded.utf8) == Array(expected.decoded.utf8), "\(name) \(index)")
      #expect(
        Array(noise.utf8) == Array(expected.decodedNoise.utf8),
        "\(name) \(index): \(expected.noise)")
      let held =
        ids == expected.ids && whole == expected.withSpecial && decoded == expected.decoded
        && noise == expected.decodedNoise
      if !held { failures += 1 }

      // By law: a decoder that takes ids one by one gives the same text.
      var streaming = tokenizer.streamingDecoder()
      var streamed = ""
      for id in expected.noise + expected.ids { streamed += try streaming.append(id) }
      streamed += streaming.finish()
      #expect(
        Array(streamed.utf8) == Array(try tokenizer.decode(expected.noise + expected.ids).utf8))
    }
  }
}
