import Quantization
import Tensors
import Testing

@Suite("E8 and its codebooks")
struct LatticeTests {
  struct Nearest: Decodable, Sendable {
    let codebook: String
    let vectors: [Float]
    let distances: [Float]
  }

  static func vectors(_ values: [Float]) -> [SIMD8<Float>] {
    stride(from: 0, to: values.count, by: 8).map { start in
      SIMD8((0..<8).map { values[start + $0] })
    }
  }

  static func distance(_ left: SIMD8<Float>, _ right: SIMD8<Float>) -> Float {
    let difference = left - right
    return (difference * difference).sum()
  }

  @Test("golden: the distance to the nearest point, by numpy's brute force over its own points")
  func nearest() throws {
    let golden = try Golden<Nearest>.load("../lattices/nearest")
    for example in golden.cases {
      for (vector, expected) in zip(Self.vectors(example.vectors), example.distances) {
        let point =
          example.codebook == "padded"
          ? PaddedE8.point(PaddedE8.nearest(to: vector))
          : OneBitE8.points[OneBitE8.nearest(to: vector)]
        let found = Self.distance(vector, point)
        #expect(abs(found - expected) < Float(golden.tolerance) * max(1, expected))
      }
    }
  }

  @Test("by second implementation: the search finds what brute force finds")
  func search() {
    for (scale, seed) in [(0.2, 1), (1.03, 2), (1.03, 3), (3, 4), (40, 5)] as [(Float, UInt64)] {
      let values = [Float](count: 8 * 40, drawnFrom: .normal(), seed: seed)
      for vector in Self.vectors(values.map { $0 * scale }) {
        let padded = PaddedE8.point(PaddedE8.nearest(to: vector))
        let judge = PaddedE8.point(PaddedE8.nearestByBruteForce(to: vector))
        let tolerance = 1e-5 * max(1, scale * scale)  // two points as near as float32 can tell
        #expect(
          Self.distance(vector, padded) <= Self.distance(vector, judge) + tolerance)
        let single = OneBitE8.points[OneBitE8.nearest(to: vector)]
        let other = OneBitE8.points[OneBitE8.nearestByBruteForce(to: vector)]
        #expect(
          Self.distance(vector, single) <= Self.distance(vector, other) + tolerance)
      }
    }
  }

  @Test("by law: every point is its own nearest, and there are 65,536 and 256")
  func points() {
    var seen = Set<SIMD8<Float>>()
    for code in UInt16.min...UInt16.max {
      let point = PaddedE8.point(code)
      seen.insert(point)
      // E8 + ¼: all whole or all half after the shift, with an even sum.
      let lattice = point - 0.25
      #expect(E8Lattice.nearestPoint(to: lattice) == lattice)
    }
    #expect(seen.count == 65_536)
    for code in stride(from: UInt16.min, to: 65_000, by: 97) {
      #expect(PaddedE8.nearest(to: PaddedE8.point(code)) == code)
    }
    #expect(Set(OneBitE8.points).count == 256)
    for (code, point) in OneBitE8.points.enumerated() {
      #expect(OneBitE8.nearest(to: point) == code)
      #expect(E8Lattice.nearestPoint(to: point) == point)
    }
  }

  @Test("by hand: the rule of bits")
  func bits() {
    // Pattern 0 is eight halves, sum 4: even, so kept as it is.
    #expect(PaddedE8.patterns[0] == SIMD8(repeating: 0.5))
    #expect(PaddedE8.point(0x0000) == SIMD8(repeating: 0.75))
    #expect(PaddedE8.point(0x0003) == SIMD8(-0.25, -0.25, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75))
    // One sign is odd: bit 0 flips to none, and the shift is −¼.
    #expect(PaddedE8.point(0x0001) == SIMD8(repeating: 0.25))
    // Pattern 1 has one 3/2, in the last place: sum 5, so the last place is negated.
    #expect(PaddedE8.point(0x0100) == SIMD8(0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, -1.25))
  }

  @Test("by hand: 1, 8, 28, 64 and 126 patterns by norm, and 29 of 56 that use coordinates evenly")
  func patterns() {
    let norms = PaddedE8.patterns.map { ($0 * $0).sum() }
    for (norm, count) in [(2, 1), (4, 8), (6, 28), (8, 64), (10, 126), (12, 29)] {
      #expect(norms.filter { $0 == Float(norm) }.count == count)
    }
    var uses = [Int](repeating: 0, count: 8)
    for triple in PaddedE8.triples { for place in triple { uses[place] += 1 } }
    #expect(uses.allSatisfy { (10...11).contains($0) })  // 87 = 8 · 10 + 7
    #expect(Set(PaddedE8.triples).count == 29)
  }

  /// The literature's table leaves 0.0916 to 0.0919; ours, with another 29, 0.0914.
  @Test("by law: E8P leaves 0.0917 ± 0.0005 of a normal number's variance, over 1.6 million")
  func normalNumbers() throws {
    let values = [Float](count: 1_600_000, drawnFrom: .normal(), seed: 6)
    let scale: Float = 1.03
    var sum = 0.0
    for vector in Self.vectors(values) {
      let point = PaddedE8.point(PaddedE8.nearest(to: vector * scale)) / scale
      sum += Double(Self.distance(vector, point))
    }
    #expect(abs(sum / 1_600_000 - 0.0917) < 0.0005)
  }

  @Test("by law: 3 and 4 bits refine it, below the best scalar levels", arguments: [2, 3, 4])
  func stages(bits: Int) throws {
    let codebook = try LatticeCodebook(bits: bits)
    let values = [Float](count: 400_000, drawnFrom: .normal(), seed: 7)
    let scale = codebook.normalScale
    var sum = 0.0
    for vector in Self.vectors(values) {
      let (first, second) = codebook.encode(vector * scale)
      sum += Double(Self.distance(vector, codebook.decode(first, second) / scale))
    }
    let error = sum / 400_000
    let lloydMax = [0.1175, 0.03454, 0.009497][bits - 2]
    #expect(error < lloydMax)
    #expect(abs(error - [0.0914, 0.0296, 0.0084][bits - 2]) < 0.02 * error)
    #expect(throws: QuantizationError.bits(5, allowed: 2...4, who: "an E8 codebook")) {
      try LatticeCodebook(bits: 5)
    }
  }

  @Test("by law: E8's nearest point beats every neighbour, and its cells cost 0.0717")
  func lattice() {
    let values = [Float](count: 160_000, drawnFrom: .uniform(-20...20), seed: 8)
    var sum = 0.0
    for vector in Self.vectors(values) {
      let point = E8Lattice.nearestPoint(to: vector)
      let least = Self.distance(vector, point)
      sum += Double(least)
      for step in OneBitE8.points[1..<241] {
        #expect(Self.distance(vector, point + step) >= least - 1e-4)
      }
    }
    #expect(abs(sum / 160_000 - 0.07168) < 0.0004)  // Conway and Sloane's 929/12960
    #expect(E8Lattice.nearestPoint(to: SIMD8(repeating: 0.4)) == SIMD8(repeating: 0.5))
    #expect(E8Lattice.nearestEvenPoint(to: SIMD8(0.9, 0, 0, 0, 0, 0, 0, 0)) == .zero)
  }

  @Test("by law: far or degenerate vectors still get a code")
  func degenerate() {
    #expect(PaddedE8.point(PaddedE8.nearest(to: .zero)).elementsEqualMagnitude(0.25))
    let far = SIMD8<Float>(repeating: 1e20)
    #expect(PaddedE8.point(PaddedE8.nearest(to: far)).max() > 0)
    #expect(OneBitE8.nearest(to: .zero) == 0)
  }
}

extension SIMD8<Float> {
  /// Whether all elements have one magnitude.
  fileprivate func elementsEqualMagnitude(_ value: Float) -> Bool {
    (0..<8).allSatisfy { abs(self[$0]) == value }
  }
}
