import Corpora
import Tensors
import Testing

/// Writes like ``PassageWriter`` and records every choice at which one alternative begins another.
struct ProvingTeller: Teller {
  var writer: PassageWriter
  var choices = 0
  var ambiguous: [String] = []

  mutating func say(_ text: String) { writer.say(text) }

  mutating func choose(_ alternatives: [Alternative]) -> Int {
    choices += 1
    let texts = alternatives.map(\.text).sorted()
    // In order, a text that begins another stands right before one that it begins.
    for (text, next) in zip(texts, texts.dropFirst()) where next.hasPrefix(text) {
      ambiguous.append("\(text)|\(next)")
    }
    if texts.contains("") { ambiguous.append("(empty)") }
    return writer.choose(alternatives)
  }
}

/// Two flips of a coin that falls on one side three times in four; the second only after tails.
struct Coins: Grammar {
  var name: String { "coins" }

  func tell<T: Teller>(to teller: inout T) throws(T.Failure) {
    let first = try teller.choose([Alternative("heads", weight: 3), Alternative("tails")])
    try teller.say(";")
    if first == 1 {
      _ = try teller.choose([Alternative("heads", weight: 3), Alternative("tails")])
    }
    try teller.say("\n\n")
  }
}

@Suite("a text has one derivation, and its probability is known")
struct OneDerivationTests {
  @Test("by law: no alternative begins another, in twenty thousand stories")
  func storiesAreUnambiguous() {
    expectUnambiguous(Stories(), passages: 20_000)
  }

  @Test("by law: no alternative begins another, in twenty thousand ledgers")
  func ledgersAreUnambiguous() {
    expectUnambiguous(Ledgers(), passages: 20_000)
  }

  @Test("by law: no alternative begins another, in five thousand passages of the primer")
  func whereaboutsAreUnambiguous() {
    expectUnambiguous(Whereabouts(), passages: 5_000)
  }

  private func expectUnambiguous(_ grammar: some Grammar, passages: Int) {
    var choices = 0
    for seed in 0..<UInt64(passages) {
      var teller = ProvingTeller(writer: PassageWriter(drawingFrom: SeededGenerator(seed: seed)))
      grammar.tell(to: &teller)
      choices += teller.choices
      if !teller.ambiguous.isEmpty {
        Issue.record("seed \(seed): \(teller.ambiguous)")
        return
      }
    }
    #expect(choices > 20 * passages / 2)
  }

  @Test("by law: reading a text back finds the choices it was made of")
  func readingRecoversTheChoices() throws {
    try expectRecovered(Stories())
    try expectRecovered(Ledgers())
    try expectRecovered(Whereabouts())
  }

  private func expectRecovered(_ grammar: some Grammar) throws {
    let corpus = Corpus(grammar, seed: 7)
    let written = (0..<300).map { corpus.passage($0, of: .validation) }
    let read = try grammar.passages(in: written.map(\.text).joined())
    #expect(read.map(\.text) == written.map(\.text))
    for (read, written) in zip(read, written) {
      // Sums of the same numbers from different starts: a few roundings of a sum below 2¹⁵.
      #expect(abs(read.bits - written.bits) < 1e-9)
      #expect(written.text.hasSuffix("\n\n"))
    }
  }

  @Test("by hand: three in four costs log2(4/3), and the probabilities of all texts sum to one")
  func coins() throws {
    let log3 = 1.584_962_500_721_156
    let all = ["heads;\n\n": 2 - log3, "tails;heads\n\n": 4 - log3, "tails;tails\n\n": 4.0]
    for (text, bits) in all {
      let passage = try #require(try Coins().passages(in: text).first)
      #expect(abs(passage.bits - bits) < 1e-12)
    }
    // 3/4 + 1/4 · 3/4 + 1/4 · 1/4
    #expect(0.75 + 0.1875 + 0.0625 == 1)
  }

  @Test("by law: writing takes each alternative as often as its share says")
  func sharesAreKept() {
    let runs = 20_000
    let heads = (0..<UInt64(runs)).count { seed in
      Coins().passage(drawingFrom: SeededGenerator(seed: seed)).text.hasPrefix("heads")
    }
    // Five standard deviations of a binomial: √(20,000 · 3/4 · 1/4) = 61.
    #expect(abs(heads - runs * 3 / 4) < 5 * 61)
  }

  @Test("a text of another grammar, and one that breaks off, are told apart from a passage")
  func departures() {
    #expect(
      throws: CorpusError.departs(position: 0, found: "edge\n\n", expected: ["heads", "tails"])
    ) {
      try Coins().passages(in: "edge\n\n")
    }
    #expect(throws: CorpusError.ends(expected: ["heads", "tails"])) {
      try Coins().passages(in: "tails;he")
    }
    #expect(Coins().admits(beginning: "tails;he"))
    #expect(!Coins().admits(beginning: "tails;edge"))
    #expect(!Stories().admits(beginning: "Ledger of the mill"))
    #expect(
      CorpusError.departs(position: 3, found: "a\nb", expected: ["c"]).description
        == "byte 3: \"a\\nb\" stands where the grammar goes on with \"c\"")
  }
}
