public import Tensors

/// The slope of a loss by every parameter.
public final class ModelGradient {
  let layout: ParameterLayout
  let buffer: FloatBuffer

  init(_ layout: ParameterLayout) {
    self.layout = layout
    buffer = FloatBuffer(count: layout.count)
  }

  /// The slopes by a tensor's elements, row after row.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: As many numbers as the tensor has elements.
  /// - Throws: `TrainingError.noSuchTensor`.
  public func values(of name: String) throws(TrainingError) -> [Float] {
    guard let tensor = layout.tensor(name) else { throw .noSuchTensor(name: name, nearest: []) }
    return buffer.elements(tensor.range)
  }
}

extension TrainableModel {
  /// The mean cross-entropy of the scored tokens of some windows.
  ///
  /// - Parameters:
  ///   - windows: One or more windows; they may have different lengths.
  ///   - threads: How many threads share the windows; nil takes as many as the machine has.
  /// - Returns: The loss and over how many tokens it was taken.
  /// - Throws: `TrainingError.impossibleWindow`.
  public func loss(
    _ windows: [TokenWindow], threads: Int? = nil
  ) throws(TrainingError) -> TokenLoss {
    for window in windows { try check(window) }
    let workers = max(1, min(threads ?? Threads.available, windows.count))
    let length = windows.map(\.inputs.count).max() ?? 0
    var sums = [Double](repeating: 0, count: windows.count)
    sums.withUnsafeMutableBufferPointer { sums in
      // Each window writes its own place, and the weights are only read.
      Threads.each(workers, threads: workers) { worker in
        let pass = TransformerPass(
          shape: shape, layout: layout, windows: 1, length: length, isTraining: false,
          activationSteps: activationSteps)
        for index in stride(from: worker, to: windows.count, by: workers) {
          let window = windows[index]
          pass.forward(
            window.inputs, windows: 1, length: window.inputs.count, weights: weights.start)
          sums[index] = pass.loss(against: window.targets, weights: weights.start)
        }
      }
    }
    return TokenLoss(sum: sums.reduce(0, +), count: windows.reduce(0) { $0 + $1.scored })
  }

  /// The loss of some windows of equal length and its slope by every parameter.
  ///
  /// - Parameter windows: One or more windows of the same length.
  /// - Returns: The loss, and the slope of its mean.
  /// - Throws: `TrainingError.impossibleWindow`.
  public func lossAndGradient(
    _ windows: [TokenWindow]
  ) throws(TrainingError) -> (loss: TokenLoss, gradient: ModelGradient) {
    for window in windows { try check(window) }
    let length = windows.first?.inputs.count ?? 0
    guard windows.allSatisfy({ $0.inputs.count == length }) else {
      throw .impossibleWindow(reason: "windows of one batch must have the same length")
    }
    let scored = windows.reduce(0) { $0 + $1.scored }
    let pass = TransformerPass(
      shape: shape, layout: layout, windows: windows.count, length: length,
      activationSteps: activationSteps)
    let gradient = ModelGradient(layout)
    pass.forward(
      windows.flatMap(\.inputs), windows: windows.count, length: length, weights: weights.start)
    let sum = pass.loss(
      against: windows.flatMap(\.targets), weights: weights.start, gradient: gradient.buffer.start,
      factor: Float(1 / Double(max(1, scored))))
    pass.backward(weights: weights.start, gradient: gradient.buffer.start)
    return (TokenLoss(sum: sum, count: scored), gradient)
  }

  /// The logits after each token of a window.
  ///
  /// - Parameter tokens: The tokens.
  /// - Returns: Shape (tokens, vocabulary).
  /// - Throws: `TrainingError.impossibleWindow`.
  public func logits(_ tokens: [Int32]) throws(TrainingError) -> Matrix {
    try check(TokenWindow(inputs: tokens, targets: tokens))
    let pass = TransformerPass(
      shape: shape, layout: layout, windows: 1, length: tokens.count, isTraining: false,
      activationSteps: activationSteps)
    pass.forward(tokens, windows: 1, length: tokens.count, weights: weights.start)
    let classes = shape.vocabularySize
    return Matrix(rows: tokens.count, columns: classes) {
      (target: UnsafeMutableBufferPointer<Float>) in
      guard let start = target.baseAddress else { return }
      for first in stride(from: 0, to: tokens.count, by: TransformerPass.logitRows) {
        let range = first..<min(first + TransformerPass.logitRows, tokens.count)
        pass.computeLogits(range, weights.start, into: pass.logits)
        (start + first * classes).update(from: pass.logits.start, count: range.count * classes)
      }
    }
  }

  /// Refuses a window that cannot go through the model.
  func check(_ window: TokenWindow) throws(TrainingError) {
    guard (1...shape.contextLength).contains(window.inputs.count) else {
      throw .impossibleWindow(
        reason: "it has \(window.inputs.count) tokens; 1 to \(shape.contextLength) are possible")
    }
    let size = Int32(clamping: shape.vocabularySize)
    if let token = window.inputs.first(where: { $0 < 0 || $0 >= size }) {
      throw .impossibleWindow(reason: "token \(token) of a vocabulary of \(size)")
    }
    if let token = window.targets.first(where: { $0 >= size }) {
      throw .impossibleWindow(reason: "target \(token) of a vocabulary of \(size)")
    }
  }
}
