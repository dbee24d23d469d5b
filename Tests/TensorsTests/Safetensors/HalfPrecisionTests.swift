import Grids
import Tensors
import Testing

/// Evidence: by second implementation (Grids' single conversions, and the compiler's own Float16),
/// over every pattern.
struct HalfPrecisionTests {
  let patterns = (0...UInt16.max).map { $0 }

  /// Bit patterns, because NaN equals nothing and −0 equals 0.
  func widened(_ halves: [UInt16], as type: TensorType, skipping: Int = 0) -> [UInt32] {
    var result = [Float](repeating: 0, count: halves.count)
    let bytes = [UInt8](repeating: 0, count: skipping) + halves.withUnsafeBytes { Array($0) }
    bytes.withUnsafeBytes { raw in
      result.withUnsafeMutableBufferPointer {
        HalfPrecision.widen(UnsafeRawBufferPointer(rebasing: raw[skipping...]), as: type, into: $0)
      }
    }
    return result.map(\.bitPattern)
  }

  @Test("every pattern widens to the same bits as one by one", arguments: [0, 1])
  func widening(skipping: Int) {
    for type in [TensorType.float16, .bfloat16] {
      let expected = HalfPrecision.widenReference(patterns, as: type).map(\.bitPattern)
      #expect(widened(patterns, as: type, skipping: skipping) == expected)
      // Lengths that leave a rest after whole vectors.
      for count in [1, 7, 31, 65] {
        #expect(widened(Array(patterns[..<count]), as: type) == Array(expected[..<count]))
      }
    }
  }

  @Test("every number narrows back to its pattern")
  func roundTrip() {
    for type in [TensorType.float16, .bfloat16] {
      let numbers = patterns.filter {
        !HalfPrecision.widenReference([$0], as: type)[0].isNaN
      }
      let values = widened(numbers, as: type).map { Float(bitPattern: $0) }
      #expect(HalfPrecision.narrow(values, as: type) == numbers)
    }
  }

  @Test("halfway numbers, their neighbours and random ones narrow as one by one")
  func narrowing() {
    var generator = SeededGenerator(seed: 1)
    var values: [Float] = (0..<200_000).map { _ in
      Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
    }
    values += [.infinity, -.infinity, .nan, .signalingNaN, 65_519.996, 65_520, 0x1p-25, 0x1.8p-25]
    for type in [TensorType.float16, .bfloat16] {
      let numbers = HalfPrecision.widenReference(patterns, as: type).filter(\.isFinite).sorted()
      var ties = values
      for (low, high) in zip(numbers, numbers.dropFirst()) {
        let middle = Float((Double(low) + Double(high)) / 2)
        ties += [middle, middle.nextUp, middle.nextDown]
      }
      #expect(
        HalfPrecision.narrow(ties, as: type) == HalfPrecision.narrowReference(ties, as: type))
    }
  }

  #if arch(arm64) || os(Linux)
  @Test("half precision is the compiler's own")
  func compiler() {
    for pattern in patterns {
      let known = Float(Float16(bitPattern: pattern))
      let found = Float(float16Bits: pattern)
      #expect(known.isNaN ? found.isNaN : known.bitPattern == found.bitPattern)
    }
  }
  #endif
}
