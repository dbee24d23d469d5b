internal import CKernels

/// What a model learns from instead of, or beside, the next token: another model's opinion of it.
struct TeacherOpinion {
  /// The teacher's pass, which has gone forward on the same tokens.
  let pass: TransformerPass
  let weights: UnsafeMutablePointer<Float>
  /// Both models' logits are divided by it before the softmax.
  let temperature: Float
  /// Its share of the loss; the rest is the next token's.
  let share: Float
}

extension TransformerPass {
  /// The cross-entropy of the head's logits against the targets, after `forward`.
  ///
  /// - Parameters:
  ///   - targets: The token that follows each token; a negative one is not scored.
  ///   - weights: The parameters.
  ///   - gradient: What is added to if the gradient is wanted: the parameters' gradient. The
  ///     gradient of the head's input is then left for `backward`.
  ///   - factor: What the gradient of each token's loss is multiplied by.
  ///   - teacher: Whom to learn from beside the targets.
  /// - Returns: The sum over all scored tokens, in nats.
  func loss(
    against targets: [Int32], weights: UnsafeMutablePointer<Float>,
    gradient: UnsafeMutablePointer<Float>? = nil, factor: Float = 0, teacher: TeacherOpinion? = nil
  ) -> Double {
    precondition(targets.count == rows, "\(targets.count) targets for \(rows) tokens")
    var total = 0.0
    for first in stride(from: 0, to: rows, by: Self.logitRows) {
      let count = min(Self.logitRows, rows - first)
      computeLogits(first..<first + count, weights, into: logits)
      total += targets.withUnsafeBufferPointer { targets in
        guard let start = targets.baseAddress else { return 0 }
        return score(first, count, start + first, factor: factor, teacher: teacher)
      }
      if let gradient { headBackward(first, count, weights, gradient) }
    }
    return total
  }

  /// The logits of some rows: the head's input times the head's weight transposed.
  func computeLogits(
    _ range: Range<Int>, _ weights: UnsafeMutablePointer<Float>, into target: FloatBuffer
  ) {
    let (hidden, classes) = (shape.hiddenSize, shape.vocabularySize)
    Products.timesTransposed(
      Rows(lastNormed.start, stride: hidden).from(range.lowerBound),
      Rows(weights + layout.head, stride: hidden), into: Rows(target.start, stride: classes),
      rows: range.count, columns: classes, inner: hidden)
  }

  /// Turns the logits of some rows into their gradient and gives their loss.
  private func score(
    _ first: Int, _ count: Int, _ targets: UnsafePointer<Int32>, factor: Float,
    teacher: TeacherOpinion?
  ) -> Double {
    let classes = shape.vocabularySize
    guard let teacher else {
      nibble_cross_entropy(logits.start, count, classes, targets, factor, losses.start)
      return losses.values[0..<count].reduce(0.0) { $0 + Double($1) }
    }
    // The soft loss needs the student's logits after the hard loss has used them up: a copy goes
    // into the teacher pass's own buffer of logits, which nothing else uses now.
    teacher.pass.computeLogits(first..<first + count, teacher.weights, into: teacherLogits)
    let copy = teacher.pass.logits
    copy.start.update(from: logits.start, count: count * classes)
    nibble_cross_entropy(
      logits.start, count, classes, targets, factor * (1 - teacher.share), losses.start)
    let hard = losses.values[0..<count].reduce(0.0) { $0 + Double($1) }
    nibble_soft_cross_entropy(
      copy.start, teacherLogits.start, count, classes, targets, teacher.temperature,
      factor * teacher.share, losses.start)
    let soft = losses.values[0..<count].reduce(0.0) { $0 + Double($1) }
    nibble_add(copy.start, logits.start, count * classes)
    return Double(1 - teacher.share) * hard + Double(teacher.share) * soft
  }

  /// From the gradient of some rows of logits to that of the head's weight and input.
  private func headBackward(
    _ first: Int, _ count: Int, _ weights: UnsafeMutablePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>
  ) {
    let (hidden, classes) = (shape.hiddenSize, shape.vocabularySize)
    let logitGradient = Rows(logits.start, stride: classes)
    Products.times(
      logitGradient, Rows(weights + layout.head, stride: hidden),
      into: Rows(normedGradient.start, stride: hidden).from(first), rows: count, columns: hidden,
      inner: classes)
    Products.addTransposedTimes(
      logitGradient, Rows(lastNormed.start, stride: hidden).from(first),
      into: Rows(gradient + layout.head, stride: hidden), rows: classes, columns: hidden,
      inner: count)
  }
}
