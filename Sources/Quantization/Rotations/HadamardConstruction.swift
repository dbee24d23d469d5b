/// How a Hadamard matrix of an order is built.
///
/// An order above 2 must be a multiple of 4. Whether every such order has one is open since 1893;
/// these constructions reach most small orders, not all: 92, 116, 156, 172 and 184 are the first
/// without.
public indirect enum HadamardConstruction: Hashable, Sendable {
  /// Sylvester's doubling: a power of two.
  case sylvester(order: Int)
  /// Paley's first: q + 1, with q a power of a prime that leaves 3 on division by 4.
  case paleyFirst(fieldOrder: Int)
  /// Paley's second: 2 (q + 1), with q a power of a prime that leaves 1 on division by 4.
  case paleySecond(fieldOrder: Int)
  /// The Kronecker product of two.
  case product(HadamardConstruction, HadamardConstruction)

  /// The number of rows.
  public var order: Int {
    switch self {
    case .sylvester(let order): order
    case .paleyFirst(let fieldOrder): fieldOrder + 1
    case .paleySecond(let fieldOrder): 2 * (fieldOrder + 1)
    case .product(let left, let right): left.order * right.order
    }
  }

  /// The construction for an order, with the smallest part that is no power of two; nil where none
  /// of them gives one.
  ///
  /// - Parameter order: Any number.
  public init?(order: Int) {
    guard order > 0 else { return nil }
    let doublings = order.trailingZeroBitCount
    if order == 1 << doublings {
      self = .sylvester(order: order)
      return
    }
    guard doublings >= 2 else { return nil }
    for kept in 2...doublings {
      let doubled = 1 << (doublings - kept)
      guard let core = Self.core(order / doubled) else { continue }
      self = doubled == 1 ? core : .product(.sylvester(order: doubled), core)
      return
    }
    return nil
  }

  /// The orders in a range for which there is a construction.
  ///
  /// - Parameter range: Any numbers.
  /// - Returns: The orders, ascending.
  public static func orders(in range: ClosedRange<Int>) -> [Int] {
    range.filter { HadamardConstruction(order: $0) != nil }
  }

  /// The nearest orders around a number for which there is a construction.
  ///
  /// - Parameter number: Any number.
  /// - Returns: The largest order not above it, nil below 1, and the smallest not below it.
  public static func nearestOrders(to number: Int) -> (below: Int?, above: Int) {
    var above = max(number, 1)
    while HadamardConstruction(order: above) == nil { above += 1 }
    if number < 1 { return (nil, above) }
    var below = number
    while HadamardConstruction(order: below) == nil { below -= 1 }
    return (below, above)
  }

  /// A matrix without a power of two split off.
  private static func core(_ order: Int) -> HadamardConstruction? {
    if (order - 1) % 4 == 3, FiniteField.primePower(order - 1) != nil {
      return .paleyFirst(fieldOrder: order - 1)
    }
    if (order / 2 - 1) % 4 == 1, FiniteField.primePower(order / 2 - 1) != nil {
      return .paleySecond(fieldOrder: order / 2 - 1)
    }
    for left in Divisors.all(of: order) where left % 4 == 0 && left * left <= order {
      let right = order / left
      guard right % 4 == 0, let first = core(left), let second = core(right) else { continue }
      return .product(first, second)
    }
    return nil
  }
}

extension HadamardConstruction: CustomStringConvertible {
  /// The construction as one writes it: `Sylvester 64 ⊗ Paley I (q = 11)`.
  public var description: String {
    switch self {
    case .sylvester(let order): "Sylvester \(order)"
    case .paleyFirst(let fieldOrder): "Paley I (q = \(fieldOrder))"
    case .paleySecond(let fieldOrder): "Paley II (q = \(fieldOrder))"
    case .product(let left, let right): "\(left) ⊗ \(right)"
    }
  }
}
