import Quantization
import Tensors

/// GPTQ from inputs to codes, beside PyTorch in the same run.
enum GPTQBenchmarks {
  private static let runs = 5
  private static let tokens = 2048
  private static let shapes = [(rows: 768, columns: 3072), (rows: 4096, columns: 4096)]

  /// Seconds a layer: the Hessian of 2,048 tokens, its factor, 4 bits in groups of 128.
  static func all() throws -> [Figure] {
    try shapes.map { try seconds(rows: $0.rows, columns: $0.columns) }
  }

  private static func seconds(rows: Int, columns: Int) throws -> Figure {
    let weight = Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: 1)
    let inputs = Matrix(rows: tokens, columns: columns, drawnFrom: .normal(), seed: 2)
    let input = try LayerInput(weight: weight, activations: inputs)
    let method = try LayerMethod(named: "gptq")
    _ = try method.quantize(input)  // warm-up
    let peer = PeerScript(
      torch, arguments: [rows, columns, tokens], importing: ["torch"])
    if peer == nil { Output.note("no Python with torch: GPTQ is measured without a peer") }
    var ours: [Double] = []
    var theirs: [Double] = []
    for _ in 0..<runs {
      if let seconds = peer?.seconds() { theirs.append(seconds) }
      ours.append(try Stopwatch.seconds { _ = try method.quantize(input) })
    }
    return Figure(
      name: "gptq, \(rows) × \(columns), \(tokens) tokens", unit: "s", values: ours,
      against: theirs.count == ours.count
        ? Figure.Probe(name: "the algorithm in PyTorch, same cores", values: theirs) : nil)
  }

  /// The algorithm as its paper states it: a factor, an inverse, a factor, blocks of 128 columns.
  private static let torch = """
    import torch

    def prepare(rows, columns, tokens):
        torch.manual_seed(1)
        return torch.randn(rows, columns), torch.randn(tokens, columns)

    def work(layer, bits=4, group=128, block=128):
        weight, inputs = layer
        weight = weight.clone()
        size = weight.shape[1]
        hessian = 2 / len(inputs) * inputs.T @ inputs
        hessian.diagonal().add_(0.01 * hessian.diagonal().mean())
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(hessian))
        upper = torch.linalg.cholesky(inverse, upper=True)
        result = torch.empty_like(weight)
        top = 2**bits - 1
        for first in range(0, size, block):
            last = min(first + block, size)
            own = weight[:, first:last].clone()
            errors = torch.empty_like(own)
            for j in range(last - first):
                if (first + j) % group == 0:
                    rest = weight[:, first + j:first + j + group]
                    low = rest.amin(1, keepdim=True).clamp(max=0)
                    high = rest.amax(1, keepdim=True).clamp(min=0)
                    scale = (high - low) / top
                    zero = torch.round(-low / scale)
                column = own[:, j:j + 1]
                code = torch.clamp(torch.round(column / scale) + zero, 0, top)
                value = scale * (code - zero)
                error = (column - value) / upper[first + j, first + j]
                own[:, j:] -= error * upper[first + j, first + j:last]
                errors[:, j:j + 1] = error
                result[:, first + j:first + j + 1] = value
            weight[:, last:] -= errors @ upper[first:last, last:]
        return result
    """
}
