import Quantization
import Tensors
import Testing

@Suite("What a layer's file holds")
struct LayerPartsTests {
  /// A method and what it is asked.
  struct Case: CustomTestStringConvertible, Sendable {
    let method: String
    let said: String
    let change: @Sendable (inout LayerOptions) -> Void

    var testDescription: String { said.isEmpty ? method : "\(method), \(said)" }

    init(
      _ method: String, _ said: String = "",
      _ change: @escaping @Sendable (inout LayerOptions) -> Void = { _ in }
    ) {
      self.method = method
      self.said = said
      self.change = change
    }
  }

  /// Every method as it comes, and every form that its options give the parts.
  static let cases: [Case] =
    LayerMethod.all.map { Case($0.name) } + [
      Case("rtn", "symmetric") { $0.symmetric = true },
      Case("nf4", "blocks across rows") { $0.groupSize = 48 },
      Case("fp4", "a double quantized row") {
        $0.groupSize = 0
        $0.doubleQuantization = true
      },
      Case("gptq", "act-order") {
        $0.actOrder = true
        $0.groupSize = 32
      },
      Case("deep-compression", "in groups") { $0.groupSize = 64 },
      Case("lloyd-max", "3 bits") { $0.bits = 3 },
      Case("bitnet", "in groups") { $0.groupSize = 64 },
      Case("bitnet-binary", "in groups") { $0.groupSize = 64 },
      Case("awq", "alpha 0.7") { $0.alpha = 0.7 },
      Case("spqr", "many outliers") { $0.outlierShare = 0.1 },
      Case("quip", "2 bits, 2 passes") {
        $0.bits = 2
        $0.passes = 2
      },
      Case("quip-sharp", "2 bits") { $0.bits = 2 },
      Case("quip-sharp", "3 bits") { $0.bits = 3 },
      Case("rotation", "random") { $0.rotation = .random },
      Case("rotation", "learned") {
        $0.rotation = .learned
        $0.iterations = 3
      },
    ]
    + [
      "nf4", "awq", "gptq", "spqr", "smoothquant", "aqlm", "kmeans", "quip", "quip-sharp",
      "gguf:q4_k",
    ]
    .map { (name: String) in Case("rotation", "then \(name)") { $0.then = name } }

  private static func result(_ example: Case, _ weight: Matrix) throws -> LayerResult {
    var options = LayerOptions(seed: 3)
    example.change(&options)
    let activations = QuIPTests.inputs(tokens: 300, columns: weight.columns, seed: 31)
    return try LayerMethod(named: example.method)
      .quantize(LayerInput(weight: weight, activations: activations), options)
  }

  /// The largest difference from Ŵ in units of what single precision may lose.
  private static func excess(
    of result: LayerResult, parts: [LayerPart], method: String
  ) throws -> Double {
    let whole = result.dequantized
    let (values, slack) = try PartsDecoder.decode(
      parts.filter { $0.name != "dequantized" }, words: result.notation, method: method,
      rows: whole.rows, columns: whole.columns)
    #expect(values.count == whole.count)
    // The allowance itself must be small beside the weights, or it would allow anything.
    #expect((slack.max() ?? 0) < 1e-3 * Double(whole.largestMagnitude))
    return zip(zip(values, whole.elements), slack).map { pair, slack in
      let difference = abs(pair.0 - Double(pair.1))
      return difference == 0 ? 0 : difference / slack
    }.max() ?? 0
  }

  @Test("by second implementation: Ŵ is rebuilt from the other parts alone", arguments: cases)
  func rebuilt(example: Case) throws {
    var weight = Matrix(rows: 8, columns: 256, drawnFrom: .laplace(scale: 0.05), seed: 30)
    weight[5, 100] = 1.5
    weight.setRow(2, to: [Float](repeating: 0, count: 256))
    let result = try Self.result(example, weight)
    let parts = result.parts
    #expect(Set(parts.map(\.name)).count == parts.count)
    for part in parts { #expect(part.count == part.shape.reduce(1, *), "\(part.name)") }
    #expect(try Self.excess(of: result, parts: parts, method: example.method) <= 1)
  }

  @Test("by second implementation: cores that are no power of two, blocks, primes, one row")
  func shapes() throws {
    let turns = Case("rotation") { $0.groupSize = 0 }
    let blocks = Case("rotation", "blocks") { ($0.blockwise, $0.groupSize) = (true, 0) }
    let lattice = Case("quip-sharp", "blocks") { $0.blockwise = true }
    for (example, rows, columns) in [
      (turns, 3, 96), (blocks, 3, 184), (turns, 1, 20), (Case("quip"), 7, 53),
      (Case("quip"), 1, 64),
      (Case("quip"), 12, 1), (lattice, 6, 184), (Case("quip-sharp"), 12, 40),
      (Case("rotation", "random") { $0.rotation = .random }, 5, 53),
    ] {
      let weight = Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: 32)
      let result = try Self.result(example, weight)
      let excess = try Self.excess(of: result, parts: result.parts, method: example.method)
      #expect(excess <= 1, "\(example.testDescription) \(rows) × \(columns)")
    }
  }

  @Test(
    "by law: without a turn's parts, or with one sign changed, Ŵ is not what comes out",
    arguments: ["rotation", "quip", "quip-sharp"])
  func nothingIsIdle(method: String) throws {
    let weight = Matrix(rows: 8, columns: 256, drawnFrom: .laplace(scale: 0.05), seed: 33)
    let result = try Self.result(Case(method), weight)
    for (index, part) in result.parts.enumerated() where part.name.hasPrefix("restore.") {
      #expect(throws: PartsDecoder.Refusal.self, "\(part.name)") {
        var parts = result.parts
        parts.remove(at: index)
        _ = try Self.excess(of: result, parts: parts, method: method)
      }
      var parts = result.parts
      parts[index] = part.firstNegated
      // An order cannot be negated; its first two elements change places.
      #expect(try Self.excess(of: result, parts: parts, method: method) > 100, "\(part.name)")
    }
  }

  @Test("by hand: the words of each form")
  func notation() throws {
    let weight = Matrix(rows: 8, columns: 96, drawnFrom: .normal(), seed: 34)
    func words(
      _ method: String, _ change: @escaping @Sendable (inout LayerOptions) -> Void = { _ in }
    ) throws -> [String: String] {
      try Self.result(Case(method, "", change), weight).notation
    }
    #expect(try words("rtn").isEmpty)
    #expect(try words("rotation") == ["then": "rtn", "restore": "inputs:hadamard/96"])
    #expect(
      try words("rotation") { $0.rotation = .random } == ["then": "rtn", "restore": "inputs:dense"])
    #expect(
      try words("quip") == ["restore": "outputs:kronecker inputs:kronecker columns:scales"])
    #expect(
      try words("quip-sharp") { $0.bits = 3 } == [
        "codebook": "e8p+e8", "residual_scale": "2.04",
        "restore": "outputs:hadamard/8 inputs:hadamard/96",
      ])
    #expect(try words("quip-sharp") { $0.bits = 2 }["codebook"] == "e8p")
    #expect(try words("nf4") { $0.groupSize = 64 } == ["scale_run": "64"])
    let twice = try words("rotation") { $0.then = "quip-sharp" }
    #expect(
      twice["restore"] == "outputs:hadamard/8 inputs:hadamard/96 inputs:hadamard/96"
        && twice["then"] == "quip-sharp" && twice["codebook"] == "e8p+e8p")
  }
}

extension LayerPart {
  /// How many numbers there are.
  fileprivate var count: Int {
    switch values {
    case .floats(let values): values.count
    case .bytes(let values): values.count
    case .signedBytes(let values): values.count
    case .words(let values): values.count
    case .integers(let values): values.count
    }
  }

  /// The same part with its first number negated, or exchanged with the second where it is an index.
  fileprivate var firstNegated: LayerPart {
    switch values {
    case .floats(var values):
      values[0] = -values[0]
      return LayerPart(name, shape: shape, .floats(values))
    case .signedBytes(var values):
      values[0] = -values[0]
      return LayerPart(name, shape: shape, .signedBytes(values))
    case .integers(var values):
      values.swapAt(0, 1)
      return LayerPart(name, shape: shape, .integers(values))
    case .bytes, .words: return self
    }
  }
}
