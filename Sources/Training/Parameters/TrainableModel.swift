internal import Tensors

/// A transformer whose weights can be read, set and learned.
public final class TrainableModel {
  /// The sizes.
  public let shape: ModelShape

  let layout: ParameterLayout
  let weights: FloatBuffer
  /// Steps on either side of zero to which inputs of linear layers are rounded; nil for none.
  var activationSteps: Float?

  /// Makes a model with random weights.
  ///
  /// Matrices are drawn from a normal distribution, the last one of each branch of a block divided
  /// by √(2 · layers), so that the residual stream does not grow with depth; norms begin at 1, shifts
  /// and biases at 0. Each tensor has a generator of its own.
  ///
  /// - Parameters:
  ///   - shape: The sizes.
  ///   - seed: Which weights; the same ones for the same seed, on every machine.
  ///   - deviation: The normal distribution's deviation.
  ///   - attention: How the matrices of attention begin.
  /// - Throws: `TrainingError.impossibleShape`.
  public init(
    _ shape: ModelShape, seed: UInt64, deviation: Double = 0.02,
    attention: AttentionInitialization = .independent
  ) throws(TrainingError) {
    try shape.validate()
    self.shape = shape
    layout = ParameterLayout(shape)
    weights = FloatBuffer(count: layout.count)
    for (index, tensor) in layout.tensors.enumerated() {
      var generator = SeededGenerator(seed: seed << 16 ^ UInt64(truncatingIfNeeded: index))
      for place in tensor.range {
        weights.values[place] =
          switch tensor.start {
          case .ones: 1
          case .zeros: 0
          case .normal: Float(generator.normal() * deviation)
          case .residual:
            Float(generator.normal() * deviation / Double(2 * shape.layers).squareRoot())
          }
      }
    }
    if attention == .mimetic { initializeAttentionMimetically() }
  }

  /// Every weight, tensor after tensor.
  var allWeights: [Float] { weights.elements(0..<layout.count) }

  /// How many parameters there are, a tied head counted once.
  public var parameterCount: Int { layout.count }

  /// The tensors' names, as `transformers` gives them, in the order they lie in memory.
  public var tensorNames: [String] { layout.tensors.map(\.name) }

  /// A tensor's sizes.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: One size for a norm or a bias, (out, in) for a matrix.
  /// - Throws: `TrainingError.noSuchTensor`.
  public func shape(of name: String) throws(TrainingError) -> [Int] {
    try tensor(name).shape
  }

  /// A copy of a tensor's elements, row after row.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The elements.
  /// - Throws: `TrainingError.noSuchTensor`.
  public func values(of name: String) throws(TrainingError) -> [Float] {
    weights.elements(try tensor(name).range)
  }

  /// Replaces a tensor's elements.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - values: The elements, row after row.
  /// - Throws: `TrainingError.noSuchTensor` or `TrainingError.wrongCount`.
  public func setValues(of name: String, to values: [Float]) throws(TrainingError) {
    let tensor = try tensor(name)
    guard values.count == tensor.count else {
      throw .wrongCount(name: name, expected: tensor.count, found: values.count)
    }
    weights.replace(tensor.range, with: values)
  }

  func tensor(_ name: String) throws(TrainingError) -> ParameterLayout.Tensor {
    guard let tensor = layout.tensor(name) else {
      throw .noSuchTensor(name: name, nearest: Array(nearest(to: name).prefix(3)))
    }
    return tensor
  }

  /// Names that share most of their words with one that is not there.
  private func nearest(to name: String) -> [String] {
    let words = Set(name.split(separator: "."))
    func shared(_ other: String) -> Int { words.intersection(other.split(separator: ".")).count }
    return tensorNames.filter { shared($0) > 1 }.sorted { (shared($0), $1) > (shared($1), $0) }
  }
}
