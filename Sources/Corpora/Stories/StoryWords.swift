/// The words stories are made of.
///
/// No entry begins another of its list, followed by what follows it.
enum StoryWords {
  static let names: [(name: String, pronoun: String)] = [
    ("Mira", "She"), ("Nadia", "She"), ("Lena", "She"), ("Ruth", "She"), ("Ida", "She"),
    ("Clara", "She"), ("Tobin", "He"), ("Oskar", "He"), ("Finn", "He"), ("Pavel", "He"),
    ("Hugo", "He"), ("Sam", "He"),
  ]

  static let times = [
    "One morning", "One afternoon", "One evening", "Late one night", "Early one day",
  ]

  /// What the sky does, and what it does to whoever goes out.
  static let weathers: [(opening: String, effect: String)] = [
    (" it rained", "the rain made NAME wet"),
    (" the sun shone", "the sun kept NAME warm"),
    (" it snowed", "the snow was cold under NAME"),
    (" a strong wind blew", "the wind pushed NAME along"),
    (" fog lay everywhere", "the fog hid the path from NAME"),
  ]

  static let places = [
    "kitchen", "attic", "cellar", "bakery", "barn", "garden", "harbour", "meadow",
  ]

  /// Places from here on are under the sky.
  static let firstOutdoorPlace = 5

  static let colours = ["red", "blue", "green", "yellow", "white", "black"]

  static let things = [
    "ball", "kite", "lamp", "basket", "book", "key", "drum", "coin", "scarf", "cup",
  ]

  static let hoards: [(one: String, many: String)] = [
    ("apple", "apples"), ("egg", "eggs"), ("shell", "shells"), ("pear", "pears"),
    ("nut", "nuts"), ("plum", "plums"),
  ]

  static let numbers = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
  ]

  /// A cause, what it makes somebody do, and the same in a question.
  static let needs: [(cause: String, did: String, question: String)] = [
    ("hungry", "ate some bread", "eat some bread"),
    ("thirsty", "drank some water", "drink some water"),
    ("cold", "put on a coat", "put on a coat"),
    ("tired", "sat down to rest", "sit down to rest"),
    ("dusty", "washed both hands", "wash both hands"),
    ("sad", "sang an old song", "sing an old song"),
  ]
}
