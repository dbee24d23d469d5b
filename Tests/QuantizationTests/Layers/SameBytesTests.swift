import Quantization
import Tensors
import Testing

/// By law: options and seed decide every byte; the number of threads and the time of day do not.
@Suite("The same bytes")
struct SameBytesTests {
  /// Everything a result holds.
  private struct Contents: Equatable {
    let codes: [UInt8]
    let vectorCodes: VectorCodes?
    let blocks: RowBlocks?
    let bits: [[UInt32]]
    let groupIndex: [Int]?
    let outliers: SparseWeights?
    let loss: Double?
    let notes: [String]

    init(_ result: LayerResult) {
      codes = result.codes.bytes
      vectorCodes = result.vectorCodes
      blocks = result.blocks
      bits = [
        result.scales.elements, result.zeros.elements, result.dequantized.elements,
        result.codebooks?.elements ?? [], result.inputScales ?? [], result.output?.elements ?? [],
        result.biasCorrection ?? [],
      ].map { $0.map(\.bitPattern) }
      groupIndex = result.groupIndex
      outliers = result.outliers
      loss = result.loss
      notes = result.notes
    }
  }

  /// Twenty rows, which three threads cannot share evenly, and 256 columns, the least that every block
  /// format and every Hadamard transform takes; outliers, a silent channel and a row of zeros.
  private static func input() throws -> LayerInput {
    var weight = Matrix(rows: 20, columns: 256, drawnFrom: .laplace(scale: 0.05), seed: 21)
      .plantingOutliers(fraction: 0.01, factor: 9, seed: 22)
    weight.setRow(11, to: [Float](repeating: 0, count: 256))
    var inputs = Matrix(rows: 37, columns: 256, drawnFrom: .normal(mean: 0.2), seed: 23)
      .plantingOutlierColumns([17, 200], factor: 20)
    inputs.setColumn(5, to: [Float](repeating: 0, count: 37))
    return try LayerInput(weight: weight, activations: inputs)
  }

  /// With one thread of the BLAS, as whole models are quantized: how many it has is a setting of the process,
  /// which other tests change meanwhile, and its products' last bits depend on it.
  private static func quantized(
    _ input: LayerInput, _ method: LayerMethod, _ options: LayerOptions
  ) throws -> LayerResult {
    try BLASThreads.withOneEach { Result { try method.quantize(input, options) } }.get()
  }

  @Test(
    "one, two and three threads, and a second run, give the same bytes",
    arguments: LayerMethod.all.map(\.name))
  func everyMethod(name: String) throws {
    let method = try LayerMethod(named: name)
    let input = try Self.input()
    var options = LayerOptions(seed: 3)
    if method.options.contains(.iterations), method.isSlow { options.iterations = 5 }
    options.biasCorrection = method.computesOutput ? nil : true
    var found: [Contents] = []
    for threads in [1, 2, 3, 3] {
      options.threads = threads
      found.append(Contents(try Self.quantized(input, method, options)))
    }
    for (place, contents) in found.enumerated() {
      #expect(contents == found[0], "run \(place) of \(name)")
    }
  }

  @Test(
    "the options that change how a method works as well",
    arguments: [
      "gptq act-order", "gptq static", "gptq stale", "awq clip", "awq duo", "quip-sharp bits",
      "rotation gptq", "spqr plain", "nf4 double", "aqlm beam", "hqq legacy", "llm-int8 bnb",
    ])
  func variants(variant: String) throws {
    let words = variant.split(separator: " ").map(String.init)
    var options = LayerOptions(seed: 4)
    switch words[1] {
    case "act-order": options.actOrder = true
    case "static": (options.actOrder, options.staticGroups) = (true, true)
    case "stale": (options.staleScales, options.groupSize) = (true, 32)
    case "clip": options.clipSearch = true
    case "duo": options.duoScaling = true
    case "bits": options.bits = 4
    case "gptq": options.then = "gptq"
    case "plain": options.doubleQuantization = false
    case "double": options.doubleQuantization = true
    case "beam": (options.beam, options.iterations) = (3, 1)
    case "legacy": options.legacy = true
    default: options.bitsandbytes = true
    }
    let input = try Self.input()
    let method = try LayerMethod(named: words[0])
    var found: [Contents] = []
    for threads in [1, 2, 3] {
      options.threads = threads
      found.append(Contents(try Self.quantized(input, method, options)))
    }
    #expect(found[1] == found[0] && found[2] == found[0])
  }
}
