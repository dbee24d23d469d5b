import Foundation
import Models
import Pipelines
import Quantization
import Tensors

/// Whole blocks quantized by GPTQ, beside the matrix products they cannot do without.
enum QuantizeBenchmarks {
  private static let runs = 3
  private static let blocks = 2
  private static let samples = 32
  private static let length = 2048

  /// Seconds for two blocks of OPT-125M's shape on 32 × 2,048 tokens, in groups of 128 at 4 bits.
  ///
  /// Time is that of a block times their number: the published model has twelve.
  static func all() throws -> [Figure] {
    let model = try RandomModel.opt(blocks: blocks).model()
    let vocabulary = model.configuration.vocabularySize
    let set = try CalibrationSet(
      name: "random tokens",
      sequences: (0..<samples).map { sample in
        (0..<length).map { (sample * 7919 + $0 * 37) % vocabulary }
      })
    let recipe = QuantizationRecipe(
      LayerRule(try LayerMethod(named: "gptq"), LayerOptions(bits: 4, groupSize: 128)))
    var (ours, products) = ([Double](), [Double]())
    var parts: [GPTQProducts.Part: [Double]] = [:]
    for run in 0..<runs {
      Output.status("run \(run + 1) of \(runs)")
      ours.append(try Stopwatch.seconds { _ = try model.quantized(recipe, calibration: set) })
      let seconds = GPTQProducts(tokens: length).seconds(blocks: blocks, samples: samples)
      for (part, own) in seconds { parts[part, default: []].append(own) }
      products.append(seconds.values.reduce(0, +))
    }
    Output.status("")
    let name = "gptq of \(blocks) blocks of OPT-125M, \(samples) × \(length) tokens"
    return [
      Figure(
        name: name, unit: "s", values: ours,
        against: Figure.Probe(name: "its matrix products alone", values: products))
    ]
      + GPTQProducts.Part.allCases.map {
        Figure(name: "of these products, \($0.rawValue)", unit: "s", values: parts[$0] ?? [])
      }
  }
}

/// The products and factorizations of GPTQ on blocks of OPT-125M's shape, each as the BLAS does it alone.
///
/// The last block has no second forward pass, and the first pass of each needs no output of its last layer.
private struct GPTQProducts {
  enum Part: String, CaseIterable {
    case forward = "forward passes"
    case attention = "attention"
    case hessians = "Hessians"
    case factors = "Cholesky factors"
    case updates = "updates of later columns"
  }

  private let inputs: [Int: Matrix]
  private let weights: [(weight: Matrix, passes: Int, passesOfLast: Int)]
  private let queries: Matrix
  private let scores: Matrix

  init(tokens: Int) {
    func random(_ rows: Int, _ columns: Int) -> Matrix {
      Matrix(rows: rows, columns: columns, drawnFrom: .normal(), seed: UInt64(rows + columns))
    }
    inputs = [768: random(tokens, 768), 3072: random(tokens, 3072)]
    weights = [
      (random(768, 768), 8, 4), (random(768, 3072), 2, 1), (random(3072, 768), 1, 0),
    ]
    queries = random(tokens, 64)
    scores = random(tokens, tokens / 2)  // what is later than a token is not looked at
  }

  func seconds(blocks: Int, samples: Int) -> [Part: Double] {
    let hidden = inputs[768] ?? Matrix(rows: 0, columns: 0, repeating: 0)
    let inner = inputs[3072] ?? hidden
    var seconds: [Part: Double] = [:]
    seconds[.forward] = Stopwatch.seconds {
      for (weight, passes, last) in weights {
        guard let input = inputs[weight.rows] else { continue }
        for _ in 0..<samples * (passes * (blocks - 1) + last) {
          _ = input.multiplied(by: weight)
        }
      }
    }
    let half = queries.rows(in: 0..<queries.rows / 2)
    seconds[.attention] = Stopwatch.seconds {
      for _ in 0..<samples * (2 * blocks - 1) * 12 {
        _ = queries.multiplyingTransposed(half)
        _ = scores.multiplied(by: half)
      }
    }
    var sums = (
      Matrix(rows: 768, columns: 768, repeating: 0), Matrix(rows: 3072, columns: 3072, repeating: 0)
    )
    seconds[.hessians] = Stopwatch.seconds {
      for _ in 0..<samples * blocks {
        for _ in 0..<3 { sums.0.addUpperGramOfColumns(of: hidden) }
        sums.1.addUpperGramOfColumns(of: inner)
      }
    }
    seconds[.factors] = Stopwatch.seconds {
      for matrix in [sums.0, sums.0, sums.0, sums.1] {
        for _ in 0..<blocks {
          var factor = matrix
          // Damped so much that the factor exists, whatever the rank of the sum.
          for index in 0..<factor.rows { factor[index, index] *= 2 }
          _ = factor.factorIntoUpper()
          factor.invertUpperTriangle()
        }
      }
    }
    // Errors of 128 columns times the factor's rows, for all later columns: half the square.
    seconds[.updates] = Stopwatch.seconds {
      for (rows, size, count) in [(768, 768, 4), (3072, 768, 1), (768, 3072, 1)] {
        let errors = Matrix(rows: rows, columns: 128, repeating: 1)
        let factor = Matrix(rows: 128, columns: size / 2, repeating: 1)
        for _ in 0..<blocks * count * (size / 128) { _ = errors.multiplied(by: factor) }
      }
    }
    return seconds
  }
}
