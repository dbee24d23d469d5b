internal import Grids
public import Tensors

/// A small correction of a frozen weight: LoRA, and over a 4-bit base QLoRA.
///
/// W = W₀ + (α / r) B A, with A (r, in) drawn and B (out, r) zero at first, so that the first step
/// starts from the base. With G the slope by W, dA = (α / r) Bᵀ G and dB = (α / r) G Aᵀ.
/// Source: Hu et al. 2021, arXiv:2106.09685; the 4-bit base, Dettmers et al. 2023, arXiv:2305.14314.
public struct LowRankAdapter: Sendable, Equatable, Codable {
  /// r: how many directions the correction has.
  public var rank: Int
  /// α: the correction's size, over the rank.
  public var alpha: Double

  /// Makes an adapter.
  ///
  /// - Parameters:
  ///   - rank: How many directions the correction has.
  ///   - alpha: The correction's size, over the rank.
  public init(rank: Int, alpha: Double) {
    self.rank = rank
    self.alpha = alpha
  }

  /// α / r.
  public var factor: Float { Float(alpha / Double(rank)) }

  /// The weight that the forward pass sees.
  ///
  /// - Parameters:
  ///   - base: W₀, shape (out, in).
  ///   - down: A, shape (rank, in).
  ///   - up: B, shape (out, rank).
  /// - Returns: W₀ + (α / r) B A.
  public func adapted(_ base: Matrix, down: Matrix, up: Matrix) -> Matrix {
    base + factor * up.multiplied(by: down)
  }

  /// The slopes by both parts of the correction.
  ///
  /// - Parameters:
  ///   - slope: G, the slope by the adapted weight, shape (out, in).
  ///   - down: A, shape (rank, in).
  ///   - up: B, shape (out, rank).
  /// - Returns: dA and dB, in the shapes of A and B.
  public func slopes(
    _ slope: Matrix, down: Matrix, up: Matrix
  ) -> (down: Matrix, up: Matrix) {
    (
      factor * up.transposedMultiplied(by: slope), factor * slope.multiplyingTransposed(down)
    )
  }
}

extension TrainableModel {
  /// Rounds every block's matrices to NF4 in blocks of 64 and back: the frozen base of QLoRA.
  public func roundToNormalFloat4() {
    let codebook = Codebook.normalFloat4
    for tensor in layout.loopedTensors {
      for first in stride(from: tensor.range.lowerBound, to: tensor.range.upperBound, by: 64) {
        let block = first..<min(first + 64, tensor.range.upperBound)
        let largest = block.reduce(0) { max($0, weights.values[$1].magnitude) }
        guard largest > 0 else { continue }
        for place in block {
          weights.values[place] =
            codebook.fakeQuantized(weights.values[place] / largest) * largest
        }
      }
    }
  }
}

extension ParameterLayout {
  /// The matrices inside blocks: what is quantized in the loop, and what adapters correct.
  var loopedTensors: [Tensor] {
    tensors.filter { $0.shape.count == 2 && $0.name.contains(".layers.") }
  }
}
