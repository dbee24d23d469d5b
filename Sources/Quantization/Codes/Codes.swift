/// The integers of a quantized matrix, one byte each, read as `Int`.
///
/// Up to eight bits fit a byte whether signed or not; ``isSigned`` says how to read it. Two lists of
/// codes are equal when they hold the same integers, however they are stored.
public struct Codes: Hashable, Sendable {
  /// The bytes; signed codes in two's complement.
  public let bytes: [UInt8]
  /// Whether a byte above 127 stands for a negative integer.
  public let isSigned: Bool

  /// Codes from their bytes.
  ///
  /// - Parameters:
  ///   - bytes: One byte a code.
  ///   - isSigned: Whether the bytes are two's complement.
  public init(bytes: [UInt8], isSigned: Bool) {
    self.bytes = bytes
    self.isSigned = isSigned
  }

  /// Signed codes.
  public init(_ codes: [Int8]) {
    self.init(bytes: codes.map { UInt8(bitPattern: $0) }, isSigned: true)
  }

  /// Unsigned codes.
  public init(_ codes: [UInt8]) {
    self.init(bytes: codes, isSigned: false)
  }

  /// Codes from integers that fit a byte (a precondition).
  ///
  /// - Parameters:
  ///   - codes: The integers, −128 to 127 or 0 to 255.
  ///   - isSigned: Which of the two.
  public init(_ codes: some Sequence<Int>, isSigned: Bool) {
    let allowed = isSigned ? -128...127 : 0...255
    self.init(
      bytes: codes.map { code in
        precondition(allowed.contains(code), "a code fits a byte")
        return UInt8(truncatingIfNeeded: code)
      }, isSigned: isSigned)
  }

  /// The bytes as signed integers, for files that store them so.
  public var signedBytes: [Int8] { bytes.map { Int8(bitPattern: $0) } }

  /// The integer that a byte stands for.
  @inlinable
  public static func integer(of byte: UInt8, isSigned: Bool) -> Int {
    isSigned ? Int(Int8(bitPattern: byte)) : Int(byte)
  }
}

extension Codes {
  /// Whether two lists hold the same integers.
  ///
  /// - Parameters:
  ///   - left: One list.
  ///   - right: Another.
  /// - Returns: True also when one is stored signed and the other is not, if no code shows it.
  public static func == (left: Codes, right: Codes) -> Bool {
    guard left.bytes == right.bytes else { return false }
    return left.isSigned == right.isSigned || left.bytes.allSatisfy { $0 < 128 }
  }

  /// Feeds the integers, not how they are stored.
  ///
  /// - Parameter hasher: What to feed.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
  }
}

extension Codes: RandomAccessCollection {
  /// Always 0.
  public var startIndex: Int { 0 }

  /// The number of codes.
  public var endIndex: Int { bytes.count }

  /// The code at a position.
  public subscript(position: Int) -> Int {
    Self.integer(of: bytes[position], isSigned: isSigned)
  }
}

extension Codes: ExpressibleByArrayLiteral {
  /// Codes as written: signed as soon as one is negative.
  public init(arrayLiteral elements: Int...) {
    self.init(elements, isSigned: elements.contains { $0 < 0 })
  }
}

extension Codes: CustomStringConvertible {
  /// The codes as an array prints: `[7, 0, -3]`.
  public var description: String { Array(self).description }
}
