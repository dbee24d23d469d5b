/// Byte-pair encoding of a word of any length in n·log n: a linked list and a heap.
///
/// A heap entry is a rank and a place. It may have gone stale by the time it comes up; it counts if
/// the pair that stands at its place then has its rank.
package struct LongWordMerger {
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var heap: [UInt64] = []

  /// A merger with empty buffers.
  package init() {}

  /// Merges in place.
  ///
  /// - Parameters:
  ///   - symbols: The word; fewer than 2³¹ symbols.
  ///   - pairs: What merges.
  ///   - noting: Told of every pair that comes up as a candidate: its two symbols and its value.
  package mutating func merge(
    _ symbols: inout [Int32], with pairs: PairTable,
    noting: ((Int32, Int32, UInt64) -> Void)? = nil
  ) {
    let count = symbols.count
    guard count > 1 else { return }
    next = (0..<count).map { Int32($0 + 1) }
    next[count - 1] = -1
    previous = (0..<count).map { Int32($0 - 1) }
    heap.removeAll(keepingCapacity: true)
    for index in 0..<count - 1 {
      let value = pairs.value(symbols[index], symbols[index + 1])
      guard value != PairTable.none else { continue }
      noting?(symbols[index], symbols[index + 1], value)
      heap.append(Self.entry(value, at: index))
    }
    heapify()

    while let entry = popSmallest() {
      let index = Int(entry & 0xffff_ffff)
      let right = Int(next[index])
      guard symbols[index] != Self.gone, right >= 0 else { continue }
      let value = pairs.value(symbols[index], symbols[right])
      guard value != PairTable.none, value >> 32 == entry >> 32 else { continue }

      symbols[index] = Int32(truncatingIfNeeded: value)
      symbols[right] = Self.gone
      next[index] = next[right]
      if next[right] >= 0 { previous[Int(next[right])] = Int32(index) }
      for left in [Int(previous[index]), index] where left >= 0 && next[left] >= 0 {
        let neighbour = symbols[Int(next[left])]
        let value = pairs.value(symbols[left], neighbour)
        guard value != PairTable.none else { continue }
        noting?(symbols[left], neighbour, value)
        push(Self.entry(value, at: left))
      }
    }
    symbols.removeAll { $0 == Self.gone }
  }

  /// What a symbol becomes when its left neighbour has taken it; no symbol has this number.
  private static let gone: Int32 = -1

  private static func entry(_ value: UInt64, at index: Int) -> UInt64 {
    value & 0xffff_ffff_0000_0000 | UInt64(index)
  }

  private mutating func heapify() {
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(from: index) }
  }

  private mutating func popSmallest() -> UInt64? {
    guard let last = heap.popLast() else { return nil }
    guard let first = heap.first else { return last }
    heap[0] = last
    siftDown(from: 0)
    return first
  }

  private mutating func push(_ entry: UInt64) {
    heap.append(entry)
    heap.withUnsafeMutableBufferPointer { heap in
      var child = heap.count - 1
      while child > 0 {
        let parent = (child - 1) / 2
        guard entry < heap[parent] else { break }
        heap[child] = heap[parent]
        child = parent
      }
      heap[child] = entry
    }
  }

  private mutating func siftDown(from start: Int) {
    heap.withUnsafeMutableBufferPointer { heap in
      let entry = heap[start]
      var parent = start
      while true {
        var child = parent * 2 + 1
        guard child < heap.count else { break }
        if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
        guard heap[child] < entry else { break }
        heap[parent] = heap[child]
        parent = child
      }
      heap[parent] = entry
    }
  }
}
