import Quantization
import Tensors
import Testing

@Suite("What a scheme refuses, by hand")
struct SchemeErrorTests {
  private func refusal(_ matrix: Matrix, _ scheme: QuantizationScheme) -> QuantizationError? {
    do {
      _ = try matrix.roundedToNearest(scheme)
      return nil
    } catch {
      return error
    }
  }

  private let matrix = Matrix(rows: 2, columns: 128, repeating: 1)

  @Test("a group size that does not tile the row, with the sizes that do")
  func groupSize() {
    let error = refusal(matrix, QuantizationScheme(bits: 4, groupSize: 48))
    #expect(error == .groupSizeDoesNotDivide(groupSize: 48, columns: 128))
    #expect(
      error?.description
        == "group size 48 does not divide 128 input channels; use one of 16, 32, 64, 128")
    #expect(error?.kind == .usage)
  }

  @Test("of many sizes the message names the nearest, of a prime only the row itself")
  func manySizes() {
    let large = QuantizationError.groupSizeDoesNotDivide(groupSize: 100, columns: 27_720)
    #expect(large.description.hasSuffix("use one of 84, 88, 90, 99, 105, 110, 120, 126"))
    let prime = QuantizationError.groupSizeDoesNotDivide(groupSize: 4, columns: 13)
    #expect(prime.description.hasSuffix("use one of 1, 13"))
  }

  @Test("bits that no grid has", arguments: [-1, 0, 9, 64])
  func bits(bits: Int) {
    let error = refusal(matrix, QuantizationScheme(bits: bits))
    #expect(error == .bits(bits, allowed: 1...8, who: "an integer grid"))
    #expect(error?.description.contains("use 1 to 8") == true)
  }

  @Test("one restricted bit, which would have one level")
  func oneRestrictedBit() {
    let error = refusal(matrix, QuantizationScheme(bits: 1, groupSize: 128))
    #expect(error == .bits(1, allowed: 2...8, who: "the restricted symmetric grid"))
  }

  @Test("sizes below one, blocks that do not tile, empty matrices, percentiles beyond 100")
  func others() {
    #expect(
      refusal(matrix, QuantizationScheme(bits: 4, groupSize: -1))
        == .sizeNotPositive(name: "group size", value: -1))
    #expect(
      refusal(matrix, QuantizationScheme(bits: 4, granularity: .block(rows: 3, columns: 16)))
        == .blockDoesNotDivide(blockRows: 3, blockColumns: 16, rows: 2, columns: 128))
    #expect(
      refusal(matrix, QuantizationScheme(bits: 4, granularity: .block(rows: 0, columns: 16)))
        == .sizeNotPositive(name: "block rows", value: 0))
    #expect(
      refusal(Matrix(rows: 0, columns: 4, repeating: 0), QuantizationScheme(bits: 4))
        == .empty(name: "matrix", rows: 0, columns: 4))
    #expect(
      refusal(matrix, QuantizationScheme(bits: 4, range: .percentile(140)))
        == .parameter(name: "percentile", value: 140, expected: "above 0, at most 100"))
  }

  @Test(
    "a NaN or an infinity, by its place, whichever loop meets it",
    arguments: [Float.nan, -.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    var matrix = Matrix(rows: 3, columns: 64, drawnFrom: .normal(), seed: 1)
    matrix[1, 37] = value
    for scheme in [
      QuantizationScheme(bits: 4, groupSize: 16), QuantizationScheme(bits: 4, granularity: .tensor),
      QuantizationScheme(bits: 4, granularity: .channel, range: .octav),
      QuantizationScheme(bits: 4, granularity: .block(rows: 3, columns: 32)),
    ] {
      guard case .notFinite("matrix", 1, 37, _) = refusal(matrix, scheme) else {
        Issue.record("not refused by \(scheme)")
        continue
      }
    }
    let description = refusal(matrix, QuantizationScheme(bits: 4, groupSize: 16))?.description
    #expect(description?.hasPrefix("matrix[1, 37] is ") == true)
  }

  @Test("parts that do not fit together")
  func parts() {
    let scheme = QuantizationScheme(bits: 4, groupSize: 2)
    #expect(throws: QuantizationError.countMismatch(what: "scales", found: 1, expected: 2)) {
      try QuantizedMatrix(
        rows: 1, columns: 4, codes: [1, 2, 3, -4], scales: [1], zeroPoints: [0, 0], scheme: scheme)
    }
    for scale in [0, -1, .nan, .infinity] as [Float] {
      #expect(throws: QuantizationError.self, "scale \(scale)") {
        try QuantizedMatrix(
          rows: 1, columns: 4, codes: [1, 2, 3, -4], scales: [1, scale], zeroPoints: [0, 0],
          scheme: scheme)
      }
    }
    #expect(throws: QuantizationError.codeOutsideGrid(code: -8, index: 3, allowed: -7...7)) {
      try QuantizedMatrix(
        rows: 1, columns: 4, codes: [1, 2, 3, -8], scales: [1, 1], zeroPoints: [0, 0],
        scheme: scheme)
    }
  }
}
