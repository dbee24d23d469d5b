/// The integers a code may be: 1 to 8 bits, unsigned, signed, or signed without the lowest.
///
/// A byte has 256 codes either way; the grid says which integers they are called. The restricted
/// form gives up the most negative integer so that the grid mirrors around zero.
@frozen
public struct IntegerGrid: Hashable, Sendable {
  /// The width of a code, 1 to 8.
  public let bits: Int
  /// Whether half of the integers are negative.
  public let isSigned: Bool
  /// Whether the most negative integer is left unused: −127 to 127 for eight bits.
  public let isRestricted: Bool

  @inlinable
  init(uncheckedBits bits: Int, isSigned: Bool, isRestricted: Bool) {
    self.bits = bits
    self.isSigned = isSigned
    self.isRestricted = isRestricted
  }

  /// A grid from numbers that came from outside: a file or a command line.
  ///
  /// - Parameters:
  ///   - bits: 1 to 8; at least 2 for the restricted grid, which would have one integer otherwise.
  ///   - signed: Whether half of the integers are negative.
  ///   - restricted: Whether to leave the most negative integer out; unsigned grids ignore it.
  /// - Throws: `GridError.bits`.
  public init(
    validatingBits bits: Int, signed: Bool, restricted: Bool = false
  ) throws(GridError) {
    let isRestricted = signed && restricted
    let supported = (isRestricted ? 2 : 1)...8
    guard supported.contains(bits) else { throw .bits(bits, supported: supported) }
    self.init(uncheckedBits: bits, isSigned: signed, isRestricted: isRestricted)
  }

  /// Returns the integers 0 to 2ᵇ − 1.
  ///
  /// - Parameter bits: The width b, 1 to 8.
  /// - Returns: The grid of that width.
  @inlinable
  public static func unsigned(bits: Int) -> IntegerGrid {
    precondition(bits >= 1 && bits <= 8, "an integer grid has 1 to 8 bits")
    return IntegerGrid(uncheckedBits: bits, isSigned: false, isRestricted: false)
  }

  /// Returns the integers −2ᵇ⁻¹ to 2ᵇ⁻¹ − 1, or −(2ᵇ⁻¹ − 1) to 2ᵇ⁻¹ − 1 when restricted.
  ///
  /// - Parameters:
  ///   - bits: The width b, 1 to 8; at least 2 when restricted.
  ///   - restricted: Whether to leave the most negative integer out.
  /// - Returns: The grid of that width.
  @inlinable
  public static func signed(bits: Int, restricted: Bool = false) -> IntegerGrid {
    precondition(
      bits >= (restricted ? 2 : 1) && bits <= 8,
      "a signed grid has 1 to 8 bits, a restricted one 2 to 8")
    return IntegerGrid(uncheckedBits: bits, isSigned: true, isRestricted: restricted)
  }

  /// The smallest integer of the grid.
  @inlinable
  public var lowest: Int {
    isSigned ? (isRestricted ? 1 : 0) - (1 << (bits - 1)) : 0
  }

  /// The largest integer of the grid.
  @inlinable
  public var highest: Int {
    isSigned ? (1 << (bits - 1)) - 1 : (1 << bits) - 1
  }

  /// How many integers there are: 2ᵇ, or one less when restricted.
  @inlinable
  public var count: Int { highest - lowest + 1 }

  /// The integers, in order.
  @inlinable
  public var range: ClosedRange<Int> { lowest...highest }
}

extension IntegerGrid: CustomStringConvertible {
  /// The name and the integers, such as `int4 restricted (-7...7)`.
  public var description: String {
    "\(isSigned ? "int" : "uint")\(bits)\(isRestricted ? " restricted" : "") "
      + "(\(lowest)...\(highest))"
  }
}
