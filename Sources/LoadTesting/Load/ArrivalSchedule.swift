internal import Foundation

/// When the requests of an open loop are due, in seconds from the start; the same for the same seed.
struct ArrivalSchedule: Sequence, IteratorProtocol {
  private let rate: Double
  private let arrivals: LoadPlan.Arrivals
  private let end: Double
  private var index = 0
  private var due = 0.0
  private var generator: SplitMix

  /// The times before `end` seconds.
  init(rate: Double, arrivals: LoadPlan.Arrivals, end: Double, seed: UInt64) {
    self.rate = rate
    self.arrivals = arrivals
    self.end = end
    generator = SplitMix(state: seed)
  }

  mutating func next() -> Double? {
    switch arrivals {
    case .even:
      due = Double(index) / rate  // no sum, so no drift
    case .poisson:
      // The inverse of the exponential distribution, at a number above 0.
      if index > 0 { due -= log(1 - Double.random(in: 0..<1, using: &generator)) / rate }
    }
    index += 1
    return due < end ? due : nil
  }
}

/// Random numbers that a seed decides.
///
/// Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", SplitMix64.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
