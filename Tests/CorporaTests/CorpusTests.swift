import Corpora
import Testing

@Suite("stories, ledgers and the questions about them")
struct CorpusTests {
  @Test("by law: a passage is the same for its seed, split and place, and for no other")
  func placesAreIndependent() {
    let corpus = Corpus(Stories(), seed: 3)
    #expect(corpus.passage(12, of: .train) == corpus.passage(12, of: .train))
    var texts: Set<String> = []
    var count = 0
    for seed: UInt32 in [3, 4] {
      for split in CorpusSplit.allCases {
        for index in 0..<1_000 {
          texts.insert(Corpus(Stories(), seed: seed).passage(index, of: split).text)
          count += 1
        }
      }
    }
    // A story has some 80 bits of surprise: two alike in six thousand would be a shared seed.
    #expect(texts.count == count)
  }

  @Test("by hand: what a careful reader knows costs nothing, and the contrary has no probability")
  func stateIsTold() throws {
    let before =
      "One evening it rained. Mira was in the kitchen. Finn was in the barn. The red ball was in "
      + "the barn. The green key was with Finn. Mira went to the barn. There she found Finn and the "
      + "red ball. She took the red ball in the barn. Finn was cold and put on a coat. She"
    #expect(!Stories().admits(beginning: before))  // the last sentence was about Finn
    let told =
      String(before.dropLast(3))
      + "He found two shells. He found one more. Now he had three shells."
      + " Mira walked to the garden. Outside, the rain made her wet."
    #expect(Stories().admits(beginning: told))
    for (question, right, wrong) in [
      ("Where was the red ball?", "It was with Mira in the garden.", "It was in the barn."),
      ("Who had the green key?", "Finn had it.", "Mira had it."),
      ("How many shells did Finn have?", "He had three shells.", "He had two shells."),
      ("Why did Finn put on a coat?", "He was cold.", "He was tired."),
      ("Where was Mira?", "She was in the garden.", "She was in the barn."),
    ] {
      let passage = try Stories().passages(in: "\(told)\n\(question) \(right)\n\n")
      #expect(passage.count == 1)
      #expect(!Stories().admits(beginning: "\(told)\n\(question) \(wrong)"))
    }
    #expect(!Stories().admits(beginning: told + " Mira took the green key."))  // it is in the barn
    #expect(Stories().admits(beginning: told + " Meanwhile Finn was in the barn. Mira went to the"))
    #expect(!Stories().admits(beginning: told + " Meanwhile Finn was in the kitchen."))
    #expect(!Stories().admits(beginning: told.replacing("three shells.", with: "four shells.")))
  }

  @Test("by hand: balances are sums, dates ascend, a trade sells its own goods")
  func sumsAddUp() throws {
    let opening = "Ledger of the mill for May. Opening balance 40.\n3 May: received 12 for flour,"
    #expect(Ledgers().admits(beginning: opening + " balance 52.\n5 May: paid 7 for wages,"))
    #expect(!Ledgers().admits(beginning: opening + " balance 28."))
    #expect(!Ledgers().admits(beginning: opening + " balance 52.\n3 May"))
    #expect(!Ledgers().admits(beginning: opening.replacing("flour", with: "nails")))
    let whole = opening + " balance 52.\n5 May: paid 7 for wages, balance 45."
    #expect(
      try Ledgers().passages(in: whole + "\nClosing balance 45 after 2 entries.\n\n").count == 1)
    #expect(!Ledgers().admits(beginning: whole + "\nClosing balance 45 after 3"))
  }

  @Test("by law: of four choices the right one can follow and no other can")
  func choicesHaveOneAnswer() {
    expectOneAnswer(Stories(), topics: ["where", "who", "how many", "why"])
    expectOneAnswer(Ledgers(), topics: ["balance"])
  }

  private func expectOneAnswer(_ grammar: some QuestioningGrammar, topics: Set<String>) {
    let questions = Corpus(grammar, seed: 5).questions(count: 400)
    for question in questions {
      #expect(question.choices.count == 4)
      let possible = question.choices.indices.filter {
        grammar.admits(beginning: question.context + question.choices[$0])
      }
      #expect(possible == [question.answer], "\(question)")
    }
    #expect(Set(questions.map(\.topic)) == topics)
    // Every place holds the answer about as often: 100 ± 5 · √(400 · 1/4 · 3/4).
    for place in 0..<4 {
      #expect(abs(questions.count { $0.answer == place } - 100) < 44)
    }
  }
}
