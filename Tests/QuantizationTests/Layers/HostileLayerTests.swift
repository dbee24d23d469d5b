import Quantization
import Tensors
import Testing

/// Hostile: what nobody should feed a method; each of the table gives finite numbers or says why not.
@Suite("Hostile layers, for every method")
struct HostileLayerTests {
  /// What a method has to answer.
  private enum Answer {
    /// A finite result.
    case result
    /// A refusal of this kind.
    case refusal(QuantizationError.Kind)
    /// Either.
    case either
  }

  private func check(
    _ name: String, _ weight: Matrix, _ activations: Matrix?, _ answer: Answer, _ what: String,
    groupSize: Int? = nil
  ) throws {
    let method = try LayerMethod(named: name)
    var options = LayerOptions(groupSize: groupSize)
    if method.options.contains(.iterations), method.isSlow { options.iterations = 3 }
    do {
      let result = try method.quantize(
        LayerInput(weight: weight, activations: activations), options)
      if case .refusal = answer { Issue.record("\(name): \(what) was taken") }
      let all = [result.dequantized, result.scales, result.zeros, result.output].compactMap(\.self)
      #expect(all.allSatisfy { $0.elements.allSatisfy(\.isFinite) }, "\(name): \(what)")
      #expect(result.dequantized.rows == weight.rows)
      #expect(result.dequantized.columns == weight.columns)
      #expect(result.bitsPerWeight.isFinite && result.bitsPerWeight > 0)
      #expect(result.loss?.isFinite ?? true, "\(name): \(what)")
    } catch {
      #expect(!error.description.isEmpty)
      switch answer {
      case .result: Issue.record("\(name): \(what) was refused: \(error)")
      case .refusal(let kind): #expect(error.kind == kind, "\(name): \(what): \(error)")
      case .either: break
      }
    }
  }

  private let weight = Matrix(rows: 12, columns: 256, drawnFrom: .normal(), seed: 31)
  private let inputs = Matrix(rows: 9, columns: 256, drawnFrom: .normal(), seed: 32)

  @Test(
    "a NaN, infinities, no rows, no columns are bad data", arguments: LayerMethod.all.map(\.name))
  func notNumbers(name: String) throws {
    for value in [Float.nan, .infinity, -.infinity] {
      var broken = weight
      broken[3, 77] = value
      try check(name, broken, inputs, .refusal(.badData), "a weight of \(value)")
      var loud = inputs
      loud[8, 255] = value
      try check(name, weight, loud, .refusal(.badData), "an input of \(value)")
    }
    for (rows, columns) in [(0, 256), (12, 0)] {
      try check(
        name, Matrix(rows: rows, columns: columns, repeating: 0), nil, .refusal(.badData),
        "\(rows) × \(columns)")
    }
    try check(
      name, weight, Matrix(rows: 0, columns: 256, repeating: 0), .refusal(.badData), "no tokens")
  }

  @Test("inputs of another width are bad data", arguments: LayerMethod.all.map(\.name))
  func otherWidth(name: String) throws {
    for columns in [1, 255, 257] {
      try check(
        name, weight, Matrix(rows: 9, columns: columns, repeating: 1), .refusal(.badData),
        "\(columns) channels")
    }
  }

  @Test(
    "one token, silent inputs, rows of zeros, nothing but zeros: results",
    arguments: LayerMethod.all.map(\.name))
  func degenerate(name: String) throws {
    try check(name, weight, inputs.rows(in: 0..<1), .result, "one token")
    try check(name, weight, Matrix(rows: 3, columns: 256, repeating: 0), .result, "silent inputs")
    var some = weight
    for row in [0, 5, 11] { some.setRow(row, to: [Float](repeating: 0, count: 256)) }
    try check(name, some, inputs, .result, "rows of zeros")
    try check(name, Matrix(rows: 12, columns: 256, repeating: 0), inputs, .result, "all zeros")
    try check(name, Matrix(rows: 12, columns: 256, repeating: 0.37), inputs, .result, "one value")
    // Hessians of rank one: every token the same.
    let alike = Matrix(rows: 20, columns: 256) { _, column in inputs[0, column] }
    try check(name, weight, alike, .result, "tokens all alike")
  }

  /// Methods whose vectors, blocks or transforms one column does not fill.
  private static let needsWidth: Set = ["mxfp4", "nvfp4", "aqlm", "quip-sharp"]

  @Test(
    "one column and one row: a result, or a width that is said to be needed",
    arguments: LayerMethod.all.map(\.name))
  func narrow(name: String) throws {
    let answer: Answer =
      Self.needsWidth.contains(name) || name.hasPrefix("gguf:") ? .refusal(.usage) : .result
    try check(
      name, Matrix([[1], [-0.5], [0.25]]), Matrix([[1], [2]]), answer, "one column")
    try check(name, Matrix([[-3]]), Matrix([[2]]), answer, "one weight")
    try check(name, weight.rows(in: 0..<1), inputs, .result, "one row")
  }

  @Test(
    "groups that do not divide are usage errors where there are groups",
    arguments: LayerMethod.all.map(\.name))
  func groups(name: String) throws {
    for size in [3, 100, 255, 257, -1] {
      // Blocks of nf4 and fp4 cross from row to row, as bitsandbytes' do.
      let crosses = size > 0 && ["nf4", "fp4"].contains(name)
      try check(
        name, weight, inputs, crosses ? .result : .refusal(.usage), "groups of \(size)",
        groupSize: size)
    }
    // 13 columns: a prime, which only blocks of one or all tile, and no Hadamard matrix has.
    try check(
      name, Matrix(rows: 5, columns: 13, drawnFrom: .normal(), seed: 33),
      Matrix(rows: 6, columns: 13, drawnFrom: .normal(), seed: 34), .either, "13 columns")
  }

  @Test(
    "the largest and the smallest numbers: finite, or said to be too large",
    arguments: LayerMethod.all.map(\.name))
  func extremes(name: String) throws {
    for factor in [0x1p-146, 1e-37, 1e-20, 1e5, 1e18, 3e37] as [Float] {
      try check(name, factor * weight, inputs, .either, "weights of \(factor)")
    }
    for factor in [0x1p-146, 1e-20, 1e5, 1e18, 1e37] as [Float] {
      try check(name, weight, factor * inputs, .either, "inputs of \(factor)")
    }
    var uneven = weight
    for row in 0..<12 {
      let factor = Float(sign: .plus, exponent: 10 * row - 60, significand: 1)
      uneven.setRow(row, to: weight.row(row).map { $0 * factor })
    }
    try check(name, uneven, inputs, .either, "rows of 2⁻⁶⁰ to 2⁵⁰")
  }
}
