internal import Glibc

/// Words already encoded, and their ids.
///
/// It forgets everything when it is full: words of natural text come back soon.
final class WordCache {
  /// The longest word that is kept, in bytes.
  static let longestWord = 128
  private static let mostWords = 1 << 16

  private struct Slot {
    var hash: UInt64 = 0
    var key: UInt32 = 0
    var value: Int32 = 0  // the id itself where there is one, else where the ids begin
    var keyLength: UInt16 = 0  // 0: empty
    var count: UInt16 = 0
  }

  private var slots: UnsafeMutablePointer<Slot>
  private var mask: Int
  private var words = 0
  private var keys: [UInt8] = []
  private var ids: [Int32] = []
  private let seed = UInt64.random(in: .min ... .max)

  init() {
    slots = .allocate(capacity: 1024)
    slots.initialize(repeating: Slot(), count: 1024)
    mask = 1023
  }

  deinit { slots.deallocate() }

  /// The hash under which a word is kept.
  @inline(__always)
  func hash(_ word: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    hashOfBytes(word, count, seed: seed)
  }

  /// Appends a word's ids, if it is known.
  @inline(__always)
  func append(
    _ word: UnsafePointer<UInt8>, _ count: Int, hash: UInt64, to result: inout [Int]
  ) -> Bool {
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[index]
      if slot.keyLength == 0 { return false }
      if slot.hash == hash, Int(slot.keyLength) == count, matches(word, count, at: slot.key) {
        if slot.count == 1 {
          result.append(Int(slot.value))
        } else {
          let start = Int(slot.value)
          for place in start..<start + Int(slot.count) { result.append(Int(ids[place])) }
        }
        return true
      }
      index = (index + 1) & mask
    }
  }

  /// Keeps a word of 1 to ``longestWord`` bytes with its ids.
  func insert(_ word: UnsafePointer<UInt8>, _ count: Int, hash: UInt64, ids added: ArraySlice<Int>)
  {
    if words >= Self.mostWords { forget() }
    if (words + 1) * 2 > mask { grow() }
    var slot = Slot(hash: hash, key: UInt32(keys.count), keyLength: UInt16(count))
    slot.count = UInt16(added.count)
    keys.append(contentsOf: UnsafeBufferPointer(start: word, count: count))
    if added.count == 1, let id = added.first {
      slot.value = Int32(truncatingIfNeeded: id)
    } else {
      slot.value = Int32(ids.count)
      for id in added { ids.append(Int32(truncatingIfNeeded: id)) }
    }
    place(slot)
    words += 1
  }

  @inline(__always)
  private func matches(_ word: UnsafePointer<UInt8>, _ count: Int, at key: UInt32) -> Bool {
    keys.withUnsafeBufferPointer { keys in
      keys.baseAddress.map { memcmp($0 + Int(key), word, count) == 0 } ?? false
    }
  }

  private func place(_ slot: Slot) {
    var index = Int(truncatingIfNeeded: slot.hash) & mask
    while slots[index].keyLength != 0 { index = (index + 1) & mask }
    slots[index] = slot
  }

  private func grow() {
    let old = slots
    let oldCount = mask + 1
    slots = .allocate(capacity: oldCount * 2)
    slots.initialize(repeating: Slot(), count: oldCount * 2)
    mask = oldCount * 2 - 1
    for index in 0..<oldCount where old[index].keyLength != 0 { place(old[index]) }
    old.deallocate()
  }

  private func forget() {
    slots.update(repeating: Slot(), count: mask + 1)
    words = 0
    keys.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
  }
}
