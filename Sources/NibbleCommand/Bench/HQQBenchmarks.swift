import Quantization
import Tensors

/// HQQ from weights to codes, beside the published package in the same run.
enum HQQBenchmarks {
  private static let runs = 3
  private static let size = 4096

  /// Seconds a layer: 4 bits in groups of 64, every core, the solver that the package runs by default.
  static func all() throws -> [Figure] {
    let weight = Matrix(
      rows: size, columns: size, drawnFrom: .normal(deviation: 0.02), seed: 1)
    let solver = HQQ(behavior: .legacy)
    _ = try solver.solve(weight)  // warm-up
    let peer = PeerScript(package, arguments: [size], importing: ["torch", "hqq"])
    if peer == nil { Output.note("no Python with torch and hqq: HQQ is measured without a peer") }
    var ours: [Double] = []
    var theirs: [Double] = []
    for _ in 0..<runs {
      if let seconds = peer?.seconds() { theirs.append(seconds) }
      ours.append(try Stopwatch.seconds { _ = try solver.solve(weight) })
    }
    return [
      Figure(
        name: "hqq, \(size) × \(size), group 64", unit: "s", values: ours,
        against: theirs.count == ours.count
          ? Figure.Probe(name: "the hqq package, same cores", values: theirs) : nil)
    ]
  }

  private static let package = """
    import torch
    from hqq.core.quantize import Quantizer

    def prepare(size):
        torch.manual_seed(1)
        return torch.randn(size, size) * 0.02

    def work(weight):
        return Quantizer.quantize(
            weight, nbits=4, group_size=64, axis=1, device="cpu", bitpack=False)
    """
}
