/// What an encoding keeps from one word to the next, and from one text to the next.
final class EncodingState {
  /// Words of at most so many symbols merge without a heap.
  static let shortWord = 40

  let cache = WordCache()
  var symbols: [Int32] = []
  var longWords = LongWordMerger()
  let values = UnsafeMutablePointer<UInt64>.allocate(capacity: shortWord)

  init() { values.initialize(repeating: 0, count: Self.shortWord) }

  deinit { values.deallocate() }
}
