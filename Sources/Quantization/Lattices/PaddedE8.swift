/// E8P: 65,536 points of E8 shifted by ¼, sixteen bits for eight weights.
///
/// Every point is a pattern of 256 with signs, moved by ¼ in all coordinates or by −¼. A pattern has
/// entries ½, 3/2 and 5/2: all 227 of squared norm 10 or less, and 29 of the 56 that have five entries
/// 3/2 and three ½ (norm 12). The signs are such that the signed pattern has an even sum.
///
/// A code's high byte is the pattern, its low byte the signs: bit i negates coordinate i. Only even
/// numbers of signs keep the sum even, so the parity is free to say something else: where it is odd,
/// bit 0 is flipped and the point moves by −¼, else by +¼. Patterns with an odd sum are kept with
/// their last coordinate negated, so that the rule is the same for all.
///
/// The order of the patterns and the choice of 29 are this project's own, so codes are not those of
/// other programs; the construction is that of QuIP#, Tseng et al. 2024, arXiv:2402.04396.
public enum PaddedE8 {
  /// The patterns, entries ½, 3/2 and 5/2, in the order of the high byte.
  ///
  /// By squared norm, then by the number read from the entries; see ``triples`` for those of norm 12.
  public static let patterns: [SIMD8<Float>] = tables.patterns

  /// The 29 sets of three coordinates that have ½ in a pattern of norm 12.
  ///
  /// Of all 56, in alphabetical order, again and again the first whose coordinates were used least:
  /// every coordinate is in ten or eleven of them.
  public static let triples: [[Int]] = chosenTriples()

  /// The point of a code, by the rule of bits.
  ///
  /// - Parameter code: Any sixteen bits.
  /// - Returns: A point of E8 + ¼.
  @inlinable public static func point(_ code: UInt16) -> SIMD8<Float> {
    var point = signedPattern(Int(code >> 8))
    var signs = code & 0xff
    let isOdd = signs.nonzeroBitCount % 2 == 1
    if isOdd { signs ^= 1 }
    for place in 0..<8 where signs >> place & 1 == 1 { point[place] = -point[place] }
    return point + (isOdd ? -0.25 : 0.25)
  }

  /// The code whose point is nearest to a vector, ties by the order of the search.
  ///
  /// Exact, without looking at 65,536 points. For each shift, signs are those of the vector. A full
  /// orbit of patterns (all arrangements of the same entries) is best used with the largest entries
  /// where the magnitudes are largest; if the parity of the signs is then wrong, the cheapest repair
  /// flips the smallest magnitude, which has an entry ½ in every orbit. So eight sums of the largest
  /// magnitudes decide, and the 29 of norm 12 are gone through only where five large entries could win.
  ///
  /// - Parameter vector: Eight finite numbers.
  /// - Returns: A code; ``nearestByBruteForce(to:)`` judges it.
  public static func nearest(to vector: SIMD8<Float>) -> UInt16 {
    let tables = tables
    let above = search(vector - 0.25, tables)
    let below = search(vector + 0.25, tables)
    // |v|² − 2 gain is the squared distance, and |v|² differs between the two shifts.
    let lead = 2 * (above.gain - below.gain) + vector.sum()
    let isAbove = lead >= 0
    let best = isAbove ? above : below
    var signs = best.signs ^ tables.negated[best.pattern]
    if !isAbove { signs ^= 1 }
    return UInt16(best.pattern) << 8 | UInt16(signs)
  }

  /// The nearest code by trying all 65,536; it judges ``nearest(to:)``.
  ///
  /// - Parameter vector: Eight finite numbers.
  /// - Returns: The first of the nearest codes.
  public static func nearestByBruteForce(to vector: SIMD8<Float>) -> UInt16 {
    var best: UInt16 = 0
    var least = Float.infinity
    for code in UInt16.min...UInt16.max {
      let left = vector - point(code)
      let distance = (left * left).sum()
      if distance < least { (best, least) = (code, distance) }
    }
    return best
  }

  /// A pattern with its last coordinate negated where the sum is odd.
  @usableFromInline static func signedPattern(_ index: Int) -> SIMD8<Float> { tables.signed[index] }
}

extension PaddedE8 {
  /// What decoding and the search look up.
  struct Tables: Sendable {
    let patterns: [SIMD8<Float>]
    let signed: [SIMD8<Float>]
    /// 0x80 where the last coordinate of the kept pattern is negated.
    let negated: [UInt8]
    /// The pattern for eight two-bit digits, entry − ½; only those of a pattern are filled.
    let index: [UInt8]
    /// The coordinates with ½, of the patterns of norm 12.
    let triples: [SIMD4<UInt8>]
    let triplePatterns: [UInt8]
  }

  static let tables = makeTables()

  private static func makeTables() -> Tables {
    var patterns: [SIMD8<Float>] = []
    for norm in [2, 4, 6, 8, 10] {
      // Eight digits to base 3, the first coordinate the most significant.
      for number in 0..<6_561 {
        var rest = number
        var pattern = SIMD8<Float>(repeating: 0.5)
        for place in (0..<8).reversed() {
          pattern[place] += Float(rest % 3)
          rest /= 3
        }
        if (pattern * pattern).sum() == Float(norm) { patterns.append(pattern) }
      }
    }
    let triples = chosenTriples()
    for triple in triples {
      var pattern = SIMD8<Float>(repeating: 1.5)
      for place in triple { pattern[place] = 0.5 }
      patterns.append(pattern)
    }
    var index = [UInt8](repeating: 0, count: 1 << 16)
    var negated: [UInt8] = []
    for (number, pattern) in patterns.enumerated() {
      index[digits(pattern)] = UInt8(number)
      negated.append(Int(pattern.sum()) % 2 == 0 ? 0 : 0x80)
    }
    return Tables(
      patterns: patterns,
      signed: zip(patterns, negated).map { pattern, negated in
        var signed = pattern
        if negated != 0 { signed[7] = -signed[7] }
        return signed
      },
      negated: negated, index: index,
      triples: triples.map { SIMD4(UInt8($0[0]), UInt8($0[1]), UInt8($0[2]), 0) },
      triplePatterns: (patterns.count - triples.count..<patterns.count).map { UInt8($0) })
  }

  private static func digits(_ pattern: SIMD8<Float>) -> Int {
    (0..<8).reduce(0) { $0 | Int(pattern[$1] - 0.5) << (2 * $1) }
  }

  private static func chosenTriples() -> [[Int]] {
    var rest: [[Int]] = []
    for first in 0..<6 {
      for second in first + 1..<7 {
        for third in second + 1..<8 { rest.append([first, second, third]) }
      }
    }
    var uses = [Int](repeating: 0, count: 8)
    var chosen: [[Int]] = []
    while chosen.count < 29 {
      // Least used first: the most used coordinate of the set counts most.
      func cost(_ triple: [Int]) -> Int {
        triple.reduce(0) { $0 + 1 << (2 * uses[$1]) }
      }
      var best = 0
      for candidate in rest.indices where cost(rest[candidate]) < cost(rest[best]) {
        best = candidate
      }
      for place in rest[best] { uses[place] += 1 }
      chosen.append(rest.remove(at: best))
    }
    return chosen.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The best of one shift.
  private struct Found {
    /// v · point − |point|²/2, to be as large as can be.
    var gain: Float
    var pattern: Int
    /// Bit i: coordinate i is negative.
    var signs: UInt8
  }

  /// The best signed pattern for a vector that was already shifted.
  @inline(__always) private static func search(
    _ vector: SIMD8<Float>, _ tables: Tables
  ) -> Found {
    // Magnitudes with their place in the lowest three bits, so that sorting carries it along.
    let bits = unsafeBitCast(vector, to: SIMD8<UInt32>.self)
    var keys = (bits & 0x7fff_fff8) | SIMD8<UInt32>(0, 1, 2, 3, 4, 5, 6, 7)
    let negative = bits &>> 31
    var signs: UInt8 = 0
    for place in 0..<8 { signs |= UInt8(truncatingIfNeeded: negative[place] << UInt32(place)) }
    sortDescending(&keys)

    let magnitude = SIMD8<Float>(
      abs(vector[Int(keys[0] & 7)]), abs(vector[Int(keys[1] & 7)]),
      abs(vector[Int(keys[2] & 7)]), abs(vector[Int(keys[3] & 7)]),
      abs(vector[Int(keys[4] & 7)]), abs(vector[Int(keys[5] & 7)]),
      abs(vector[Int(keys[6] & 7)]), abs(vector[Int(keys[7] & 7)]))
    let half = 0.5 * magnitude.sum()
    let isOdd = signs.nonzeroBitCount % 2 == 1
    let evenRepair = isOdd ? magnitude[7] : 0  // 2 · ½ · the smallest
    let oddRepair = isOdd ? 0 : magnitude[7]
    let one = magnitude[0]
    let two = one + magnitude[1]
    let three = two + magnitude[2]
    let four = three + magnitude[3]

    // Entries above ½ of each orbit, and |s|²/2; an odd number of 3/2 needs odd signs.
    var best = half - 1 - evenRepair
    var shape = 0
    func consider(_ gain: Float, _ candidate: Int) {
      if gain > best { (best, shape) = (gain, candidate) }
    }
    consider(half + one - 2 - oddRepair, 1)
    consider(half + two - 3 - evenRepair, 2)
    consider(half + three - 4 - oddRepair, 3)
    consider(half + 2 * one - 4 - evenRepair, 4)
    consider(half + four - 5 - evenRepair, 5)
    consider(half + 2 * one + magnitude[1] - 5 - oddRepair, 6)

    let places = keys & 7
    if half + four + magnitude[4] - 6 - oddRepair > best {
      if let found = searchTriples(vector, isOdd: isOdd, above: best, tables) {
        return Found(gain: found.gain, pattern: found.pattern, signs: signs ^ found.flipped)
      }
    }
    var digits = 0
    switch shape {
    case 0: break
    case 4: digits = 2 << Int(2 * places[0])
    case 6: digits = 2 << Int(2 * places[0]) | 1 << Int(2 * places[1])
    default:
      let count = shape == 5 ? 4 : shape
      for rank in 0..<count { digits |= 1 << Int(2 * places[rank]) }
    }
    let needsOdd = shape == 1 || shape == 3 || shape == 6
    if needsOdd != isOdd { signs ^= 1 << UInt8(truncatingIfNeeded: places[7]) }
    return Found(gain: best, pattern: Int(tables.index[digits]), signs: signs)
  }

  /// The best pattern of norm 12, where it beats a gain.
  private static func searchTriples(
    _ vector: SIMD8<Float>, isOdd: Bool, above gain: Float, _ tables: Tables
  ) -> (gain: Float, pattern: Int, flipped: UInt8)? {
    var magnitude = SIMD8<Float>()
    for place in 0..<8 { magnitude[place] = abs(vector[place]) }
    let most = 1.5 * magnitude.sum() - 6
    var found: (gain: Float, pattern: Int, flipped: UInt8)?
    var best = gain
    for (number, triple) in tables.triples.enumerated() {
      let (a, b, c) = (Int(triple[0]), Int(triple[1]), Int(triple[2]))
      var candidate = most - magnitude[a] - magnitude[b] - magnitude[c]
      guard candidate > best else { continue }
      var flipped: UInt8 = 0
      if !isOdd {  // five entries 3/2: the sum is odd, so must be the number of signs
        var cheapest = Float.infinity
        for place in 0..<8 {
          let isHalf = place == a || place == b || place == c
          let cost = (isHalf ? 1 : 3) * magnitude[place]
          if cost < cheapest { (cheapest, flipped) = (cost, 1 << UInt8(place)) }
        }
        candidate -= cheapest
      }
      if candidate > best {
        best = candidate
        found = (candidate, Int(tables.triplePatterns[number]), flipped)
      }
    }
    return found
  }

  /// Eight keys, the largest first, by Batcher's network of 19 exchanges.
  @inline(__always) private static func sortDescending(_ keys: inout SIMD8<UInt32>) {
    @inline(__always) func exchange(_ first: Int, _ second: Int) {
      let (left, right) = (keys[first], keys[second])
      keys[first] = max(left, right)
      keys[second] = min(left, right)
    }
    exchange(0, 1)
    exchange(2, 3)
    exchange(4, 5)
    exchange(6, 7)
    exchange(0, 2)
    exchange(1, 3)
    exchange(4, 6)
    exchange(5, 7)
    exchange(1, 2)
    exchange(5, 6)
    exchange(0, 4)
    exchange(1, 5)
    exchange(2, 6)
    exchange(3, 7)
    exchange(2, 4)
    exchange(3, 5)
    exchange(1, 2)
    exchange(3, 4)
    exchange(5, 6)
  }
}
