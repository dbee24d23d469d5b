import Foundation
import Models
import Pipelines
import Tensors
import TestSupport
import Testing
import Tokenizers

/// Evidence: by hand, and by law.
struct CalibrationTests {
  @Test("windows follow each other in the text, none twice, with the prefix before each")
  func windows() throws {
    let set = try CalibrationSet(
      windowsOf: Array(0..<103), name: "text", count: 5, length: 11, prefix: [999], seed: 1)
    #expect(set.sequences.count == 5 && set.available == 103 && set.tokenCount == 55)
    for sequence in set.sequences {
      #expect(sequence[0] == 999 && sequence[1] % 10 == 0)
      #expect(Array(sequence[1...]) == Array(sequence[1]..<sequence[1] + 10))
    }
    #expect(set.heldOut.count == 5)  // ten windows, five of them drawn
    #expect(Set(set.heldOut).isDisjoint(with: set.sequences))
    let firsts = set.sequences.map { $0[1] }
    #expect(firsts == firsts.sorted() && Set(firsts).count == 5)
    let same = try CalibrationSet(
      windowsOf: Array(0..<103), name: "text", count: 5, length: 11, prefix: [999], seed: 1)
    #expect(set == same)
    let others = try (2..<8).map {
      try CalibrationSet(
        windowsOf: Array(0..<103), name: "text", count: 5, length: 11, prefix: [999], seed: $0)
    }
    #expect(others.contains { $0 != set })
  }

  @Test("a short text gives what it has; an empty one is refused")
  func short() throws {
    let few = try CalibrationSet(windowsOf: Array(0..<25), name: "t", count: 9, length: 10)
    #expect(few.sequences == [Array(0..<10), Array(10..<20)])
    let short = try CalibrationSet(windowsOf: [1, 2, 3], name: "t", count: 9, length: 10)
    #expect(short.sequences == [[1, 2, 3]])
    #expect(throws: PipelineError.self) {
      try CalibrationSet(windowsOf: [], name: "t", count: 1, length: 10)
    }
    #expect(throws: PipelineError.self) {
      try CalibrationSet(windowsOf: [1], name: "t", count: 1, length: 1, prefix: [2])
    }
    #expect(throws: PipelineError.self) { try CalibrationSet(name: "t", sequences: [[1], []]) }
  }

  @Test("the lint names each mistake, and nothing where there is none")
  func lint() throws {
    func warnings(
      _ sequences: [[Int]], widest: Int = 8, asked: Int? = nil, _ tokenizer: Tokenizer? = nil
    ) throws -> [String] {
      CalibrationLint(widestInput: widest, asked: asked, tokenizer: tokenizer)
        .warnings(try CalibrationSet(name: "text", sequences: sequences))
    }
    let good = (0..<4).map { row in (0..<32).map { 10 + ($0 * 7 + row) % 50 } }
    #expect(try warnings(good, asked: 4) == [])
    #expect(try warnings(good, widest: 129)[0].hasPrefix("128 tokens for 129 input channels: the"))
    #expect(try warnings(good, widest: 33)[0].contains("are few"))
    #expect(try warnings(good, asked: 5)[0].contains("enough for 4 of the 5 samples"))
    #expect(try warnings(good + [good[0]])[0].hasPrefix("1 of 5 sequences are copies"))
    // 34 windows one token apart share all but their ends: 17 new runs in the first, one in each other.
    let sliding = (0..<34).map { Array($0..<$0 + 32) }
    #expect(try warnings(sliding)[0].contains("runs of 16 tokens have been there before"))
    let flat = [[Int](repeating: 5, count: 60) + Array(100..<140)]
    #expect(try warnings(flat)[0].hasPrefix("60.0% of all tokens are the same one (token 5)"))
  }

  @Test("text that the model finds strange is told from its own")
  func surprise() throws {
    let root = TestFiles.tests.deletingLastPathComponent()
    let reader = try TextModel(path: root.appendingPathComponent("Datasets/models/opt").path)
    let story =
      "Early one day fog lay everywhere. Sam was in the meadow. Tobin was in the kitchen. The yellow scarf was "
      + "in the meadow. Sam took the yellow scarf. He went to the kitchen."
    let report =
      "Quarterly revenue rose 14% on strong cloud demand, while operating margins fell slightly due to increased "
      + "capital expenditure; analysts expect guidance to be revised upwards before the next call."
    func lint(_ text: String) throws -> [String] {
      let set = try CalibrationSet(name: "text", sequences: [[2] + reader.tokenizer.encode(text)])
      let surprise = try #require(try set.surprise(to: reader.transformer))
      #expect(surprise.tokens == set.tokenCount - 1)
      return CalibrationLint(widestInput: 1, tokenizer: nil, surprise: surprise).warnings(set)
    }
    #expect(try lint(story) == [])
    #expect(try lint(report).first?.hasPrefix("the model finds text strange: ") == true)
  }

  @Test("ends of texts in a row are padding, one between two texts is not")
  func ends() throws {
    let root = TestFiles.tests.deletingLastPathComponent()
    let tokenizer = try TextModel(path: root.appendingPathComponent("Datasets/models/opt").path)
      .tokenizer
    let end = try #require(tokenizer.specialIDs.end)
    func warnings(_ tail: Int) throws -> [String] {
      let body = (0..<28).map { 100 + $0 * 7 % 29 }
      let set = try CalibrationSet(
        name: "text", sequences: [[end] + body + [Int](repeating: end, count: tail)])
      return CalibrationLint(widestInput: 1, tokenizer: tokenizer).warnings(set)
    }
    #expect(try warnings(1) == [])
    #expect(try warnings(3).first?.contains("are ends of texts in a row (token \(end))") == true)
  }
}
