/// What one fast pass over numbers finds: their range, and how many are not numbers at all.
///
/// The first thing to know of a tensor: a single NaN or infinity makes every scale computed from
/// it meaningless.
public struct ValueScan: Equatable, Sendable {
  /// How many numbers were looked at.
  public private(set) var count = 0
  /// How many of them are NaN.
  public private(set) var notANumberCount = 0
  /// How many of them are infinite, with either sign.
  public private(set) var infinityCount = 0
  /// The smallest and the largest finite number; nil where there is none.
  public private(set) var extent: ClosedRange<Float>?

  /// Makes the scan of no numbers.
  public init() {}

  /// Makes the scan of some numbers.
  ///
  /// - Parameter values: The numbers.
  public init(of values: some FloatValues) {
    add(values)
  }

  /// The smallest finite number; nil where there is none.
  public var minimum: Float? { extent?.lowerBound }

  /// The largest finite number; nil where there is none.
  public var maximum: Float? { extent?.upperBound }

  /// The largest finite absolute value; nil where there is no finite number.
  public var largestMagnitude: Float? {
    extent.map { max(abs($0.lowerBound), abs($0.upperBound)) }
  }

  /// Whether every number is finite.
  public var isFinite: Bool { notANumberCount == 0 && infinityCount == 0 }

  /// Takes in the scan of other numbers.
  ///
  /// - Parameter other: Their scan.
  public mutating func merge(_ other: ValueScan) {
    count += other.count
    notANumberCount += other.notANumberCount
    infinityCount += other.infinityCount
    guard let otherExtent = other.extent else { return }
    guard let own = extent else {
      extent = otherExtent
      return
    }
    extent =
      min(own.lowerBound, otherExtent.lowerBound)...max(own.upperBound, otherExtent.upperBound)
  }

  /// Adds numbers to those already looked at.
  ///
  /// Works on the bits as integers, because a loop over floating-point minima cannot be vectorized
  /// without giving up what NaN means. A block with anything not finite in it is done again plainly.
  ///
  /// - Parameter values: The numbers.
  public mutating func add(_ values: some FloatValues) {
    values.withFloats { buffer in
      let blockSize = 4_096
      for start in stride(from: 0, to: buffer.count, by: blockSize) {
        let end = min(start + blockSize, buffer.count)
        let block = UnsafeBufferPointer(rebasing: buffer[start..<end])
        if !addFinite(block) { addPlainly(block) }
      }
    }
  }

  /// Adds a block if all of it is finite, and says whether it was.
  private mutating func addFinite(_ block: UnsafeBufferPointer<Float>) -> Bool {
    var lowest = Int32.max
    var highest = Int32.min
    var largest: Int32 = 0
    for value in block {
      let bits = Int32(bitPattern: value.bitPattern)
      let magnitude = bits & 0x7fff_ffff
      // Negative numbers order the other way round: flip all bits below their sign.
      let key = bits ^ ((bits >> 31) & 0x7fff_ffff)
      lowest = min(lowest, key)
      highest = max(highest, key)
      largest = max(largest, magnitude)
    }
    guard largest < 0x7f80_0000 else { return false }
    var scan = ValueScan()
    scan.count = block.count
    scan.extent = Self.value(ofKey: lowest)...Self.value(ofKey: highest)
    merge(scan)
    return true
  }

  /// Adds numbers one by one, whatever they are: the reference for the fast pass.
  mutating func addPlainly(_ block: UnsafeBufferPointer<Float>) {
    for value in block {
      count += 1
      if value.isNaN {
        notANumberCount += 1
      } else if value.isInfinite {
        infinityCount += 1
      } else if let own = extent {
        extent = min(own.lowerBound, value)...max(own.upperBound, value)
      } else {
        extent = value...value
      }
    }
  }

  private static func value(ofKey key: Int32) -> Float {
    Float(bitPattern: UInt32(bitPattern: key ^ ((key >> 31) & 0x7fff_ffff)))
  }
}

extension FloatValues {
  /// The range of the finite numbers and how many are not finite, from one fast pass.
  ///
  /// - Returns: The scan.
  public func scanned() -> ValueScan { ValueScan(of: self) }

  /// The smallest and the largest finite number; nil where there is none.
  public var extent: ClosedRange<Float>? { scanned().extent }
}
