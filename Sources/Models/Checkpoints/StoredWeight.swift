internal import Tensors

/// A weight's elements in memory that somebody else keeps.
public struct StoredWeight: @unchecked Sendable {
  // Sendable although it holds a pointer: the memory is never written and `owner` keeps it.
  /// The types whose elements are used as they are stored.
  public enum Element: Int32, Sendable {
    /// Single precision.
    case float32 = 0
    /// Half precision.
    case float16 = 1
    /// The upper half of single precision.
    case bfloat16 = 2

    /// The bytes of one element.
    public var bytes: Int { self == .float32 ? 4 : 2 }
  }

  let element: Element
  let start: UnsafeRawPointer
  let byteCount: Int
  private let owner: any Sendable

  /// Describes elements in memory.
  ///
  /// - Parameters:
  ///   - bytes: The elements, little-endian, row after row, at any address; single precision at one
  ///     that four divides.
  ///   - element: Their type.
  ///   - owner: What keeps the memory; held as long as the weight is.
  public init(bytes: UnsafeRawBufferPointer, element: Element, owner: any Sendable) {
    precondition(
      element != .float32 || UInt(bitPattern: bytes.baseAddress) % 4 == 0,
      "single-precision numbers at an address that four does not divide")
    self.element = element
    start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
    byteCount = bytes.count
    self.owner = owner
  }
}

extension StoredWeight {
  /// Floats as elements of sixteen bits, in memory of their own; nil where a number would change.
  init?(_ values: [Float], exactlyAs element: Element) {
    guard let type = element.sixteenBits else { return nil }
    let owner = OwnedHalves(HalfPrecision.narrow(values, as: type))
    var back = [Float](repeating: 0, count: values.count)
    back.withUnsafeMutableBufferPointer { HalfPrecision.widen(owner.bytes, as: type, into: $0) }
    // By their bits, so that a NaN is the same as itself.
    guard zip(values, back).allSatisfy({ $0.bitPattern == $1.bitPattern }) else { return nil }
    self.init(bytes: owner.bytes, element: element, owner: owner)
  }
}

extension StoredWeight.Element {
  fileprivate var sixteenBits: TensorType? {
    switch self {
    case .float32: nil
    case .float16: .float16
    case .bfloat16: .bfloat16
    }
  }
}

/// Numbers of sixteen bits in memory of their own, at the beginning of a cache line.
private final class OwnedHalves: @unchecked Sendable {
  // Sendable although it holds a pointer: nothing writes after `init`.
  let bytes: UnsafeRawBufferPointer

  init(_ values: [UInt16]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(2, values.count * 2), alignment: 64)
    values.withUnsafeBytes { copy.copyMemory(from: $0) }
    bytes = UnsafeRawBufferPointer(rebasing: copy[0..<values.count * 2])
  }

  deinit { bytes.deallocate() }
}
