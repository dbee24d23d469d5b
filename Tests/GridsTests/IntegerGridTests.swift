import Grids
import Testing

@Suite("Integer grids: by hand and by law")
struct IntegerGridTests {
  @Test(
    "the ends of the named grids",
    arguments: [
      (.uint8, 0, 255), (.int8, -128, 127), (.int8Restricted, -127, 127), (.uint4, 0, 15),
      (.int4, -8, 7), (.int4Restricted, -7, 7), (.int3, -4, 3), (.int2, -2, 1),
      (.int2Restricted, -1, 1), (.uint1, 0, 1),
    ] as [(IntegerGrid, Int, Int)])
  func ends(grid: IntegerGrid, lowest: Int, highest: Int) {
    #expect(grid.lowest == lowest)
    #expect(grid.highest == highest)
    #expect(grid.range == lowest...highest)
  }

  @Test(
    "b bits count 2ᵇ codes, one less when restricted, and every grid holds zero", arguments: 1...8)
  func counts(bits: Int) {
    #expect(IntegerGrid.unsigned(bits: bits).count == 1 << bits)
    #expect(IntegerGrid.signed(bits: bits).count == 1 << bits)
    #expect(IntegerGrid.signed(bits: bits).range.contains(0))
    if bits >= 2 {
      let restricted = IntegerGrid.signed(bits: bits, restricted: true)
      #expect(restricted.count == (1 << bits) - 1)
      #expect(restricted.lowest == -restricted.highest)
    }
  }

  @Test("widths from outside are refused with the widths that exist")
  func refusals() throws {
    #expect(throws: GridError.bits(9, supported: 1...8)) {
      try IntegerGrid(validatingBits: 9, signed: true)
    }
    #expect(throws: GridError.bits(0, supported: 1...8)) {
      try IntegerGrid(validatingBits: 0, signed: false)
    }
    #expect(throws: GridError.bits(1, supported: 2...8)) {
      try IntegerGrid(validatingBits: 1, signed: true, restricted: true)
    }
    #expect(try IntegerGrid(validatingBits: 4, signed: true) == .int4)
    #expect(
      GridError.bits(9, supported: 1...8).description
        == "a grid of 9 bits is not supported; use 1 to 8 bits")
  }

  @Test("a grid says its name and its integers")
  func descriptions() {
    #expect(IntegerGrid.uint8.description == "uint8 (0...255)")
    #expect(IntegerGrid.int4Restricted.description == "int4 restricted (-7...7)")
  }

  @Test("the convenience form stops a width that does not exist")
  func precondition() async {
    await #expect(processExitsWith: .failure) { _ = IntegerGrid.unsigned(bits: 9) }
  }
}
