import Foundation

/// What tests that damage files share: a seed, and a bound in time.
public enum Fuzzing {
  /// How long each such test may take: a second, or as many as `NIBBLE_FUZZ_SECONDS` says.
  public static var seconds: Double {
    ProcessInfo.processInfo.environment["NIBBLE_FUZZ_SECONDS"].flatMap(Double.init) ?? 1
  }

  /// Tries again and again until the time is over; the same seed makes the same tries.
  ///
  /// - Parameters:
  ///   - seed: What decides every choice.
  ///   - limit: How often at most.
  ///   - least: How often at least, however slow the machine is.
  ///   - attempt: One try.
  /// - Returns: How often it was tried.
  /// - Throws: What a try throws.
  public static func run(
    seed: UInt64, limit: Int = 200_000, least: Int = 0,
    _ attempt: (inout FuzzRandom) throws -> Void
  ) rethrows -> Int {
    var random = FuzzRandom(seed: seed)
    let deadline = Date().addingTimeInterval(seconds)
    var tried = 0
    while tried < limit, tried < least || Date() < deadline {
      try attempt(&random)
      tried += 1
    }
    return tried
  }
}

/// Random numbers of a seed: SplitMix64.
public struct FuzzRandom: RandomNumberGenerator {
  private var state: UInt64

  /// Begins a sequence.
  ///
  /// - Parameter seed: What decides it.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  ///
  /// - Returns: A number of any size.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// One of some things.
  ///
  /// - Parameter choices: The things, at least one.
  /// - Returns: One.
  public mutating func choose<Choice>(_ choices: [Choice]) -> Choice {
    choices[Int(next() % UInt64(choices.count))]
  }

  /// A whole number below a bound.
  ///
  /// - Parameter bound: Above 0.
  /// - Returns: From 0 to one less than the bound.
  public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
