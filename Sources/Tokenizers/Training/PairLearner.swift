/// The loop of BPE training, with counts that are kept up to date merge by merge.
struct PairLearner {
  /// A pair as it was counted when it was put in the queue.
  private struct Candidate {
    let count: Int
    let pair: UInt64

    /// The more frequent first, then the smaller left id, then the smaller right id.
    func goesBefore(_ other: Self) -> Bool {
      count != other.count ? count > other.count : pair < other.pair
    }
  }

  /// The tokens so far, as the vocabulary writes them.
  private(set) var tokens: [[UInt8]] = []
  /// The merges so far: two ids each.
  private(set) var merges: [(left: Int, right: Int)] = []

  private let ids = ByteStringTable(capacity: 1024)
  private var byteIDs = [Int32](repeating: 0, count: 256)
  private var words: [[Int32]] = []
  private var wordCounts: [Int] = []
  private var pairCounts: [UInt64: Int] = [:]
  /// The words in which a pair stands or stood.
  private var places: [UInt64: [Int32]] = [:]
  private var queue: [Candidate] = []
  private var visited: [Int32] = []

  init(specialTokens: [String]) {
    for token in specialTokens { _ = add(Array(token.utf8)) }
    for byte in ByteAlphabet.bytesInOrder {
      byteIDs[Int(byte)] = add(ByteAlphabet.text(of: CollectionOfOne(byte)))
    }
  }

  private mutating func add(_ token: [UInt8]) -> Int32 {
    let (index, isNew) = ids.insert(token)
    if isNew { tokens.append(token) }
    return Int32(index)
  }

  mutating func addWord(_ word: UnsafeBufferPointer<UInt8>, count: Int) {
    let symbols = word.map { byteIDs[Int($0)] }
    let index = Int32(words.count)
    words.append(symbols)
    wordCounts.append(count)
    visited.append(-1)
    for (left, right) in zip(symbols, symbols.dropFirst()) {
      let pair = Self.pair(left, right)
      pairCounts[pair, default: 0] += count
      if places[pair]?.last != index { places[pair, default: []].append(index) }
    }
  }

  mutating func learn(upTo size: Int, minimumCount: Int) {
    for (pair, count) in pairCounts { push(Candidate(count: count, pair: pair)) }
    while tokens.count < size, let best = pop() {
      let count = pairCounts[best.pair] ?? 0
      guard count == best.count else {  // it has changed since it was put in
        if count > 0 { push(Candidate(count: count, pair: best.pair)) }
        continue
      }
      guard count >= minimumCount else { break }
      merge(best.pair)
    }
  }

  /// Makes a token of a pair, in all words in which it stands.
  private mutating func merge(_ pair: UInt64) {
    let left = Int32(truncatingIfNeeded: pair >> 32)
    let right = Int32(truncatingIfNeeded: pair)
    // Another pair may have made the same token before: then it has two ways to come about.
    let result = add(tokens[Int(left)] + tokens[Int(right)])
    merges.append((Int(left), Int(right)))
    let round = Int32(merges.count)
    var grown: Set<UInt64> = []
    for index in places.removeValue(forKey: pair) ?? [] where visited[Int(index)] != round {
      visited[Int(index)] = round
      replace(left, right, by: result, inWord: Int(index), &grown)
    }
    pairCounts[pair] = nil
    for pair in grown {
      if let count = pairCounts[pair], count > 0 { push(Candidate(count: count, pair: pair)) }
    }
  }

  private mutating func replace(
    _ left: Int32, _ right: Int32, by result: Int32, inWord index: Int, _ grown: inout Set<UInt64>
  ) {
    let old = words[index]
    var new: [Int32] = []
    new.reserveCapacity(old.count)
    var place = 0
    while place < old.count {
      if old[place] == left, place + 1 < old.count, old[place + 1] == right {
        new.append(result)
        place += 2
      } else {
        new.append(old[place])
        place += 1
      }
    }
    guard new.count < old.count else { return }
    let count = wordCounts[index]
    for (left, right) in zip(old, old.dropFirst()) {
      pairCounts[Self.pair(left, right), default: 0] -= count
    }
    for (left, right) in zip(new, new.dropFirst()) {
      let pair = Self.pair(left, right)
      pairCounts[pair, default: 0] += count
      guard left == result || right == result else { continue }
      grown.insert(pair)
      if places[pair]?.last != Int32(index) { places[pair, default: []].append(Int32(index)) }
    }
    words[index] = new
  }

  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  // MARK: - The queue: a binary heap

  private mutating func push(_ candidate: Candidate) {
    queue.append(candidate)
    var child = queue.count - 1
    while child > 0, queue[child].goesBefore(queue[(child - 1) / 2]) {
      queue.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() -> Candidate? {
    guard let last = queue.popLast() else { return nil }
    guard let first = queue.first else { return last }
    queue[0] = last
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < queue.count else { return first }
      if child + 1 < queue.count, queue[child + 1].goesBefore(queue[child]) { child += 1 }
      guard queue[child].goesBefore(queue[parent]) else { return first }
      queue.swapAt(child, parent)
      parent = child
    }
  }
}
