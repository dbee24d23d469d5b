/// Random bits by position: the same seed and index give the same bits on every machine.
///
/// A generator with a state hands out numbers in the order it is asked. Stochastic rounding wants
/// the number of *this element*, whatever the order or the number of threads, so the position goes
/// in where the state would be. The bits are those of SplitMix64 (Steele, Lea and Flood 2014),
/// started from the scrambled seed and jumped to step `index + 1`; only 64-bit integer arithmetic.
@frozen
public struct CounterGenerator: Hashable, Sendable {
  /// What distinguishes this stream from others; neighbouring seeds are unrelated.
  public let seed: UInt64

  /// A stream of random bits named by its seed.
  @inlinable
  public init(seed: UInt64) {
    self.seed = seed
  }

  /// Returns the 64 random bits at a position.
  @inlinable
  public func bits(at index: Int) -> UInt64 {
    let step = UInt64(bitPattern: Int64(index)) &+ 1
    return Self.scrambled(Self.scrambled(seed) &+ step &* 0x9E37_79B9_7F4A_7C15)
  }

  /// Returns a number at least 0 and below 1, a multiple of 2⁻⁵³, at a position.
  @inlinable
  public func uniform(at index: Int) -> Double {
    Double(bits(at: index) >> 11) * 0x1p-53
  }

  /// Returns the bits of a word mixed so that each depends on all: SplitMix64's output function.
  @inlinable
  static func scrambled(_ word: UInt64) -> UInt64 {
    var mixed = word
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
