/// Accounts of a month: dated entries, each with the balance it leaves, and a closing line.
///
/// The second domain: other words, other punctuation, digits, and a structure in which what follows
/// with certainty is arithmetic. Dates ascend, a trade sells its own goods, money that comes in adds
/// to the balance and money that goes out is taken from it, and the last line counts the entries.
///
/// > Ledger of the mill for May. Opening balance 40.
/// > 3 May: received 12 for flour, balance 52.
/// > 5 May: paid 7 for wages, balance 45.
/// > …
/// > Closing balance 45 after 2 entries.
public struct Ledgers: Grammar {
  /// The grammar's name in file names and messages.
  public var name: String { "ledgers" }

  /// Makes the grammar.
  public init() {}

  /// Tells one month of one trade.
  ///
  /// - Parameter teller: Takes the text and makes the choices.
  /// - Throws: What the teller throws.
  public func tell<T: Teller>(to teller: inout T) throws(T.Failure) {
    try teller.say("Ledger of the ")
    let trade = try teller.choose(evenly: LedgerWords.trades.map { $0.name + " for " })
    let month = try teller.choose(evenly: LedgerWords.months.map { $0 + "." })
    try teller.say(" Opening balance ")
    var balance = 20 + (try teller.choose(evenly: (20...79).map { "\($0)." }))
    var day = 0
    var entries = 0
    while true {
      let days = Array(day + 1...max(day + 1, min(day + 4, LedgerWords.lastDay)))
      let mayGoOn = entries < Self.mostEntries && day < LedgerWords.lastDay
      let dates = mayGoOn ? days.map { "\n\($0) \(LedgerWords.months[month]): " } : []
      // The first lines are certain to go on; then one line in five is the last.
      let weight = max(1, dates.count)
      var heads = dates.map { Alternative($0, weight: 4) }
      if entries >= Self.fewestEntries { heads.append(Alternative("\nClosing ", weight: weight)) }
      let head = try teller.choose(heads)
      guard head < dates.count else { break }
      day = days[head]
      entries += 1
      try enter(trade, &balance, &teller)
    }
    try teller.say("balance \(balance) after \(entries) entries.\n\n")
  }

  /// Entries before a ledger may close.
  static let fewestEntries = 2
  /// Entries after which it must.
  static let mostEntries = 9

  /// One entry after its date: "received 12 for flour, balance 52".
  private func enter<T: Teller>(
    _ trade: Int, _ balance: inout Int, _ teller: inout T
  ) throws(T.Failure) {
    let room = min(LedgerWords.largestAmount, LedgerWords.largestBalance - balance)
    let means = min(LedgerWords.largestAmount, balance)
    var ways: [(text: String, sign: Int, most: Int)] = []
    if room > 0 { ways.append(("received ", 1, room)) }
    if means > 0 { ways.append(("paid ", -1, means)) }
    let way = ways[try teller.choose(evenly: ways.map(\.text))]
    let amount = 1 + (try teller.choose(evenly: (1...way.most).map { "\($0) for " }))
    let words = LedgerWords.trades[trade]
    let goods = way.sign > 0 ? words.sold : words.bought + LedgerWords.costs
    _ = try teller.choose(evenly: goods.map { $0 + ", " })
    balance += way.sign * amount
    try teller.say("balance \(balance).")
  }
}
