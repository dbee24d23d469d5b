import CKernels
import Dispatch
import Foundation
import Models
import Tensors

/// A model of OPT-125M's shape with random weights, beside transformers in the same run.
enum ModelBenchmarks {
  private static let runs = 7
  private static let prompt = 512
  private static let continuation = 16

  /// Prefill with all logits and decoding, in single and in half precision, and opening a checkpoint.
  static func all() throws -> [Figure] {
    let (opening, half) = try openingHalfPrecision()
    let single = try RandomModel.opt().model()
    return [
      opening, try prefill(single, "float32", peer: "prefill"), try prefillBound(single),
      try prefill(half, "float16"),
    ] + (try decoding(single, "float32", peer: "decode"))
      + (try decoding(half, "float16", peer: nil))
  }

  /// Tokens a second of 512 tokens at once, the logits of each included.
  private static func prefill(
    _ model: Transformer, _ type: String, peer name: String? = nil
  ) throws -> Figure {
    let tokens = self.tokens(prompt, of: model)
    _ = try model.logits(tokens)  // warm-up
    let (ours, theirs) = try inTurn(with: name, tokens: prompt) { _ = try model.logits(tokens) }
    return figure(
      "prefill of \(prompt) tokens, all logits, \(type)", ours.map { Double(prompt) / $0 },
      theirs.map { Double(prompt) / $0 })
  }

  /// The same beside the model's matrix products alone, in the same run: no forward pass is faster.
  private static func prefillBound(_ model: Transformer) throws -> Figure {
    let tokens = self.tokens(prompt, of: model)
    let products = PrefillProducts(rows: prompt)
    _ = try model.logits(tokens)
    products.run()
    var rates: [Double] = []
    var bounds: [Double] = []
    for _ in 0..<runs {
      bounds.append(Double(prompt) / Stopwatch.seconds { products.run() })
      rates.append(Double(prompt) / (try Stopwatch.seconds { _ = try model.logits(tokens) }))
    }
    return Figure(
      name: "prefill of \(prompt) tokens, float32, beside its products", unit: "tokens/s",
      values: rates, against: Figure.Probe(name: "OpenBLAS, the products alone", values: bounds))
  }

  /// Tokens a second, one at a time: beside transformers, and as a share of the read bandwidth.
  private static func decoding(
    _ model: Transformer, _ type: String, peer name: String?
  ) throws -> [Figure] {
    let tokens = self.tokens(continuation, of: model)
    let probe = BandwidthProbe()
    var bounds: [Double] = []
    let (ours, theirs) = try inTurn(with: name, tokens: continuation) {
      let cache = KeyValueCache(for: model.configuration)
      for token in tokens { _ = try model.logits([token], cache: cache, rows: .last) }
    } between: {
      bounds.append(probe.bytesPerSecond())
    }
    let rates = ours.map { Double(continuation) / $0 }
    let name = "decoding, one token at a time, \(type)"
    let reads = rates.map { $0 * Double(model.bytesPerToken) / 1e9 }
    var figures = [
      Figure(
        name: name + ", weights read", unit: "GB/s", values: reads,
        against: Figure.Probe(
          name: "memory read, every thread", values: bounds.map { $0 / 1e9 }))
    ]
    figures.insert(figure(name, rates, theirs.map { Double(continuation) / $0 }), at: 0)
    return figures
  }

  /// Seconds to open a checkpoint of 250 MB that the system has in memory, and the opened model.
  private static func openingHalfPrecision() throws -> (Figure, Transformer) {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nibble-bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }  // mapped files live on
    try RandomModel.opt().write(to: folder)
    var model = try Transformer(path: folder)
    var seconds: [Double] = []
    for _ in 0..<runs {
      seconds.append(try Stopwatch.seconds { model = try Transformer(path: folder) })
    }
    let figure = Figure(
      name: "opening a checkpoint of 250 MB", unit: "s", values: seconds,
      against: Figure.Probe(name: "the goal, 0.5 s", values: seconds.map { _ in 0.5 }))
    return (figure, model)
  }

  private static func tokens(_ count: Int, of model: Transformer) -> [Int] {
    (0..<count).map { $0 * 37 % model.configuration.vocabularySize }
  }

  /// Seconds of our runs and of the peer's, one after the other.
  private static func inTurn(
    with peer: String?, tokens: Int, _ work: () throws -> Void, between: () -> Void = {}
  ) throws -> (ours: [Double], theirs: [Double]) {
    let script = peer.flatMap {
      PeerScript(
        transformers + ($0 == "prefill" ? prefillWork : decodeWork), arguments: [tokens],
        importing: ["torch", "transformers"])
    }
    if peer != nil, script == nil {
      Output.note("no Python with transformers: models are measured without a peer")
    }
    var ours: [Double] = []
    var theirs: [Double] = []
    for _ in 0..<runs {
      if let seconds = script?.seconds() { theirs.append(seconds) }
      between()
      ours.append(try Stopwatch.seconds(work))
    }
    return (ours, theirs.count == ours.count ? theirs : [])
  }

  private static func figure(_ name: String, _ ours: [Double], _ theirs: [Double]) -> Figure {
    Figure(
      name: name, unit: "tokens/s", values: ours,
      against: theirs.isEmpty
        ? nil : Figure.Probe(name: "transformers, float32, same cores", values: theirs))
  }

  private static let transformers = """
    import torch, transformers

    def prepare(tokens):
        config = transformers.OPTConfig(
            hidden_size=768, num_hidden_layers=12, num_attention_heads=12, ffn_dim=3072,
            vocab_size=50272, max_position_embeddings=2048, word_embed_proj_dim=768)
        torch.manual_seed(1)
        ids = torch.arange(tokens).reshape(1, tokens) * 37 % 50272
        return transformers.OPTForCausalLM(config).eval(), ids


    """

  private static let prefillWork = """
    @torch.no_grad()
    def work(prepared):
        model, ids = prepared
        model(ids)
    """

  private static let decodeWork = """
    @torch.no_grad()
    def work(prepared):
        model, ids = prepared
        past = None
        for place in range(ids.shape[1]):
            past = model(ids[:, place:place + 1], past_key_values=past, use_cache=True).past_key_values
    """
}

/// The products of inputs and weights that a forward pass of OPT-125M's shape cannot do without.
private struct PrefillProducts {
  private let inputs: [Int: Matrix]
  private let weights: [(weight: Matrix, times: Int)]

  init(rows: Int) {
    func random(_ rows: Int, _ columns: Int) -> Matrix {
      Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: UInt64(rows + columns))
    }
    inputs = [768: random(rows, 768), 3072: random(rows, 3072)]
    weights = [
      (random(768, 768), 4 * 12), (random(768, 3072), 12), (random(3072, 768), 12),
      (random(768, 50_272), 1),
    ]
  }

  func run() {
    for (weight, times) in weights {
      guard let input = inputs[weight.rows] else { continue }
      for _ in 0..<times { _ = input.multiplied(by: weight) }
    }
  }
}

/// The memory read bandwidth of all threads together, over more than the caches hold.
private final class BandwidthProbe {
  private let words = [UInt64](repeating: 3, count: 64 << 20)

  func bytesPerSecond() -> Double {
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let seconds = Stopwatch.seconds {
      words.withUnsafeBufferPointer { buffer in
        nonisolated(unsafe) let buffer = buffer
        DispatchQueue.concurrentPerform(iterations: threads) { part in
          let range = buffer.count * part / threads..<buffer.count * (part + 1) / threads
          let own = UnsafeBufferPointer(rebasing: buffer[range])
          let sum = nibble_probe_read(own.baseAddress, own.count)
          precondition(sum == 3 * UInt64(own.count), "the probe did not read what it was given")
        }
      }
    }
    return Double(words.count * 8) / seconds
  }
}
