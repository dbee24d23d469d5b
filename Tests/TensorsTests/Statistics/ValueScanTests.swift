import Tensors
import Testing

/// Evidence: by hand, and by second implementation (the standard library's minimum and maximum).
struct ValueScanTests {
  @Test("counts what is not finite and takes the range of the rest")
  func byHand() {
    let scan = ([3, .nan, -2, .infinity, 5, -.infinity, .signalingNaN] as [Float]).scanned()
    #expect(scan.count == 7)
    #expect(scan.notANumberCount == 2)
    #expect(scan.infinityCount == 2)
    #expect(scan.extent == -2...5)
    #expect(scan.largestMagnitude == 5)
    #expect(!scan.isFinite)
  }

  @Test("without any finite number there is no range")
  func nothing() {
    #expect(([] as [Float]).scanned() == ValueScan())
    let scan = ([.nan, .infinity] as [Float]).scanned()
    #expect(scan.extent == nil)
    #expect(scan.minimum == nil)
    #expect(scan.largestMagnitude == nil)
  }

  @Test("every count and place", arguments: [1, 7, 4_095, 4_096, 4_097, 20_000])
  func againstStandardLibrary(count: Int) throws {
    var values = [Float](count: count, drawnFrom: .normal(), seed: UInt64(count))
    #expect(values.extent == (try #require(values.min()))...(try #require(values.max())))
    #expect(values.map { -abs($0) }.extent?.upperBound == values.map { -abs($0) }.max())
    values[count / 2] = .nan
    values[count - 1] = -.infinity
    let finite = values.filter { $0.isFinite }
    let scan = values.scanned()
    #expect(scan.minimum == finite.min())
    #expect(scan.maximum == finite.max())
    #expect(scan.notANumberCount + scan.infinityCount == count - finite.count)
    var parts = ValueScan(of: values[..<(count / 3)])
    parts.add(values[(count / 3)...])
    #expect(parts == scan)
  }

  @Test("the smallest, the largest and the subnormal numbers keep their order")
  func extremes() {
    let least = Float.leastNonzeroMagnitude
    let most = Float.greatestFiniteMagnitude
    #expect(([least, -least, 0] as [Float]).extent == -least...least)
    #expect(([most, -most] as [Float]).extent == -most...most)
  }
}
