internal import Models
internal import Quantization
internal import Tensors

/// How a folded layer's outputs relate to the original one's, so that errors can be told in the original's
/// units: y = s ⊙ y′ + c.
struct LayerCoordinates: Codable, Hashable, Sendable {
  /// s, one an output; nil for ones.
  ///
  /// Rotations of the outputs change no error's size and leave no trace here.
  var outputScales: [Float]?
  /// c, one an output: what the layer made of a norm's offset, which its bias holds now; nil for zeros.
  var constant: [Float]?

  /// A difference of outputs, or of weights by outputs, in the original's units.
  func restored(_ matrix: Matrix) -> Matrix {
    outputScales.map { matrix.scalingRows(by: $0) } ?? matrix
  }

  /// What the constant adds to ‖W X‖²: 2 n ⟨c, s ⊙ W′ x̄⟩ + n ‖c‖².
  ///
  /// - Parameters:
  ///   - restored: diag(s) W′.
  ///   - statistics: The sums over the folded layer's inputs.
  /// - Returns: What is to be added.
  func constantPower(_ restored: Matrix, _ statistics: InputStatistics) -> Double {
    guard let constant else { return 0 }
    let means = restored.multiplied(by: statistics.means)
    let count = Double(statistics.tokens)
    return zip(constant, means).reduce(0.0) { sum, pair in
      sum + count * Double(pair.0) * (2 * Double(pair.1) + Double(pair.0))
    }
  }
}

/// The coordinates of a model's layers; those that are not there are the original's.
typealias ModelCoordinates = [LinearLayerID: LayerCoordinates]
