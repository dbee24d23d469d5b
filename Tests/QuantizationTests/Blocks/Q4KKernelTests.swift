import CKernels
import Quantization
import Tensors
import Testing

/// Evidence: by second implementation (the formula, run by run, in double precision).
///
/// A processor uses one of two kernels; here both are tested where both run.
@Suite("the kernels of Q4_K")
struct Q4KKernelTests {
  typealias Kernel =
    @Sendable (
      UnsafePointer<UInt8>, Int, Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>,
      UnsafeMutablePointer<Float>
    ) -> Void

  static let kernels: [(name: String, run: Kernel)] = {
    var kernels: [(String, Kernel)] = [
      ("floats", { nibble_q4_k_products($0, $1, $2, $3, $4, $5) })
    ]
    if nibble_has_q4_k_integers() != 0 {
      kernels.append(("whole numbers", { nibble_q4_k_integer_products($0, $1, $2, $3, $4, $5) }))
    }
    return kernels
  }()

  /// Inputs that are hard to hold in whole numbers.
  static let vectors: [(name: String, value: @Sendable (Int) -> Float)] = [
    ("near each other", { Float($0 % 17) - 8 + 1 / Float($0 + 3) }),
    // One in each run is 30,000 times the others.
    ("with outliers", { $0 % 32 == 5 ? 3e4 : Float($0 % 7) - 3.3 }),
    ("growing from run to run", { Float($0 % 3 - 1) * Float(1 << ($0 / 32)) * 0.7 }),
    ("tiny", { (Float($0 % 5) - 2.1) * 0x1p-80 }),
    ("mostly zeros", { $0 / 32 == 3 ? 1.5 : 0 }),
  ]

  @Test("rows are what their codes say", arguments: vectors.map(\.name))
  func products(name: String) throws {
    let format = try BlockFormat(named: "q4_k")
    let value = try #require(Self.vectors.first { $0.name == name }).value
    let (rows, columns) = (7, 768)
    let weight = Matrix(
      rows: rows, columns: columns, drawnFrom: .normal(mean: 0.02, deviation: 0.1), seed: 5)
    let stored = try format.quantized(weight)
    let vector = (0..<columns).map(value)
    for kernel in Self.kernels {
      let products = Self.products(kernel.run, stored.bytes, rows, vector)
      for row in 0..<rows {
        let bytes = Array(stored.bytes[row * stored.bytesPerRow..<(row + 1) * stored.bytesPerRow])
        let (expected, magnitude) = try format.productReference(
          bytes, vector, offset: BlockProductTests.offset("q4_k"))
        #expect(magnitude > 0)
        #expect(
          abs(Double(products[row]) - expected)
            <= BlockProductTests.tolerance(columns: columns) * magnitude, "\(kernel.name)")
      }
    }
  }

  @Test("an input that is no number is not lost", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    let format = try BlockFormat(named: "q4_k")
    let weight = Matrix(rows: 2, columns: 256, drawnFrom: .normal(deviation: 0.1), seed: 6)
    let stored = try format.quantized(weight)
    for place in [0, 31, 100, 255] {
      var vector = [Float](repeating: 0.5, count: 256)
      vector[place] = value
      for kernel in Self.kernels {
        let products = Self.products(kernel.run, stored.bytes, 2, vector)
        #expect(products.allSatisfy { !$0.isFinite }, "\(kernel.name), \(place)")
      }
    }
  }

  private static func products(
    _ kernel: Kernel, _ bytes: [UInt8], _ rows: Int, _ vector: [Float]
  ) -> [Float] {
    var products = [Float](repeating: 0, count: rows)
    withUnsafeTemporaryAllocation(byteCount: vector.count / 16 * 17 * 4, alignment: 64) { room in
      let scratch = room.bindMemory(to: Float.self)
      bytes.withUnsafeBufferPointer { bytes in
        vector.withUnsafeBufferPointer { vector in
          products.withUnsafeMutableBufferPointer { products in
            if let bytes = bytes.baseAddress, let x = vector.baseAddress,
              let scratch = scratch.baseAddress, let target = products.baseAddress
            {
              kernel(bytes, rows, vector.count / 256, x, scratch, target)
            }
          }
        }
      }
    }
    return products
  }
}
