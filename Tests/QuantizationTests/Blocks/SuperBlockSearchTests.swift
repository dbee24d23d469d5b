import Quantization
import Tensors
import Testing

@Suite("by second implementation: sixteen sub-blocks at once against one after the other")
struct SuperBlockSearchTests {
  @Test("awkward rows give the same bytes", arguments: SuperBlockLayout.all)
  func awkwardRows(layout: SuperBlockLayout) throws {
    let format = try BlockFormat(named: layout.name)
    for (name, row) in Self.rows {
      for importance in Self.importances {
        let fast = try format.encoded(row, importance: importance.values)
        let plain = try format.encodedReference(row, importance: importance.values)
        let different = zip(fast, plain).filter { $0 != $1 }.count
        #expect(different == 0, "\(name), importance \(importance.name)")
      }
    }
  }

  @Test("by law: no block depends on how many share its row", arguments: SuperBlockLayout.all)
  func neighbours(layout: SuperBlockLayout) throws {
    let format = try BlockFormat(named: layout.name)
    let row = Matrix(rows: 1, columns: 5 * 256, drawnFrom: .normal(), seed: 8).elements
    for importance in [nil, row.map { $0 * $0 }] {
      let together = try format.encoded(row, importance: importance)
      var apart: [UInt8] = []
      for start in stride(from: 0, to: row.count, by: 256) {
        apart += try format.encoded(
          Array(row[start..<start + 256]),
          importance: importance.map { Array($0[start..<start + 256]) })
      }
      #expect(together == apart)
    }
  }

  /// Five blocks: an odd number, so that half of the last pair's lanes have no block of their own.
  static let columns = 5 * 256

  static let importances: [(name: String, values: [Float]?)] = {
    let squares = draw(.normal(), 900).map { $0 * $0 }
    let chance = draw(.uniform(0...1), 901)
    return [
      ("none", nil), ("squares", squares), ("zeros", [Float](repeating: 0, count: columns)),
      ("tiny", squares.map { $0 * 1e-20 }), ("huge", squares.map { $0 * 1e20 }),
      ("mostly zeros", zip(squares, chance).map { $1 < 0.08 ? $0 : 0 }),
    ]
  }()

  static let rows: [(name: String, values: [Float])] = {
    let normal = draw(.normal(), 1)
    let other = draw(.normal(), 2)
    let chance = draw(.uniform(0...1), 3)
    let tails = draw(.studentT(degreesOfFreedom: 1.2), 4)
    let exponents = draw(.uniform(-20...20), 5)
    func everySixteen(_ change: (Float, Float) -> Float) -> [Float] {
      normal.indices.map { change(normal[$0], exponents[$0 / 16]) }
    }
    return [
      ("normal", normal), ("heavy tails", tails), ("negative tails", tails.map { -$0 * $0 }),
      ("positive", normal.map { $0.magnitude }), ("negative", normal.map { -$0.magnitude - 0.01 }),
      ("zeros", normal.map { _ in 0 }), ("negative zeros", normal.map { $0 > 0 ? -0.0 : $0 }),
      ("a constant", normal.map { _ in 0.37 }), ("a negative constant", normal.map { _ in -0.37 }),
      ("constant sub-blocks", normal.indices.map { normal[$0 / 16] }),
      ("sparse", zip(normal, chance).map { $1 < 0.03 ? $0 : 0 }),
      ("an outlier here and there", zip(normal, chance).map { $1 < 0.01 ? $0 * 300 : $0 }),
      ("close to one", normal.map { 1 + $0 * 1e-6 }),
      ("close to −1", normal.map { -1 + $0 * 1e-6 }),
      ("subnormal", normal.map { $0 * 1e-30 * 1e-11 }),
      ("barely normal", normal.map { $0 * 1e-37 }),
      ("around the threshold of nothing", normal.map { $0 * 1e-15 }),
      ("below the smallest half", normal.map { $0 * 1e-9 }),
      ("above the largest", normal.map { $0 * 1e8 }),
      ("squares overflow", normal.map { $0 * 1e25 }),
      ("scales apart", everySixteen { $0 * Float(sign: .plus, exponent: Int($1), significand: 1) }),
      (
        "scales far apart",
        everySixteen { $0 * Float(sign: .plus, exponent: 4 * Int($1), significand: 1) }
      ),
      ("few levels", normal.map { ($0 * 2).rounded() / 2 }),
      ("two scales mixed", zip(normal, other).map { $0 * ($1 > 0 ? 1 : 1e-3) }),
    ]
  }()

  private static func draw(_ distribution: Distribution, _ seed: UInt64) -> [Float] {
    Matrix(rows: 1, columns: columns, drawnFrom: distribution, seed: seed).elements
  }
}
