import Quantization
import Tensors

/// How long AWQ looks for its exponents, beside the program one would write first in PyTorch.
enum AWQBenchmarks {
  private static let runs = 5
  private static let width = 768
  private static let tokens = 512

  /// Layers that read the same inputs and share a scale.
  private struct Consumers {
    let outputs: [Int]
    let inputs: Int
  }

  /// The wall time of the search over 20 exponents on 512 tokens, four bits in groups of 128: for an
  /// attention block of width 768, where q, k and v share a scale and o has its own, and for the whole
  /// transformer block, with the two layers of its feed-forward part, four times as wide, as well.
  static func search() throws -> [Figure] {
    let attention = [
      Consumers(outputs: [width, width, width], inputs: width),
      Consumers(outputs: [width], inputs: width),
    ]
    let feedForward = [
      Consumers(outputs: [4 * width], inputs: width),
      Consumers(outputs: [width], inputs: 4 * width),
    ]
    return [
      try figure("q k v o of \(width)", attention),
      try figure("a whole block of \(width)", attention + feedForward),
    ]
  }

  private static func figure(_ name: String, _ parts: [Consumers]) throws -> Figure {
    let layers = parts.enumerated().map { index, part in
      (
        weights: part.outputs.enumerated().map { place, rows in
          Matrix(
            rows: rows, columns: part.inputs, drawnFrom: .normal(),
            seed: UInt64(4 * index + place))
        },
        inputs: Matrix(
          rows: tokens, columns: part.inputs, drawnFrom: .normal(), seed: UInt64(100 + index))
      )
    }
    let method = AWQ()
    func work() throws {
      for layer in layers {
        let calibration = try AWQCalibration(activations: layer.inputs)
        _ = try method.search(layer.weights, calibration: calibration)
      }
    }
    // Sizes of each part: its inputs, its outputs, and a 0.
    let sizes = parts.flatMap { [$0.inputs] + $0.outputs + [0] }
    let peer = PeerScript(script, arguments: [tokens] + sizes, importing: ["torch"])
    if peer == nil { Output.note("no Python with torch: AWQ is measured without a peer") }
    var ours: [Double] = []
    var theirs: [Double] = []
    try work()  // warm-up
    for _ in 0..<runs {
      if let seconds = peer?.seconds() { theirs.append(seconds) }
      ours.append(try Stopwatch.seconds(work))
    }
    return Figure(
      name: "awq search, \(name), \(tokens) tokens", unit: "s", values: ours,
      against: theirs.count == ours.count
        ? Figure.Probe(name: "the same search in PyTorch, same cores", values: theirs) : nil)
  }

  private static let script = """
    import torch

    def rounded(weight, group, top):
        runs = weight.reshape(-1, group)
        low = runs.amin(dim=1, keepdim=True).clamp(max=0)
        high = runs.amax(dim=1, keepdim=True).clamp(min=0)
        scale = (high - low).clamp(min=1e-5) / top
        zero = (-torch.round(low / scale)).clamp(0, top)
        codes = (torch.round(runs / scale) + zero).clamp(0, top)
        return ((codes - zero) * scale).reshape(weight.shape)

    def search(weights, inputs):
        exact = [inputs @ weight.T for weight in weights]
        size = inputs.abs().mean(dim=0)
        best = None
        for step in range(20):
            scales = size.pow(step / 20).clamp(min=1e-4)
            scales = scales / (scales.max() * scales.min()).sqrt()
            loss = 0.0
            for weight, output in zip(weights, exact):
                back = rounded(weight * scales, 128, 15) / scales
                loss += (output - inputs @ back.T).pow(2).mean().item()
            if best is None or loss < best[0]:
                best = (loss, scales)
        return best

    def prepare(tokens, *sizes):
        torch.manual_seed(1)
        parts, part = [], []
        for size in sizes:
            if size:
                part.append(size)
                continue
            width, *outputs = part
            weights = [torch.randn(rows, width) for rows in outputs]
            parts.append((weights, torch.randn(tokens, width)))
            part = []
        return parts

    def work(parts):
        for weights, inputs in parts:
            search(weights, inputs)
    """
}
