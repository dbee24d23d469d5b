/// A run of `Float` in memory of its own, at the start of a cache line.
///
/// What passes write into, several threads at once in different places, which an array does not
/// allow. Zeroed when made.
final class FloatBuffer {
  let count: Int
  let start: UnsafeMutablePointer<Float>

  init(count: Int) {
    self.count = count
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<Float>.stride, alignment: 64)
    start = memory.bindMemory(to: Float.self, capacity: max(1, count))
    start.initialize(repeating: 0, count: max(1, count))
  }

  deinit { start.deallocate() }

  var values: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: start, count: count)
  }

  func zero() { start.update(repeating: 0, count: count) }

  /// A copy of a part.
  func elements(_ range: Range<Int>) -> [Float] {
    withExtendedLifetime(self) { Array(UnsafeBufferPointer(rebasing: values[range])) }
  }

  /// Replaces a part by as many numbers.
  func replace(_ range: Range<Int>, with elements: [Float]) {
    precondition(range.count == elements.count, "\(elements.count) numbers for \(range)")
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
    elements.withUnsafeBufferPointer { source in
      guard let first = source.baseAddress else { return }
      (start + range.lowerBound).update(from: first, count: range.count)
    }
  }
}
