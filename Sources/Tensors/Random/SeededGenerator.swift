internal import Grids

/// Random numbers that are the same on every machine for the same seed.
///
/// The standard library promises neither a seed nor that its ways of drawing stay as they are, so
/// the generator and everything drawn from it are written out here, with additions,
/// multiplications and shifts only. Not for secrets.
///
/// Source: xoshiro256++ 1.0 by Blackman and Vigna (2019), its 256 bits of state filled by
/// SplitMix64 from the seed, as its authors advise.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Equatable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Makes the generator of a seed.
  ///
  /// - Parameter seed: Any number; close seeds give unrelated sequences.
  public init(seed: UInt64) {
    var mixer = SplitMixer(state: seed)
    state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
  }

  /// Two generators are equal if they will give the same numbers from now on.
  ///
  /// - Parameters:
  ///   - left: A generator.
  ///   - right: Another.
  /// - Returns: Whether their states are equal.
  public static func == (left: SeededGenerator, right: SeededGenerator) -> Bool {
    left.state == right.state
  }

  /// The next 64 random bits.
  ///
  /// - Returns: Every value is equally likely.
  public mutating func next() -> UInt64 {
    let result = Self.rotated(state.0 &+ state.3, by: 23) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = Self.rotated(state.3, by: 45)
    return result
  }

  /// A number from 0 up to, not including, 1: a multiple of 2⁻⁵³.
  ///
  /// - Returns: Every multiple is equally likely.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number between 0 and 1, neither included, for functions that are infinite there.
  ///
  /// - Returns: An odd multiple of 2⁻⁵³; every one is equally likely.
  public mutating func openUniform() -> Double { Double((next() >> 12) << 1 | 1) * 0x1p-53 }

  /// A whole number from 0 up to, not including, a bound, without bias.
  ///
  /// - Parameter bound: 1 or more.
  /// - Returns: Every number below the bound is equally likely.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a number below \(bound)")
    let bound = UInt64(bound)
    // The high half of a product; the few low halves that would make it uneven are drawn again.
    let uneven = (0 &- bound) % bound
    while true {
      let product = next().multipliedFullWidth(by: bound)
      if product.low >= uneven { return Int(product.high) }
    }
  }

  /// A number from the normal distribution with mean 0 and deviation 1.
  ///
  /// By the inverse of its distribution function: one uniform number for one normal number.
  ///
  /// - Returns: A number between about −8.2 and 8.2.
  public mutating func normal() -> Double { normalQuantile(openUniform()) }

  /// Puts elements in a random order, every order equally likely.
  ///
  /// - Parameter elements: What is reordered, by Fisher and Yates' exchange from the last down.
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, below(last + 1))
    }
  }

  /// Chooses distinct places, every choice equally likely.
  ///
  /// - Parameters:
  ///   - count: How many, 0 to `total`.
  ///   - total: How many places there are.
  /// - Returns: `count` numbers below `total`, ascending.
  ///
  /// Source: Knuth, The Art of Computer Programming, volume 2, 3.4.2, algorithm S.
  public mutating func choose(_ count: Int, from total: Int) -> [Int] {
    precondition(count >= 0 && count <= total, "\(count) of \(total) places")
    var chosen: [Int] = []
    chosen.reserveCapacity(count)
    var place = 0
    while chosen.count < count {
      if below(total - place) < count - chosen.count { chosen.append(place) }
      place += 1
    }
    return chosen
  }

  private static func rotated(_ bits: UInt64, by count: UInt64) -> UInt64 {
    bits << count | bits >> (64 - count)
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014): turns a seed, however plain, into well mixed bits.
struct SplitMixer {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}
