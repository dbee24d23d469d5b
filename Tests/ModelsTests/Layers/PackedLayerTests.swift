import Models
import Quantization
import Tensors
import Testing

/// Evidence: by second implementation (the dense layer of the decoded weight; the formula).
struct PackedLayerTests {
  /// Two single-precision sums of the same products in another order: each is off by at most a step of
  /// 2⁻²⁴ for every term of its longest chain, here all of them, and of all magnitudes together.
  static func tolerance(inputs: Int, _ magnitude: Double) -> Double {
    2 * Double(inputs + 24) * 0x1p-24 * magnitude
  }

  /// One input, a few, and many go three ways.
  static let counts = [1, 2, 8, 9, 40]

  @Test("blocks: the outputs of the decoded weight, one input or many", arguments: counts)
  func blocks(count: Int) throws {
    for format in BlockFormat.all {
      let weight = Matrix(
        rows: 37, columns: 512, drawnFrom: .normal(mean: 0.01, deviation: 0.1), seed: 4)
      let blocks = try format.quantized(weight)
      let owner = Bytes(blocks.bytes)
      let stored = BlockWeight(
        StoredBlocks(bytes: owner.buffer, format: format, owner: owner), rows: 37, columns: 512)
      let decoded = try format.dequantized(blocks)
      #expect(stored.matrix == decoded, "\(format.name)")
      #expect(stored.byteCount == blocks.bytes.count)
      try Self.compare(stored, count: count, format.name)
    }
  }

  @Test(
    "grouped integers: the outputs of the decoded weight",
    arguments: [2, 3, 4, 8], [32, 128, 0])
  func groups(bits: Int, groupSize: Int) throws {
    let weight = Matrix(
      rows: 37, columns: 512, drawnFrom: .normal(mean: 0.03, deviation: 0.1), seed: 5)
    for symmetry in [Symmetry.asymmetric, .symmetric(.full), .symmetric(.restricted)] {
      let scheme = QuantizationScheme(
        bits: bits, symmetry: symmetry, granularity: .group(groupSize))
      let quantized = try weight.roundedToNearest(scheme)
      let stored = try GroupWeight(quantized)
      #expect(stored.matrix == quantized.dequantized())
      // Half a byte a code, or one, and eight bytes a group.
      let count = 37 * 512
      let groups = count / (groupSize == 0 ? 512 : groupSize)
      let codeBytes = bits > 4 ? count : count / 2
      #expect(stored.byteCount == codeBytes + 8 * groups)
      for count in Self.counts { try Self.compare(stored, count: count, "\(scheme)") }
      let vector = Self.inputs(1, 512).elements
      let products = PackedLayer(stored)(Self.inputs(1, 512))
      for row in 0..<37 {
        let (expected, magnitude) = stored.productReference(row: row, vector)
        #expect(
          abs(Double(products[0, row]) - expected) <= Self.tolerance(inputs: 512, magnitude))
      }
    }
  }

  @Test("groups that no run of 32 tiles are refused")
  func untiled() throws {
    let weight = Matrix(rows: 2, columns: 48, drawnFrom: .normal(mean: 0, deviation: 1), seed: 1)
    let quantized = try weight.roundedToNearest(QuantizationScheme(bits: 4, groupSize: 24))
    do {
      _ = try GroupWeight(quantized)
      Issue.record("groups of 24 were packed")
    } catch { #expect("\(error)".contains("multiple of 32")) }
  }

  /// Which group each of 96 inputs belongs to: groups that runs of 32 do not tile.
  enum Grouping: String, CaseIterable {
    /// Three groups of 32, as act-order scatters them.
    case scattered
    /// Runs of 24, which are filled up.
    case short
    /// Groups of 48, scattered, which are filled up.
    case scatteredAndShort
    /// Groups of 1, 33 and 62 inputs, and one of none.
    case uneven
    /// One run of all.
    case row

    var index: [Int] {
      switch self {
      case .scattered: (0..<96).map { $0 * 37 % 96 / 32 }
      case .short: (0..<96).map { $0 / 24 }
      case .scatteredAndShort: (0..<96).map { $0 * 5 % 96 / 48 }
      case .uneven: (0..<96).map { $0 == 50 ? 0 : $0 % 3 == 1 || $0 == 90 ? 1 : 3 }
      case .row: [Int](repeating: 0, count: 96)
      }
    }
  }

  @Test(
    "a checkpoint's layer: the outputs of its weight, wherever a group's inputs stand",
    arguments: Grouping.allCases, [2, 3, 4, 5, 8])
  func layers(grouping: Grouping, bits: Int) throws {
    let (rows, columns, index) = (37, 96, grouping.index)
    let groups = (index.max() ?? 0) + 1
    var generator = SeededGenerator(seed: 11)
    let layer = try AffineLayer(
      bits: bits, rows: rows, columns: columns,
      codes: (0..<rows * columns).map { _ in UInt8(generator.below(1 << bits)) },
      scales: (0..<rows * groups).map { _ in Float(1 + generator.below(100)) / 512 },
      zeros: (0..<rows * groups).map { _ in UInt8(generator.below(1 << bits)) }, groupIndex: index)
    let stored = GroupWeight(layer)
    #expect(stored.matrix == layer.weight)
    for count in Self.counts { try Self.compare(stored, count: count, "\(grouping), \(bits) bits") }
    let vector = Self.inputs(1, columns).elements
    let products = PackedLayer(stored)(Self.inputs(1, columns))
    for row in 0..<rows {
      let (expected, magnitude) = stored.productReference(row: row, vector)
      let exact = (0..<columns).reduce(0.0) {
        $0 + Double(layer.weight[row, $1]) * Double(vector[$1])
      }
      #expect(abs(expected - exact) <= 0x1p-23 * magnitude)  // its weights are rounded once
      #expect(
        abs(Double(products[0, row]) - expected) <= Self.tolerance(inputs: columns, magnitude))
    }
    // Runs of 32 codes, however many a group fills, and eight bytes each group of them.
    let (runs, scales) =
      switch grouping {
      case .scattered: (3, 3)
      case .short: (4, 4)
      case .scatteredAndShort: (4, 2)
      case .uneven: (1 + 2 + 2, 5)
      case .row: (3, 1)
      }
    let order = grouping == .row ? 0 : 4 * 32 * runs
    #expect(
      stored.byteCount == rows * (runs * 32 * (bits > 4 ? 2 : 1) / 2 + 8 * scales) + order)
  }

  private static func inputs(_ count: Int, _ columns: Int) -> Matrix {
    Matrix(rows: count, columns: columns, drawnFrom: .normal(mean: 0.3, deviation: 1), seed: 9)
  }

  /// A packed layer against a dense one: with and without a bias, written and added.
  private static func compare<Weight: PackedWeight>(
    _ stored: Weight, count: Int, _ name: String
  ) throws {
    let decoded = stored.matrix
    let inputs = Self.inputs(count, stored.columns)
    let bias = (0..<stored.rows).map { Float($0) / 8 - 2 }
    var magnitude = 0.0
    for row in 0..<stored.rows {
      for input in 0..<count {
        var sum = 2.0 + 3  // a bias, and what is there before
        for column in 0..<stored.columns {
          sum += Double(abs(decoded[row, column] * inputs[input, column]))
        }
        magnitude = max(magnitude, sum)
      }
    }
    for bias in [nil, bias] {
      let packed = PackedLayer(stored, bias: bias)
      let dense = DenseLayer(DenseWeight(decoded), bias: bias)
      for adding in [false, true] {
        var (left, right) = (
          [Float](repeating: 3, count: count * stored.rows),
          [Float](repeating: 3, count: count * stored.rows)
        )
        // In two parts, as two threads would.
        for range in [0..<11, 11..<stored.rows] {
          apply(packed, to: inputs, range, adding, &left)
          apply(dense, to: inputs, range, adding, &right)
        }
        let difference = zip(left, right).map { abs(Double($0) - Double($1)) }.max() ?? .infinity
        #expect(
          difference <= tolerance(inputs: stored.columns, magnitude),
          "\(name), \(count) inputs, bias \(bias != nil), adding \(adding)")
      }
    }
  }

  private static func apply(
    _ layer: some Models.LinearLayer, to inputs: Matrix, _ range: Range<Int>, _ adding: Bool,
    _ outputs: inout [Float]
  ) {
    inputs.withUnsafeBufferPointer { source in
      outputs.withUnsafeMutableBufferPointer { target in
        guard let input = source.baseAddress, let output = target.baseAddress else { return }
        layer.apply(to: input, rows: inputs.rows, outputs: range, adding: adding, into: output)
      }
    }
  }
}

/// Bytes that stay where they are as long as somebody holds them.
private final class Bytes: @unchecked Sendable {
  let buffer: UnsafeRawBufferPointer

  init(_ bytes: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    copy.copyBytes(from: bytes)
    buffer = UnsafeRawBufferPointer(copy)
  }

  deinit { buffer.deallocate() }
}
