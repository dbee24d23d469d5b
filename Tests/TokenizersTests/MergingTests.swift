import Testing
import Tokenizers

@Suite("merging")
struct MergingTests {
  /// A table of random pairs over small ids, with ties where asked for.
  private func randomTable(_ generator: inout Seeded, ties: Bool) -> PairTable {
    let table = PairTable(capacity: 8)
    for index in 0..<60 {
      _ = table.insert(
        Int32.random(in: 0..<12, using: &generator), Int32.random(in: 0..<12, using: &generator),
        rank: UInt32(ties ? index / 6 : index), result: Int32.random(in: 0..<14, using: &generator))
    }
    return table
  }

  @Test(
    "by second implementation: short and long agree with the plain loops", arguments: [false, true])
  func agreement(ties: Bool) {
    var generator = Seeded(ties ? 5 : 6)
    var longWords = LongWordMerger()
    let values = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)
    defer { values.deallocate() }
    for _ in 0..<3000 {
      let table = randomTable(&generator, ties: ties)
      let word = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
        Int32.random(in: 0..<10, using: &generator)
      }
      let expected = table.mergedReference(word)
      var long = word
      longWords.merge(&long, with: table)
      #expect(long == expected)
      var short = word
      let count = short.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map { table.mergeShort($0, count: buffer.count, values: values) } ?? 0
      }
      #expect(Array(short.prefix(count)) == expected)
    }
  }

  @Test("by hand: the lowest rank first, of equal ones the leftmost")
  func order() {
    let table = PairTable(capacity: 2)
    #expect(table.insert(1, 2, rank: 1, result: 12))
    #expect(table.insert(2, 3, rank: 0, result: 23))
    #expect(!table.insert(2, 3, rank: 9, result: 9))
    #expect(table.mergedReference([1, 2, 3, 1, 2]) == [1, 23, 12])
    let ties = PairTable(capacity: 2)
    #expect(ties.insert(1, 2, rank: 0, result: 12))
    #expect(ties.insert(2, 1, rank: 0, result: 21))
    #expect(ties.mergedReference([1, 2, 1, 2]) == [12, 12])
    #expect(ties.mergedReference([2, 1, 2]) == [21, 2])
  }

  @Test("a table grows and finds what it holds, also symbols of lone characters")
  func growth() {
    let table = PairTable(capacity: 1)
    for left in Int32(0)..<100 {
      #expect(table.insert(left, loneSymbol(UInt32(left)), rank: 7, result: left))
    }
    #expect(table.count == 100)
    #expect((Int32(0)..<100).allSatisfy { table.value($0, loneSymbol(UInt32($0))) >> 32 == 7 })
    #expect(table.value(loneSymbol(0), loneSymbol(0)) == PairTable.none)
    #expect(loneScalar(loneSymbol(0x10ffff)) == 0x10ffff)
  }

  @Test("by law: a million equal letters take n·log n, not n²")
  func longRun() throws {
    var vocabulary: [String: Int] = [:]
    for byte in 0..<256 {
      vocabulary[String(decoding: ByteAlphabet.text(of: [UInt8(byte)]), as: UTF8.self)] = byte
    }
    var merges = ""
    for power in 0..<6 {
      let piece = String(repeating: "a", count: 1 << power)
      vocabulary[piece + piece] = 256 + power
      merges += piece + " " + piece + "\n"
    }
    var entries: [String] = []
    for (text, id) in vocabulary {
      entries.append("\"" + (text == "\"" || text == "\\" ? "\\" + text : text) + "\": \(id)")
    }
    let json = "{" + entries.joined(separator: ",") + "}"
    let tokenizer = try Tokenizer(vocabulary: Array(json.utf8), merges: Array(merges.utf8))
    let clock = ContinuousClock()
    let text = String(repeating: "a", count: 1_000_000)
    var ids: [Int] = []
    let time = try clock.measure { ids = try tokenizer.encode(text) }
    // 64 letters are one token: 15625 of them.
    #expect(ids == [Int](repeating: 261, count: 15_625))
    // Quadratic it would be a thousand seconds and more; this took 0.2 here.
    #expect(time < .seconds(20))
  }
}
