import Quantization
import Tensors

/// How long AWQ looks for its exponents, beside the program one would write first in PyTorch.
enum AWQBenchmarks {
  private static let runs = 5
  private static let width = 768
  private static let tokens = 512

  /// The search over 20 exponents for an attention block of width 768 on 512 tokens: q, k and v share
  /// a scale, o has its own; four bits in groups of 128.
  static func search() throws -> [Figure] {
    let weights = (0..<4).map { index in
      Matrix(rows: width, columns: width, drawnFrom: .normal(), seed: UInt64(index))
    }
    let inputs = (0..<2).map { index in
      Matrix(rows: tokens, columns: width, drawnFrom: .normal(), seed: UInt64(10 + index))
    }
    let method = AWQ()
    func work() throws {
      for (consumers, activations) in [
        (Array(weights[..<3]), inputs[0]), ([weights[3]], inputs[1]),
      ] {
        let calibration = try AWQCalibration(activations: activations)
        _ = try method.search(consumers, calibration: calibration)
      }
    }
    let name = "awq search, q k v o of \(width), \(tokens) tokens"
    let peer = PeerScript(script, arguments: [width, tokens], importing: ["torch"])
    if peer == nil { Output.note("no Python with torch: AWQ is measured without a peer") }
    var ours: [Double] = []
    var theirs: [Double] = []
    try work()  // warm-up
    for _ in 0..<runs {
      if let seconds = peer?.seconds() { theirs.append(seconds) }
      ours.append(try Stopwatch.seconds(work))
    }
    return [
      Figure(
        name: name, unit: "s", values: ours,
        against: theirs.count == ours.count
          ? Figure.Probe(name: "the same search in PyTorch, same cores", values: theirs) : nil)
    ]
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

    def prepare(width, tokens):
        torch.manual_seed(1)
        weights = [torch.randn(width, width) for _ in range(4)]
        return weights, [torch.randn(tokens, width) for _ in range(2)]

    def work(prepared):
        weights, inputs = prepared
        search(weights[:3], inputs[0])
        search(weights[3:], inputs[1])
    """
}
