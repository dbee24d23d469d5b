/// Memory for floats that is kept from call to call and grows when it must.
final class FloatBuffer {
  private(set) var start: UnsafeMutablePointer<Float>
  private var capacity: Int

  init() {
    capacity = 0
    start = Self.allocate(0)
  }

  deinit { start.deallocate() }

  /// Room for a number of floats, with undefined contents.
  func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
    if count > capacity {
      start.deallocate()
      start = Self.allocate(count)
      capacity = count
    }
    return start
  }

  /// Whole cache lines, so that vectors do not straddle two.
  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer.allocate(byteCount: max(64, count * 4), alignment: 64)
      .bindMemory(to: Float.self, capacity: max(16, count))
  }
}
