import Grids
import Testing

@Suite("Codebooks: by hand, by law, and against bitsandbytes")
struct CodebookTests {
  /// The sixteen NF4 levels as QLoRA's authors published them.
  static let published: [Double] = [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1,
  ]

  @Test("NF4 rebuilt from its quantiles matches the published table to 1.2e-7")
  func normalFloat4() {
    let levels = Codebook.normalFloat4.levels
    #expect(levels.count == 16)
    #expect(levels[0] == -1 && levels[7] == 0 && levels[15] == 1)
    for (level, expected) in zip(levels, Self.published) {
      #expect((Double(level) - expected).magnitude <= 1.2e-7)
    }
    #expect(Codebook.normalFloat4.codes == Array(0..<16))
    #expect(Codebook.normalFloat4.bits == 4)
  }

  @Test("a number on a midpoint goes to the lower level")
  func ties() {
    let codebook = Codebook(levels: [-1, 0, 0.5, 3])
    #expect(codebook.encode([-0.5, 0.25, 1.75]) == [0, 1, 2])
    #expect(codebook.encode(Float(0.25).nextUp) == 2)
    #expect(codebook.thresholds == [-0.5, 0.25, 1.75])
  }

  @Test("a midpoint that is no Float is still decided as the exact one would be")
  func inexactMidpoint() {
    let lower = Float(1)
    let codebook = Codebook(levels: [lower, lower.nextUp, lower.nextUp.nextUp])
    #expect(codebook.encode(codebook.levels) == [0, 1, 2])  // thresholds rounded up would give 0, 0
  }

  @Test("levels may come in any order, and equal ones use the first code")
  func unsortedTable() throws {
    let codebook = try Codebook(validatingTable: [3, -1, 0, 3, -0.0])
    #expect(codebook.levels == [-1, 0, 3])
    #expect(codebook.codes == [1, 2, 0])
    #expect(codebook.encode([-5, 0.1, -0.1, 9]) == [1, 2, 2, 0])
    #expect(codebook.decode([0, 1, 2, 3, 4]) == [3, -1, 0, 3, 0])
    #expect(codebook.bits == 3)
  }

  @Test("NaN gets the level nearest to zero and infinities the ends")
  func nonFinite() {
    let codebook = Codebook(levels: [-2, -0.5, 1])
    #expect(codebook.encode([.nan, .infinity, -.infinity]) == [1, 2, 0])
  }

  @Test("levels are kept, and the nearest one wins against a plain search")
  func nearest() {
    let books = [
      Codebook.normalFloat4, .float4BitsAndBytes, .dynamicSigned8,
      Codebook(levels: normal(37, seed: 5)),
    ]
    for book in books {
      #expect(book.fakeQuantized(book.levels) == book.levels)
      for value in normal(2000, seed: 6) {
        let distance = book.levels.map { (Double($0) - Double(value)).magnitude }.min()
        let chosen = (Double(book.fakeQuantized(value)) - Double(value)).magnitude
        #expect(chosen == distance)
      }
      let codes = uniform(500, from: -1.1, to: 1.1, seed: 7).sorted().map { Float($0) }
      let kept = book.fakeQuantized(codes)
      #expect(zip(kept, kept.dropFirst()).allSatisfy { $0 <= $1 })
    }
  }

  @Test("the four-bit float of bitsandbytes has its codes and is not E2M1")
  func floatFour() {
    let book = Codebook.float4BitsAndBytes
    #expect(book.table.count == 16)
    #expect(book.levels.count == 15)  // 0 and −0 are one level
    #expect(book.encode([1, 2.0 / 3, 0.5, 1.0 / 3, 0.25, 1.0 / 6]) == [3, 2, 5, 4, 7, 6])
    #expect(book.encode([-1, 0, -0.0, -0.001]) == [11, 0, 0, 0])
    #expect(book.decode(8) == 0)
  }

  @Test("tables from outside are refused with the reason")
  func refusals() async {
    #expect(throws: GridError.levelCount(0)) { try Codebook(validatingTable: []) }
    #expect(throws: GridError.levelCount(257)) {
      try Codebook(validatingTable: [Float](repeating: 0, count: 257))
    }
    #expect(throws: GridError.valueNotFinite(index: 1)) {
      try Codebook(validatingTable: [0, .nan])
    }
    await #expect(processExitsWith: .failure) { _ = Codebook(levels: []) }
  }

  struct Tables: Decodable {
    let normalFloat4: [UInt32]
    let float4: [UInt32]
    let dynamicSigned8: [UInt32]
    let values: [UInt32]
    let normalFloat4Codes: [Int]
    let float4Codes: [Int]
  }

  @Test("tables and codes equal those of bitsandbytes")
  func golden() throws {
    let tables = try Golden.load("codebooks.json", as: Tables.self)
    for (level, expected) in zip(Codebook.normalFloat4.levels, floats(tables.normalFloat4)) {
      #expect((level - expected).magnitude <= 1.2e-7)
    }
    #expect(Codebook.float4BitsAndBytes.table == floats(tables.float4))
    let dynamic = Codebook.dynamicSigned8.levels
    #expect(dynamic.count == 256)
    #expect(dynamic == floats(tables.dynamicSigned8))
    #expect(dynamic[127] == 0)
    let values = floats(tables.values)
    #expect(Codebook.normalFloat4.encode(values) == tables.normalFloat4Codes)
    // bitsandbytes gives a magnitude that rounds to zero the code of 0 or of −0; both decode to 0.
    let book = Codebook.float4BitsAndBytes
    #expect(book.fakeQuantized(values) == book.decode(tables.float4Codes))
  }
}
