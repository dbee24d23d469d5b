internal import Glibc

/// Byte strings, numbered from 0, that are found by their bytes.
///
/// Not a dictionary of `String`: two Swift strings are equal where they are canonically equivalent,
/// and a vocabulary may well hold "é" as one scalar and as two, under different ids.
///
/// Sendable although it holds pointers: nothing is written once the table has been handed on.
package final class ByteStringTable: @unchecked Sendable {
  private var bytes: UnsafeMutablePointer<UInt8>
  private var byteCapacity: Int
  private var starts: [Int] = [0]
  private var slots: UnsafeMutablePointer<Int32>
  private var mask: Int
  private let seed = UInt64.random(in: .min ... .max)

  package init(capacity: Int = 16) {
    let slotCount = powerOfTwo(atLeast: max(capacity, 8) * 2)
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: -1, count: slotCount)
    mask = slotCount - 1
    byteCapacity = max(capacity, 8) * 8
    bytes = .allocate(capacity: byteCapacity)
    starts.reserveCapacity(capacity + 1)
  }

  deinit {
    slots.deallocate()
    bytes.deallocate()
  }

  /// How many strings there are.
  package var count: Int { starts.count - 1 }

  /// The bytes of one string.
  @inline(__always)
  package subscript(index: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      start: bytes + starts[index], count: starts[index + 1] - starts[index])
  }

  /// The number of a string, or nil.
  @inline(__always)
  func index(of key: UnsafePointer<UInt8>, count: Int) -> Int? {
    var slot = Int(truncatingIfNeeded: hashOfBytes(key, count, seed: seed)) & mask
    while true {
      let candidate = Int(slots[slot])
      if candidate < 0 { return nil }
      let start = starts[candidate]
      if starts[candidate + 1] - start == count, memcmp(bytes + start, key, count) == 0 {
        return candidate
      }
      slot = (slot + 1) & mask
    }
  }

  /// The number of a string, or nil.
  package func index(of key: some Sequence<UInt8>) -> Int? {
    withBytes(of: key) { buffer in
      buffer.baseAddress.flatMap { index(of: $0, count: buffer.count) }
    }
  }

  /// Adds a string under the next number, or says under which it is there already.
  package func insert(_ key: some Sequence<UInt8>) -> (index: Int, isNew: Bool) {
    withBytes(of: key) { insert($0) }
  }

  /// Adds a string under the next number, or says under which it is there already.
  func insert(_ key: UnsafeBufferPointer<UInt8>) -> (index: Int, isNew: Bool) {
    if let base = key.baseAddress, let found = index(of: base, count: key.count) {
      return (found, false)
    }
    let start = starts[count]
    if start + key.count > byteCapacity {
      let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: (start + key.count) * 2)
      grown.update(from: bytes, count: start)
      bytes.deallocate()
      bytes = grown
      byteCapacity = (start + key.count) * 2
    }
    if let base = key.baseAddress { (bytes + start).update(from: base, count: key.count) }
    starts.append(start + key.count)
    if count * 2 > mask { rebuild(slotCount: (mask + 1) * 2) } else { place(count - 1) }
    return (count - 1, true)
  }

  private func rebuild(slotCount: Int) {
    slots.deallocate()
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: -1, count: slotCount)
    mask = slotCount - 1
    for index in 0..<count { place(index) }
  }

  private func place(_ index: Int) {
    let key = bytes + starts[index]
    let length = starts[index + 1] - starts[index]
    var slot = Int(truncatingIfNeeded: hashOfBytes(key, length, seed: seed)) & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(truncatingIfNeeded: index)
  }
}

/// The smallest power of two that is not below a number.
func powerOfTwo(atLeast number: Int) -> Int {
  number <= 1 ? 1 : 1 << (Int.bitWidth - (number - 1).leadingZeroBitCount)
}

/// Lends bytes that may not be contiguous; the address is never nil.
@inline(__always)
func withBytes<Result>(
  of bytes: some Sequence<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
) -> Result {
  if let result = bytes.withContiguousStorageIfAvailable({ $0.baseAddress == nil ? nil : body($0) }
  ),
    let result
  {
    return result
  }
  var copy = Array(bytes)
  let count = copy.count
  if copy.isEmpty { copy = [0] }  // an address to point at
  return copy.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[..<count])) }
}
