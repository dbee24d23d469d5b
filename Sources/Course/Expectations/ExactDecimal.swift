/// A decimal number of any length: what a person wrote, or exactly what a float holds.
///
/// Whether `42.49999919` may be written `42.5` is a question about decimal digits. Asked in
/// binary arithmetic it would be rounded twice; here nothing is rounded until the one rounding
/// asked for. Numbers are kept without leading and trailing zeros, so equal numbers have equal
/// parts; zero keeps its sign.
public struct ExactDecimal: Hashable, Sendable {
  /// A minus stands before it; possible for zero too.
  public let isNegative: Bool
  /// Digits from the first to the last that is not zero; empty for zero.
  let digits: [UInt8]
  /// The power of ten of the last digit.
  let exponent: Int

  /// A number from its digits, first digit first, and the power of ten of the last one.
  init(isNegative: Bool, digits: [UInt8], exponent: Int) {
    let start = digits.firstIndex { $0 != 0 } ?? digits.endIndex
    let end = digits.lastIndex { $0 != 0 }.map { $0 + 1 } ?? start
    self.isNegative = isNegative
    self.digits = Array(digits[start..<max(start, end)])
    self.exponent = start == digits.endIndex ? 0 : exponent + digits.count - end
  }

  /// An integer.
  public init(_ integer: Int) {
    self.init(
      isNegative: integer < 0, digits: String(integer.magnitude).utf8.map { $0 - 0x30 },
      exponent: 0)
  }

  static let zero = ExactDecimal(isNegative: false, digits: [], exponent: 0)

  /// Whether it is zero, of either sign.
  public var isZero: Bool { digits.isEmpty }

  /// Whether it has nothing behind the point.
  var isInteger: Bool { exponent >= 0 }

  /// The power of ten of the first digit; 0 for zero.
  var leadingPlace: Int { isZero ? 0 : exponent + digits.count - 1 }

  var magnitude: ExactDecimal {
    ExactDecimal(isNegative: false, digits: digits, exponent: exponent)
  }

  var negated: ExactDecimal {
    ExactDecimal(isNegative: !isNegative, digits: digits, exponent: exponent)
  }

  /// The number times a power of ten.
  func shifted(by places: Int) -> ExactDecimal {
    ExactDecimal(isNegative: isNegative, digits: digits, exponent: exponent + places)
  }

  // MARK: - Rounding

  /// The number rounded to the given place, ties to even: place -2 keeps two decimals.
  func rounded(toPlace place: Int) -> ExactDecimal {
    guard !isZero, exponent < place else { return self }
    let dropped = place - exponent
    guard dropped <= digits.count else {
      return ExactDecimal(isNegative: isNegative, digits: [], exponent: 0)
    }
    var kept = Array(digits.dropLast(dropped))
    let rest = digits.suffix(dropped)
    let first = rest.first ?? 0
    let isTie = first == 5 && rest.count == 1  // digits end in a nonzero one
    let isOdd = (kept.last ?? 0) % 2 == 1
    if first > 5 || first == 5 && (!isTie || isOdd) {
      kept = Self.adding(kept, [1])
    }
    return ExactDecimal(isNegative: isNegative, digits: kept, exponent: place)
  }

  /// The number rounded to that many significant digits, ties to even.
  func rounded(significant count: Int) -> ExactDecimal {
    isZero ? self : rounded(toPlace: leadingPlace - count + 1)
  }

  /// The number rounded as precisely as something was written.
  func rounded(to precision: WrittenNumber.Precision) -> ExactDecimal {
    switch precision {
    case .exact: self
    case .decimals(let count): rounded(toPlace: -count)
    case .significant(let count): rounded(significant: count)
    }
  }

  // MARK: - Comparison and arithmetic

  /// Negative, zero or positive as the number is less than, equal to or greater than another.
  ///
  /// Zeros of both signs are equal.
  func compared(to other: ExactDecimal) -> Int {
    if isZero, other.isZero { return 0 }
    if isZero { return other.isNegative ? 1 : -1 }
    if other.isZero { return isNegative ? -1 : 1 }
    guard isNegative == other.isNegative else { return isNegative ? -1 : 1 }
    let size = comparedMagnitude(to: other)
    return isNegative ? -size : size
  }

  private func comparedMagnitude(to other: ExactDecimal) -> Int {
    guard leadingPlace == other.leadingPlace else {
      return leadingPlace < other.leadingPlace ? -1 : 1
    }
    for index in 0..<max(digits.count, other.digits.count) {
      let mine = index < digits.count ? digits[index] : 0
      let theirs = index < other.digits.count ? other.digits[index] : 0
      if mine != theirs { return mine < theirs ? -1 : 1 }
    }
    return 0
  }

  /// The distance to another number, never negative.
  func distance(to other: ExactDecimal) -> ExactDecimal {
    let place = min(exponent, other.exponent)
    let mine = padded(to: place)
    let theirs = other.padded(to: place)
    guard isNegative == other.isNegative || isZero || other.isZero else {
      return ExactDecimal(
        isNegative: false, digits: Self.adding(mine, theirs), exponent: place)
    }
    let isLarger = magnitude.compared(to: other.magnitude) >= 0
    return ExactDecimal(
      isNegative: false,
      digits: isLarger
        ? Self.subtracting(theirs, from: mine) : Self.subtracting(mine, from: theirs),
      exponent: place)
  }

  /// The product with another number.
  func multiplied(by other: ExactDecimal) -> ExactDecimal {
    var product = [Int](repeating: 0, count: digits.count + other.digits.count)
    for (row, mine) in digits.enumerated() {
      for (column, theirs) in other.digits.enumerated() {
        product[row + column + 1] += Int(mine) * Int(theirs)
      }
    }
    var carry = 0
    for index in product.indices.reversed() {
      let sum = product[index] + carry
      product[index] = sum % 10
      carry = sum / 10
    }
    return ExactDecimal(
      isNegative: isNegative != other.isNegative, digits: product.map(UInt8.init),
      exponent: exponent + other.exponent)
  }

  private func padded(to place: Int) -> [UInt8] {
    isZero ? [] : digits + [UInt8](repeating: 0, count: exponent - place)
  }

  private static func adding(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
    var sum: [UInt8] = []
    var carry: UInt8 = 0
    for index in 0..<max(first.count, second.count) {
      let digit = digit(index, of: first) + digit(index, of: second) + carry
      sum.append(digit % 10)
      carry = digit / 10
    }
    if carry > 0 { sum.append(carry) }
    return sum.reversed()
  }

  private static func subtracting(_ small: [UInt8], from large: [UInt8]) -> [UInt8] {
    var difference: [UInt8] = []
    var borrow: UInt8 = 0
    for index in 0..<large.count {
      let taken = digit(index, of: small) + borrow
      let available = digit(index, of: large)
      borrow = available < taken ? 1 : 0
      difference.append(available + borrow * 10 - taken)
    }
    return difference.reversed()
  }

  /// A digit counted from the last.
  private static func digit(_ index: Int, of digits: [UInt8]) -> UInt8 {
    index < digits.count ? digits[digits.count - 1 - index] : 0
  }
}
