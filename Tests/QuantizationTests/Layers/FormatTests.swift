import Grids
import Quantization
import Tensors
import Testing

@Suite("Formats of a layer")
struct FormatTests {
  struct Case: Decodable {
    let name: String
    let groupSize: Int
    let rows: Int
    let columns: Int
    let weight: [Float]
    let scales: [Float]
    let codes: [Int]
    let dequantized: [Float]
  }

  private func quantize(
    _ name: String, _ weight: Matrix, bits: Int? = nil, groupSize: Int? = nil,
    symmetric: Bool? = nil, doubleQuantization: Bool? = nil
  ) throws -> LayerResult {
    let options = LayerOptions(
      bits: bits, groupSize: groupSize, symmetric: symmetric,
      doubleQuantization: doubleQuantization)
    return try LayerMethod(named: name).quantize(LayerInput(weight: weight), options)
  }

  @Test("by another framework: torch's float8 and ml_dtypes' float4, bit for bit")
  func smallFloats() throws {
    for example in try Golden<Case>.load("small-floats").cases {
      let weight = try Matrix(
        rows: example.rows, columns: example.columns, elements: example.weight)
      let result = try quantize(example.name, weight, groupSize: example.groupSize)
      #expect(result.scales.elements == example.scales, "\(example.name)")
      #expect(Array(result.codes) == example.codes, "\(example.name)")
      #expect(result.dequantized.elements == example.dequantized, "\(example.name)")
    }
  }

  @Test(
    "by second implementation: the fast cast gives the bits of the format's definition",
    arguments: ["fp8-e4m3", "fp8-e5m2", "mxfp4", "nvfp4"])
  func sameAsDefinition(name: String) throws {
    var weight = Matrix(rows: 64, columns: 128, drawnFrom: .studentT(degreesOfFreedom: 2), seed: 3)
    for row in 0..<32 {  // every binade down to the subnormals, and every tie between neighbours
      let factor = Float(sign: .plus, exponent: -4 * row, significand: 1)
      weight.setRow(row, to: weight.row(row).map { $0 * factor })
    }
    let ties = FloatFormat.e4m3.values.filter { $0 >= 0 }
    weight.setRow(40, to: (0..<128).map { $0 < 126 ? (ties[$0] + ties[$0 + 1]) / 2 : 448 })
    weight.setRow(41, to: (0..<128).map { Float($0) * 0.25 - 16 })
    let result = try quantize(name, weight)
    for group in result.scales.elements.indices {
      let size = weight.count / result.scales.count
      let range = group * size..<(group + 1) * size
      let values = Array(weight.elements[range])
      let codes: [Int]
      switch name {
      case "mxfp4":
        codes = try MXFloat4Block(encoding: values).codes.map { Int($0) }
      case "nvfp4":
        let tensorScale = NVFloat4Block.tensorScale(largestMagnitude: weight.largestMagnitude)
        codes = try NVFloat4Block(encoding: values, tensorScale: tensorScale).codes.map { Int($0) }
      default:
        let format = name == "fp8-e4m3" ? FloatFormat.e4m3 : .e5m2
        let scale = result.scales.elements[group]
        codes = values.map { Int(format.encode($0 / scale)) }
      }
      #expect(Array(result.codes[range]) == codes, "group \(group)")
    }
  }

  /// A relative root mean squared error on a standard normal, measured with 4 million samples.
  struct Published {
    let name: String
    let bits: Int
    let groupSize: Int
    var symmetric: Bool?
    var doubleQuantization: Bool?
    let error: Double
  }

  static let published = [
    Published(name: "rtn", bits: 8, groupSize: 64, error: 0.00536),
    Published(name: "rtn", bits: 4, groupSize: 32, error: 0.0808),
    Published(name: "rtn", bits: 4, groupSize: 64, error: 0.0911),
    Published(name: "rtn", bits: 4, groupSize: 128, error: 0.1006),
    Published(name: "rtn", bits: 3, groupSize: 64, error: 0.195),
    Published(name: "rtn", bits: 2, groupSize: 128, error: 0.503),
    Published(name: "rtn", bits: 4, groupSize: 64, symmetric: true, error: 0.10770),
    Published(name: "nf4", bits: 4, groupSize: 64, error: 0.09197),
    Published(name: "nf4", bits: 4, groupSize: 64, doubleQuantization: true, error: 0.09199),
    Published(name: "fp4", bits: 4, groupSize: 64, error: 0.12198),
  ]

  @Test(
    "by another framework: relative errors on normal weights are the measured ones",
    arguments: published)
  func normalWeights(published: Published) throws {
    let weight = Matrix(rows: 512, columns: 1024, drawnFrom: .normal(), seed: 17)
    let result = try quantize(
      published.name, weight, bits: published.bits, groupSize: published.groupSize,
      symmetric: published.symmetric, doubleQuantization: published.doubleQuantization)
    let relative = (result.dequantized - weight).frobeniusNorm / weight.frobeniusNorm
    // Half a million samples spread the error by less than 0.4 %; 0.0006 and 0.0025 of it are half of
    // the last digit printed for four and three digits.
    let lastDigit = published.error == 0.195 || published.error == 0.503 ? 0.0025 : 0.0006
    #expect(abs(relative / published.error - 1) < 0.004 + lastDigit)
  }

  @Test("by law: the best ternary and the best two-bit levels of a normal density are known")
  func densities() throws {
    let weight = Matrix(rows: 1, columns: 1 << 18, drawnFrom: .normal(), seed: 18)
    let ternary = try quantize("ternary", weight, groupSize: 0)
    let three = LayerErrors(try LayerInput(weight: weight), ternary)
    #expect(abs(three.weightMSE - 0.1902) < 0.002)  // three-level Lloyd-Max: 0.1902; 2¹⁸ samples
    let lloyd = try quantize("lloyd-max", weight, bits: 2, groupSize: 0)
    let four = LayerErrors(try LayerInput(weight: weight), lloyd)
    #expect(abs(four.weightMSE - 0.1175) < 0.0015)
  }

  @Test("by law: a codebook for each group is never worse than its grid", arguments: 1...5)
  func codebookBeatsGrid(bits: Int) throws {
    let weight = Matrix(rows: 8, columns: 256, drawnFrom: .laplace(scale: 1), seed: 19)
    let input = try LayerInput(weight: weight)
    let grid = LayerErrors(input, try quantize("rtn", weight, bits: bits))
    let codebook = LayerErrors(input, try quantize("kmeans", weight, bits: bits))
    #expect(codebook.weightMSE <= grid.weightMSE)
  }
}
