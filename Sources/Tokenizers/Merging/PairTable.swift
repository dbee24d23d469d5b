/// What two neighbours become, and how early: (left, right) to (rank, result).
///
/// A symbol is the id of a token, or negative for a character that is no token of its own
/// (see ``loneSymbol(_:)``).
///
/// Sendable although it holds pointers: nothing is written once the table has been handed on.
package final class PairTable: @unchecked Sendable {
  /// What is returned for two symbols that do not merge; larger than every rank.
  package static let none = UInt64.max

  private struct Slot {
    var key: UInt64
    var value: UInt64
  }

  private static let emptyKey = UInt64.max

  private var slots: UnsafeMutablePointer<Slot>
  private var mask: Int
  package private(set) var count = 0

  package init(capacity: Int) {
    let slotCount = powerOfTwo(atLeast: max(capacity, 8) * 2)
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: Slot(key: Self.emptyKey, value: 0), count: slotCount)
    mask = slotCount - 1
  }

  deinit { slots.deallocate() }

  /// The rank in the upper half, the result in the lower, or ``none``.
  @inline(__always)
  package func value(_ left: Int32, _ right: Int32) -> UInt64 {
    let key = Self.key(left, right)
    var slot = Self.home(key) & mask
    while true {
      let candidate = slots[slot]
      if candidate.key == key { return candidate.value }
      if candidate.key == Self.emptyKey { return Self.none }
      slot = (slot + 1) & mask
    }
  }

  /// Every pair with its rank and result, in no order of meaning.
  var entries: [(left: Int32, right: Int32, rank: UInt32, result: Int32)] {
    (0...mask).compactMap { index in
      let slot = slots[index]
      guard slot.key != Self.emptyKey else { return nil }
      return (
        Int32(truncatingIfNeeded: slot.key >> 32), Int32(truncatingIfNeeded: slot.key),
        UInt32(slot.value >> 32), Int32(truncatingIfNeeded: slot.value)
      )
    }
  }

  /// Adds a pair; false where it is there already, and then nothing changes.
  package func insert(_ left: Int32, _ right: Int32, rank: UInt32, result: Int32) -> Bool {
    guard value(left, right) == Self.none else { return false }
    count += 1
    if count * 2 > mask { grow() }
    place(
      Slot(key: Self.key(left, right), value: UInt64(rank) << 32 | UInt64(UInt32(result))))
    return true
  }

  private func grow() {
    let old = slots
    let oldCount = mask + 1
    slots = .allocate(capacity: oldCount * 2)
    slots.initialize(repeating: Slot(key: Self.emptyKey, value: 0), count: oldCount * 2)
    mask = oldCount * 2 - 1
    for index in 0..<oldCount where old[index].key != Self.emptyKey { place(old[index]) }
    old.deallocate()
  }

  private func place(_ entry: Slot) {
    var slot = Self.home(entry.key) & mask
    while slots[slot].key != Self.emptyKey { slot = (slot + 1) & mask }
    slots[slot] = entry
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private static func home(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: mixed(key))
  }
}

/// The symbol of a character that is no token of its own.
///
/// From -2 downwards, so that no pair has the key that marks an empty slot.
@inline(__always)
package func loneSymbol(_ scalar: UInt32) -> Int32 { -2 - Int32(bitPattern: scalar) }

/// The character of a negative symbol.
@inline(__always)
package func loneScalar(_ symbol: Int32) -> UInt32 { UInt32(bitPattern: -2 - symbol) }
