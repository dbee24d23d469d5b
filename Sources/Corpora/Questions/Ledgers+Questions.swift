public import Tensors

extension Ledgers: QuestioningGrammar {
  /// A ledger up to one of its balances, and four numbers.
  ///
  /// The wrong ones: the sum taken the other way round, and one and ten beside the right one.
  ///
  /// - Parameter generator: Where the ledger, the entry and the order come from.
  /// - Returns: The question.
  public func question(drawingFrom generator: SeededGenerator) -> MultipleChoiceQuestion {
    var generator = generator
    let text = passage(drawingFrom: SeededGenerator(seed: generator.next())).text
    let lines = text.split(separator: "\n")
    // The first line opens and the last one closes; the entries stand between.
    let chosen = 1 + generator.below(lines.count - 2)
    let numbers = lines[chosen].split { !$0.isNumber }.compactMap { Int($0) }
    let (amount, balance) = (numbers[1], numbers[2])
    let isIncome = lines[chosen].contains("received")
    let otherWay = isIncome ? balance - 2 * amount : balance + 2 * amount
    let wrong = [otherWay, balance + 1, balance - 1, balance + 10, balance - 10, balance + 2]
      .filter { $0 >= 0 && $0 <= LedgerWords.largestBalance }
    let before = lines[..<chosen].joined(separator: "\n")
    let line = lines[chosen].split(separator: " ").dropLast().joined(separator: " ")
    return multipleChoice(
      topic: "balance", context: "\(before)\n\(line)", answer: " \(balance).",
      wrong: wrong.map { " \($0)." }, using: &generator)
  }
}
