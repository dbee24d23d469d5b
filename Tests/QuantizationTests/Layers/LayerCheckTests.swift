import Quantization
import Tensors
import Testing

/// Evidence: by law, for every method of the table.
///
/// A plan asks ``LayerMethod/check(_:rows:columns:)`` and ``LayerMethod/affineObstacle(_:)`` where a run looks at
/// weights; both must give the same answer.
@Suite("What a method refuses, known before there is a weight")
struct LayerCheckTests {
  private static let names = LayerMethod.all.map(\.name)

  private static func options(
    _ change: (inout LayerOptions) -> Void
  ) -> LayerOptions {
    var options = LayerOptions()
    change(&options)
    return options
  }

  /// What a person may ask for, sensible or not.
  private static let requests: [LayerOptions] =
    [options { _ in }]
    + [0, 1, 2, 3, 5, 8, 9].map { bits in options { $0.bits = bits } }
    + [-1, 0, 16, 32, 48].map { size in options { $0.groupSize = size } }
    + [1, 2].map { bits in
      options {
        $0.bits = bits
        $0.symmetric = true
      }
    }
    + [
      options { $0.damping = -1 }, options { $0.alpha = 2 }, options { $0.iterations = -1 },
      options { $0.passes = -1 }, options { $0.codebooks = 3 }, options { $0.codebookBits = 17 },
      options { $0.beam = 0 }, options { $0.threshold = 0 }, options { $0.outlierShare = 2 },
      options { $0.blockSize = 0 }, options { $0.range = .percentile(140) },
      options {
        $0.staticGroups = true
        $0.staleScales = true
      },
      options { $0.then = "rotation" }, options { $0.then = "gtpq" },
      options {
        $0.then = "gptq"
        $0.bits = 9
      },
      options {
        $0.rotation = .random
        $0.blockwise = true
      },
      options { $0.rotation = .learned },
    ]

  @Test(
    "what passes the check is quantized, and what does not is refused in the same words",
    arguments: names)
  func sameAnswer(_ name: String) throws {
    let method = try LayerMethod(named: name)
    // 23 has no Hadamard matrix, and is no multiple of 8.
    for (rows, columns) in [(8, 64), (4, 96), (8, 40), (23, 32), (4, 23)] {
      let weight = Matrix(rows: rows, columns: columns, drawnFrom: .normal(deviation: 0.1), seed: 3)
      let inputs = Matrix(rows: 128, columns: columns, drawnFrom: .normal(), seed: 4)
      let input = try LayerInput(weight: weight, activations: inputs)
      for request in Self.requests {
        var asked = request
        // A few steps are enough to be refused or not.
        if method.isSlow, asked.iterations == nil, method.options.contains(.iterations) {
          asked.iterations = 2
        }
        let expected = Self.refusal { try method.check(asked, rows: rows, columns: columns) }
        let found = Self.refusal { _ = try method.quantize(input, asked) }
        #expect(found == expected, "\(name) \(rows) × \(columns) \(asked.given)")
      }
    }
  }

  @Test("by hand: the refusals that plans used to let pass")
  func known() throws {
    let gptq = try LayerMethod(named: "gptq")
    let size = Self.options { $0.groupSize = 100 }
    #expect(
      throws: QuantizationError.groupSizeDoesNotDivide(groupSize: 100, columns: 768)
    ) { try gptq.check(size, rows: 768, columns: 768) }
    #expect(throws: QuantizationError.bits(1, allowed: 2...8, who: "gptq")) {
      try gptq.check(Self.options { $0.bits = 1 }, rows: 768, columns: 768)
    }
    // Too large to be quantized in a test: nothing of it is made.
    try gptq.check(LayerOptions(), rows: 49_152, columns: 12_288)
    try LayerMethod(named: "quip-sharp").check(LayerOptions(), rows: 49_152, columns: 12_288)
  }

  @Test(
    "what codes, scales and zero points would leave out is known without a result", arguments: names
  )
  func obstacles(_ name: String) throws {
    let method = try LayerMethod(named: name)
    var requests = [LayerOptions()]
    if name == "rotation" {
      requests += ["nf4", "gptq", "hqq"].map { then in Self.options { $0.then = then } }
    }
    let weight = Matrix(rows: 8, columns: 256, drawnFrom: .normal(deviation: 0.1), seed: 5)
    let inputs = Matrix(rows: 512, columns: 256, drawnFrom: .normal(), seed: 6)
    for var request in requests {
      let obstacle = method.affineObstacle(request)
      if method.isSlow, method.options.contains(.iterations), name != "rotation" {
        request.iterations = 2
      }
      let result = try method.quantize(LayerInput(weight: weight, activations: inputs), request)
      let error = Self.refusal { _ = try AffineLayer(result) }
      #expect(error == obstacle?.description, "\(name) \(request.then ?? "")")
    }
  }

  /// The words of an error about the request; nil where there is none, or where the data are to blame.
  private static func refusal(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let error as QuantizationError where error.kind == .badData {
      return nil
    } catch {
      return "\(error)"
    }
  }
}
