import Terminal
import Testing

/// Bytes as keys.
///
/// Evidence: by hand (what terminals send), by law (any cut, any bytes).
@Suite("Decoding keys")
struct KeyDecoderTests {
  private static let table: [(String, [TerminalKey])] = [
    ("a", [.character("a")]), (" ", [.character(" ")]), ("\r", [.enter]), ("\n", [.enter]),
    ("\t", [.tab]), ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]),
    ("\u{1}\u{5}\u{15}\u{17}", [.control("a"), .control("e"), .control("u"), .control("w")]),
    ("ü漢🙂", [.character("ü"), .character("漢"), .character("🙂")]),
    ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", [.up, .down, .right, .left]),
    ("\u{1B}OA\u{1B}OD\u{1B}OH\u{1B}OF", [.up, .left, .home, .end]),
    ("\u{1B}[H\u{1B}[F\u{1B}[1~\u{1B}[4~\u{1B}[7~\u{1B}[8~", [.home, .end, .home, .end, .home, .end]),
    ("\u{1B}[3~\u{1B}[5~\u{1B}[6~", [.delete, .pageUp, .pageDown]),
    ("\u{1B}[1;5C\u{1B}[1;5D\u{1B}b\u{1B}f", [.wordRight, .wordLeft, .wordLeft, .wordRight]),
    ("\u{1B}[3;5~x", [.delete, .character("x")]),
    ("\u{1B}[200~hi\u{1B}[201~", [.unknown, .character("h"), .character("i"), .unknown]),
    ("\u{1B}[<0;10;10Mq", [.unknown, .character("q")]),
    ("\u{1B}[12\u{1B}[Aq", [.unknown, .up, .character("q")]),
    ("\u{1B}\u{1B}[A", [.escape, .up]),
  ]

  @Test("what terminals send", arguments: table)
  func byHand(bytes: String, keys: [TerminalKey]) {
    var decoder = KeyDecoder()
    #expect(decoder.decode(Array(bytes.utf8)) == keys)
    #expect(!decoder.isPending)
  }

  @Test("a read may end anywhere inside a key", arguments: table)
  func cut(bytes: String, keys: [TerminalKey]) {
    let bytes = Array(bytes.utf8)
    for cut in 0...bytes.count {
      var decoder = KeyDecoder()
      #expect(decoder.decode(bytes[..<cut]) + decoder.decode(bytes[cut...]) == keys)
    }
    var decoder = KeyDecoder()
    #expect(bytes.flatMap { decoder.decode([$0]) } == keys)
  }

  @Test("an escape is a key of its own when nothing follows")
  func escape() {
    var decoder = KeyDecoder()
    #expect(decoder.decode([0x1B]) == [])
    #expect(decoder.isPending && decoder.isEscape)
    #expect(decoder.flush() == .escape)
    #expect(decoder.flush() == nil)
    #expect(decoder.decode(Array("\u{1B}[1".utf8)) == [])
    #expect(decoder.isPending && !decoder.isEscape)
    #expect(decoder.flush() == .unknown)
    #expect(decoder.decode([0x61]) == [.character("a")])
  }

  @Test("bytes that are no text are no letters, and what follows them is")
  func malformed() {
    var decoder = KeyDecoder()
    #expect(decoder.decode([0xFF, 0x61]) == [.unknown, .character("a")])
    #expect(decoder.decode([0xE2, 0x82, 0x61]) == [.unknown, .character("a")])
    #expect(decoder.decode([0xE0, 0x80, 0x80, 0x62]) == [.unknown, .character("b")])
    #expect(decoder.decode([0x80, 0x63]) == [.unknown, .character("c")])
  }

  @Test("whatever arrives, there are no more keys than bytes, and a letter after a pause is a letter")
  func fuzz() {
    var state: UInt64 = 42
    func next() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let byte = UInt8(truncatingIfNeeded: state >> 56)
      // Half of the bytes are those that sequences are made of.
      let often = Array("\u{1B}[O;~0123ABCD<".utf8)
      return byte & 1 == 0 ? often[Int(byte >> 1) % often.count] : byte
    }
    for _ in 0..<500 {
      var decoder = KeyDecoder()
      let bytes = (0..<200).map { _ in next() }
      let keys = decoder.decode(bytes)
      #expect(keys.count <= bytes.count)
      for case .character(let character) in keys {
        #expect(character.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
      }
      _ = decoder.flush()
      #expect(decoder.decode([0x71]) == [.character("q")])
    }
  }
}
