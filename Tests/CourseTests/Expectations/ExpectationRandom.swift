/// A small seeded generator (SplitMix64) for tests of the judging side.
struct ExpectationRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Text out of pieces that lexers and parsers stumble over.
  mutating func code(pieces count: Int) -> String {
    let pieces = [
      "\"", "\"\"\"", "#\"", "\"#", "\\(", "\\", "(", ")", "[", "]", "{", "}", "//", "/*", "*/",
      "\n", "\r\n", " ", "let x = ", "x", ".y", "1.5", "0x", "1e", "...", "..<", "-", "+", "=", "?",
      ":", ",", ";", "@a", "#if", "#endif", "#/", "/", "`", "é", "−", "…", "// => 0.5", "=> ", "±",
      "await", "func f()", "if", "else", "try ", "repeat", "while", "nil", "%", "\u{FEFF}", "👩‍🔬",
    ]
    return (0..<count).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
  }

  /// Any finite double, or one of a modest size.
  mutating func double(modest: Bool) -> Double {
    guard !modest else {
      let size = Double(next() >> 11) / 9_007_199_254_740_992
      let scale: [Double] = [1e-4, 1e-2, 1, 10, 1000, 1e6]
      return (size - 0.5) * (scale.randomElement(using: &self) ?? 1)
    }
    while true {
      let value = Double(bitPattern: next())
      if value.isFinite { return value }
    }
  }
}
