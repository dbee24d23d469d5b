import Models
import Tensors
import Testing

/// Evidence: by second implementation, sums in double precision; and by law.
struct DenseLayerTests {
  /// Keeps the bytes of a weight of 16-bit numbers.
  final class Halves: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ values: [UInt16]) {
      bytes = .allocate(byteCount: values.count * 2, alignment: 2)
      values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }

    deinit { bytes.deallocate() }
  }

  static func weight(
    _ rows: Int, _ columns: Int, _ element: StoredWeight.Element
  ) -> DenseWeight {
    let matrix = Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: 3)
    if element == .float32 { return DenseWeight(matrix) }
    let halves = Halves(
      HalfPrecision.narrow(matrix, as: element == .float16 ? .float16 : .bfloat16))
    return DenseWeight(
      StoredWeight(
        bytes: UnsafeRawBufferPointer(halves.bytes), element: element, owner: halves),
      rows: rows, columns: columns)
  }

  /// Shapes around the kernel's four rows and sixteen columns; rows around its limit of eight.
  @Test(
    "outputs are sums of products, for every type, shape and number of rows",
    arguments: [StoredWeight.Element.float32, .float16, .bfloat16],
    [(1, 1), (4, 16), (7, 15), (33, 50), (130, 257), (400, 700)])
  func products(element: StoredWeight.Element, shape: (Int, Int)) throws {
    let (outputs, inputs) = shape
    let weight = Self.weight(outputs, inputs, element)
    let bias = (0..<outputs).map { Float($0) / 8 - 3 }
    let values = weight.matrix
    for rows in [1, 2, 3, 4, 5, 7, 8, 9, 40] {
      let input = Matrix(rows: rows, columns: inputs, drawnFrom: .normal(), seed: UInt64(rows))
      for bias in [nil, bias] {
        let output = DenseLayer(weight, bias: bias)(input)
        var worst = 0.0
        for row in 0..<rows {
          for index in 0..<outputs {
            var (sum, size) = (Double(bias?[index] ?? 0), 0.0)
            for column in 0..<inputs {
              let product = Double(values[index, column]) * Double(input[row, column])
              sum += product
              size += abs(product)
            }
            // k ε Σ|aᵢ bᵢ| for k products, with ε = 2⁻²⁴, and the rounding of the sum with the bias.
            let allowed = Double(inputs) * 0x1p-24 * size + 0x1p-23 * abs(sum) + 1e-6
            worst = max(worst, abs(Double(output[row, index]) - sum) / allowed)
          }
        }
        #expect(worst <= 1, "\(rows) rows")
      }
    }
  }

  @Test("half precision gives what its widened numbers give, to the bit, for a few rows")
  func halves() {
    let input = Matrix(rows: 3, columns: 100, drawnFrom: .normal(), seed: 9)
    for element in [StoredWeight.Element.float16, .bfloat16] {
      let weight = Self.weight(37, 100, element)
      #expect(DenseLayer(weight)(input) == DenseLayer(DenseWeight(weight.matrix))(input))
    }
  }

  @Test("subnormal, infinite and NaN half-precision numbers are widened as they should be")
  func specials() {
    let halves = Halves([0x0001, 0x8001, 0x03ff, 0x7c00, 0xfc00, 0x7e00, 0x8000, 0x7bff])
    let weight = DenseWeight(
      StoredWeight(bytes: UnsafeRawBufferPointer(halves.bytes), element: .float16, owner: halves),
      rows: 8, columns: 1)
    let output = DenseLayer(weight)(Matrix([[1]])).elements
    #expect(output[0] == 0x1p-24 && output[1] == -0x1p-24 && output[2] == 1023 * 0x1p-24)
    #expect(output[3] == .infinity && output[4] == -.infinity && output[5].isNaN)
    #expect(output[6] == 0 && output[7] == 65504)
  }

  @Test("some rows of a weight share its memory")
  func slices() {
    let weight = Self.weight(12, 20, .bfloat16)
    let middle = weight.rows(5..<9)
    #expect(middle.matrix == weight.matrix.rows(in: 5..<9))
    #expect(middle.rows(1..<2).matrix == weight.matrix.rows(in: 6..<7))
    #expect(middle.byteCount == 4 * 20 * 2)
  }
}
