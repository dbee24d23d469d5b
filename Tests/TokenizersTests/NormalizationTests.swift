import Foundation
import Testing
import Tokenizers

@Suite("normalization and byte strings")
struct NormalizationTests {
  @Test(
    "by hand: NFC",
    arguments: [
      ("e\u{301}", "\u{e9}"),
      ("\u{1100}\u{1161}\u{11a8}", "\u{ac01}"),
      ("\u{ac00}\u{11a8}", "\u{ac01}"),
      ("a\u{301}\u{323}", "\u{1ea1}\u{301}"),  // the dot below goes first
      ("\u{212b}", "\u{c5}"),
      ("\u{958}", "\u{915}\u{93c}"),  // excluded from composition
      ("a\u{300}\u{301}", "\u{e0}\u{301}"),
      ("\u{1d15e}", "\u{1d157}\u{1d165}"),
      ("abc", "abc"),
      ("", ""),
    ])
  func composition(text: String, expected: String) {
    #expect(CanonicalComposition.composed(Array(text.utf8)) == Array(expected.utf8))
  }

  @Test("by two other implementations: NFC of random marks and syllables")
  func compositionOfRandomTexts() throws {
    struct Golden: Decodable {
      let cases: [[String]]
    }
    let file = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Goldens/tokenizers/composition.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    #expect(golden.cases.count == 400)
    for pair in golden.cases {
      #expect(CanonicalComposition.composed(Array(pair[0].utf8)) == Array(pair[1].utf8), "\(pair)")
      // By law: what is composed stays as it is.
      #expect(CanonicalComposition.composed(Array(pair[1].utf8)) == Array(pair[1].utf8), "\(pair)")
    }
  }

  @Test("tokens are compared byte for byte, not as canonical equivalents")
  func byteStrings() {
    let table = ByteStringTable(capacity: 1)
    let strings = ["\u{e9}", "e\u{301}", ""] + (0..<1000).map { "\($0)" }
    for (index, string) in strings.enumerated() {
      let added = table.insert(string.utf8)
      #expect(added.index == index && added.isNew)
    }
    for (index, string) in strings.enumerated() {
      let again = table.insert(string.utf8)
      #expect(again.index == index && !again.isNew)
      #expect(table.index(of: string.utf8) == index)
    }
    #expect(table.index(of: "x".utf8) == nil)
    #expect(Array(table[1]) == Array("e\u{301}".utf8))
  }

  @Test("by law: every byte has a name of its own, and a name its byte")
  func alphabet() {
    let all = [UInt8](0...255)
    let names = ByteAlphabet.text(of: all)
    var back: [UInt8] = []
    let isOfAlphabet = names.withUnsafeBufferPointer { ByteAlphabet.appendBytes(of: $0, to: &back) }
    #expect(isOfAlphabet)
    #expect(back == all)
    #expect(ByteAlphabet.text(of: [0x20, 0x0a, 0x41]) == Array("ĠĊA".utf8))
    let other = Array("a工".utf8)
    let isOther = other.withUnsafeBufferPointer { ByteAlphabet.appendBytes(of: $0, to: &back) }
    #expect(!isOther)
    #expect(back.count == 256)
    #expect(ByteAlphabet.bytesInOrder.first == 0x21)
  }

  @Test(
    "by another implementation: broken UTF-8 is repaired as the standard library repairs it")
  func repairs() {
    var generator = Seeded(3)
    let interesting: [UInt8] = [
      0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xa0, 0x9f, 0xed, 0xef, 0xf0, 0x90, 0x8f, 0xf4,
      0xf5,
    ]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<8, using: &generator)).map { _ in
        interesting[Int.random(in: 0..<interesting.count, using: &generator)]
      }
      var repaired: [UInt8] = []
      bytes.withUnsafeBufferPointer { buffer in
        var index = 0
        while index < buffer.count {
          switch UTF8Step(at: index, in: buffer) {
          case .scalar(let length):
            repaired += buffer[index..<index + length]
            index += length
          case .incomplete(let length), .invalid(let length):
            repaired += [0xef, 0xbf, 0xbd]
            index += length
          }
        }
      }
      #expect(repaired == Array(String(decoding: bytes, as: UTF8.self).utf8), "\(bytes)")
    }
  }
}
