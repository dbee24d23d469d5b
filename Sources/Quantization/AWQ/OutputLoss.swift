public import Tensors

/// The mean squared change of a layer's outputs, as a function of the change in its weight.
///
/// ‖ΔW X‖² over tokens and outputs. With fewer tokens than channels the product itself is cheapest;
/// otherwise, and where only sums over tokens were kept, the same number is tr(ΔW G ΔWᵀ) with
/// G = X Xᵀ / n, half the Hessian.
public struct OutputLoss: Sendable {
  private enum Form {
    case inputs(Matrix)
    case products(Matrix)
  }

  private let form: Form

  /// The loss on inputs at hand.
  ///
  /// - Parameter activations: Xᵀ, shape [tokens, in], not empty (a precondition).
  public init(activations: Matrix) {
    precondition(!activations.isEmpty, "a loss over no inputs")
    form =
      activations.rows <= activations.columns
      ? .inputs(activations)
      : .products((1 / Float(activations.rows)) * activations.gramOfColumns())
  }

  /// The loss on inputs of which only sums were kept.
  ///
  /// - Parameter statistics: Sums over at least one token.
  public init(statistics: InputStatistics) {
    var half = statistics.hessian
    half.scale(by: 0.5)
    form = .products(half.rounded())
  }

  /// ‖ΔW X‖² / (tokens × outputs).
  ///
  /// - Parameter change: ΔW, shape [out, in].
  /// - Returns: The mean; not finite where the change or a product leaves float32.
  public func callAsFunction(_ change: Matrix) -> Double {
    switch form {
    case .inputs(let activations):
      let moved = activations.multiplyingTransposed(change)
      return moved.squaredFrobeniusNorm / Double(moved.count)
    case .products(let gram):
      let products = change.multiplied(by: gram)
      let trace = change.sumOfProducts(with: products)
      return (trace < 0 ? 0 : trace) / Double(change.rows)  // float32 may fall just below zero
    }
  }
}

extension Matrix {
  /// Σ aᵢ bᵢ over elements in the same place, in Double.
  func sumOfProducts(with other: Matrix) -> Double {
    withUnsafeBufferPointer { left in
      other.withUnsafeBufferPointer { right in
        var sums = (0.0, 0.0, 0.0, 0.0)
        var index = 0
        while index &+ 3 < left.count {
          sums.0 += Double(left[index]) * Double(right[index])
          sums.1 += Double(left[index &+ 1]) * Double(right[index &+ 1])
          sums.2 += Double(left[index &+ 2]) * Double(right[index &+ 2])
          sums.3 += Double(left[index &+ 3]) * Double(right[index &+ 3])
          index &+= 4
        }
        while index < left.count {
          sums.0 += Double(left[index]) * Double(right[index])
          index &+= 1
        }
        return (sums.0 + sums.1) + (sums.2 + sums.3)
      }
    }
  }
}
