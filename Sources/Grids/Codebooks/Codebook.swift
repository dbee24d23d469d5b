/// A grid given by its list of levels, evenly spaced or not.
///
/// A number is stored as the code of the nearest level. The places where nearest changes are the
/// midpoints between neighbours; a number exactly on a midpoint goes to the lower level, which is
/// bitsandbytes' rule. Levels are what a block of weights divided by its scale is compared with.
public struct Codebook: Hashable, Sendable {
  /// The distinct values that can be represented, ascending.
  public let levels: [Float]
  /// The largest Float that still belongs to each level but the last.
  ///
  /// `value > thresholds[i]` holds exactly when the value lies above the midpoint of levels i and
  /// i + 1: the midpoints are computed in Double and rounded down, so that a comparison of Floats
  /// decides as the exact one would.
  public let thresholds: [Float]
  /// The stored code of each level; 0, 1, 2, … unless a format numbers its levels otherwise.
  public let codes: [Int]
  /// The value of each stored code; may hold a value twice, as bitsandbytes' FP4 holds 0 and −0.
  public let table: [Float]

  /// A codebook whose code k stands for the k-th number of a table from outside.
  ///
  /// - Parameter table: 1 to 256 finite numbers in any order; of equal ones the first is used for
  ///   encoding.
  /// - Throws: `GridError.levelCount` or `GridError.valueNotFinite`.
  public init(validatingTable table: [Float]) throws(GridError) {
    guard (1...256).contains(table.count) else { throw .levelCount(table.count) }
    for index in table.indices where !table[index].isFinite {
      throw .valueNotFinite(index: index)
    }
    var codes: [Int] = []
    let order = table.indices.sorted { (table[$0], $0) < (table[$1], $1) }
    for code in order {
      if let last = codes.last, table[last] == table[code] { continue }
      codes.append(code)
    }
    self.table = table
    self.codes = codes
    levels = codes.map { table[$0] }
    thresholds = zip(levels, levels.dropFirst()).map { lower, upper in
      let midpoint = (Double(lower) + Double(upper)) / 2
      let nearest = Float(midpoint)
      return Double(nearest) > midpoint ? nearest.nextDown : nearest
    }
  }

  /// A codebook of given levels, numbered from 0 in the order given.
  ///
  /// - Parameter levels: 1 to 256 finite numbers (a precondition: use ``init(validatingTable:)`` for
  ///   numbers from outside).
  public init(levels: [Float]) {
    do {
      try self.init(validatingTable: levels)
    } catch {
      preconditionFailure("a codebook has 1 to 256 finite levels")
    }
  }

  /// How many bits a code needs: 4 for 9 to 16 codes.
  public var bits: Int {
    var bits = 0
    while 1 << bits < table.count { bits += 1 }
    return bits
  }
}

extension Codebook {
  /// The stored code of the nearest level.
  ///
  /// Numbers beyond the ends, infinities included, get the end level. NaN gets the level nearest to
  /// zero. Cost: a binary search.
  public func encode(_ value: Float) -> Int {
    let sought = value.isNaN ? 0 : value
    var lower = 0  // how many thresholds are known to lie below
    var upper = thresholds.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if sought > thresholds[middle] {
        lower = middle + 1
      } else {
        upper = middle
      }
    }
    return codes[lower]
  }

  /// The number a stored code stands for.
  ///
  /// - Parameter code: 0 to `table.count − 1` (a precondition, as for an array).
  /// - Returns: One of ``levels``.
  public func decode(_ code: Int) -> Float {
    table[code]
  }

  /// The level nearest to a number.
  public func fakeQuantized(_ value: Float) -> Float {
    decode(encode(value))
  }

  /// How far the codebook moves a number: the level minus the number itself.
  public func error(of value: Float) -> Float {
    fakeQuantized(value) - value
  }

  /// The stored codes of a list of numbers.
  public func encode(_ values: [Float]) -> [Int] {
    values.map { encode($0) }
  }

  /// The numbers that a list of stored codes stands for.
  public func decode(_ codes: [Int]) -> [Float] {
    codes.map { decode($0) }
  }

  /// The level nearest to each of a list of numbers.
  public func fakeQuantized(_ values: [Float]) -> [Float] {
    values.map { fakeQuantized($0) }
  }
}
