/// The words ledgers are made of.
///
/// No entry begins another of its list, followed by what follows it.
enum LedgerWords {
  /// A trade, what it sells, and what only it buys.
  static let trades: [(name: String, sold: [String], bought: [String])] = [
    ("mill", ["flour", "bran", "meal"], ["wheat", "millstones", "sacks"]),
    ("forge", ["nails", "hinges", "horseshoes"], ["iron", "charcoal", "bellows"]),
    ("dairy", ["butter", "cheese", "cream"], ["milk", "salt", "churns"]),
    ("pottery", ["jugs", "bowls", "tiles"], ["clay", "glaze", "sand"]),
    ("chandlery", ["candles", "soap", "wicks"], ["wax", "tallow", "thread"]),
    ("tannery", ["leather", "belts", "saddles"], ["hides", "bark", "lime"]),
  ]

  /// What every trade pays for.
  static let costs = ["wages", "rent", "freight", "repairs"]

  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  /// The last day that an entry may have in every month.
  static let lastDay = 28
  /// The largest balance, so that all numbers have two digits at most.
  static let largestBalance = 99
  /// The largest amount of one entry.
  static let largestAmount = 20
}
