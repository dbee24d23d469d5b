public import Tensors

extension AQLM {
  /// Finds codes, codebooks and scales for a layer.
  ///
  /// - Parameters:
  ///   - weight: Finite weights, shape [out, in]; 8 divides the inputs.
  ///   - hessian: H = (2/n) Σ x xᵀ, shape [in, in].
  ///   - threads: How many threads the search for codes may use; the result does not depend on it.
  ///   - progress: Told after each phase what share of the most rounds is done.
  /// - Returns: Codes, codebooks, scales and the loss after each phase.
  /// - Throws: `QuantizationError.vectorsDoNotTile`, `.activationsDoNotMatch`, `.bits`,
  ///   `.parameter`, `.empty` or `.notFinite`.
  public func solve(
    _ weight: Matrix, hessian: DoubleMatrix, threads: Int? = nil,
    progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> Solution {
    try check(columns: weight.columns)
    guard weight.count > 0 else {
      throw .empty(name: "weight", rows: weight.rows, columns: weight.columns)
    }
    guard hessian.rows == weight.columns, hessian.columns == weight.columns else {
      throw .activationsDoNotMatch(
        activationColumns: hessian.columns, weightColumns: weight.columns)
    }
    try weight.requireFinite(named: "weight")
    let narrow = hessian.rounded()
    try narrow.requireFinite(named: "Hessian")
    // Everything below is the same for a weight and its multiple by a power of two, but for what leaves
    // float32: so the search sees weights of about 1.
    let unit = weight.powerOfTwo
    let solution = search(
      (1 / unit) * weight, hessian: narrow, threads: threads, progress: progress)
    return solution.multiplied(byPowerOfTwo: unit)
  }

  /// The rounds, for a weight whose largest magnitude is about 1.
  private func search(
    _ weight: Matrix, hessian narrow: Matrix, threads: Int?, progress: ((Double) -> Void)?
  ) -> Solution {
    var code = start(weight)
    var loss = rowLosses(weight - code.dequantized, narrow).reduce(0, +)
    var course: [(phase: Phase, loss: Double)] = [(.start, loss)]
    let search = CodeSearch(
      weight: weight, hessian: narrow, beam: beam,
      threads: Parallel.threads(threads, elements: weight.count))
    for round in 0..<iterations {
      let before = loss
      for phase in [Phase.codebooks, .scales, .codes] {
        var changed = code
        switch phase {
        case .start: break
        case .codebooks:
          changed.refitEntries(weight, hessian: narrow, steps: gradientSteps)
        case .scales: changed.refitScales(weight, hessian: narrow)
        case .codes: search.improve(&changed)
        }
        // What rounding made worse is not taken.
        let reached = rowLosses(weight - changed.dequantized, narrow).reduce(0, +)
        if reached < loss { (code, loss) = (changed, reached) }
        course.append((phase, loss))
      }
      progress?(Double(round + 1) / Double(iterations))
      if before - loss <= tolerance * before { break }
    }
    progress?(1)
    return Solution(
      codes: VectorCodes(values: code.codes, perRow: code.vectorsPerRow * codebooks),
      codebooks: Matrix(rows: codebooks, columns: code.entryCount * Self.vectorLength) {
        code.entries[$0 * code.entryCount * Self.vectorLength + $1]
      },
      scales: code.scales, dequantized: code.dequantized, course: course, bits: bits)
  }

  /// Codebook after codebook, each by k-means on what those before it left of the unit rows.
  private func start(_ weight: Matrix) -> AdditiveCode {
    let length = Self.vectorLength
    let scales = (0..<weight.rows).map { row in
      Float(
        weight.withUnsafeRow(row) { $0.reduce(0.0) { $0 + Double($1) * Double($1) } }.squareRoot())
    }
    var rest = Matrix(rows: weight.count / length, columns: length) { vector, place in
      let scale = scales[vector * length / weight.columns]
      return scale > 0 ? weight.elements[vector * length + place] / scale : 0
    }
    let entryCount = 1 << bits
    var codes = [UInt16](repeating: 0, count: rest.rows * codebooks)
    var entries: [Float] = []
    var generator = SeededGenerator(seed: seed)
    for codebook in 0..<codebooks {
      let learned = VectorCodebook.kMeans(of: rest, count: entryCount, using: &generator)
      let nearest = learned.nearest(to: rest)
      for (vector, entry) in nearest.enumerated() {
        codes[vector * codebooks + codebook] = UInt16(entry)
      }
      rest = rest - learned.entries.selectingRows(nearest)
      entries += learned.entries.elements
      let missing = entryCount - learned.entries.rows
      entries += [Float](repeating: 0, count: missing * length)
    }
    return AdditiveCode(
      rows: weight.rows, columns: weight.columns, codebookCount: codebooks, entryCount: entryCount,
      codes: codes, entries: entries, scales: scales)
  }
}

extension Matrix {
  /// The power of two at or below the largest magnitude, at least the smallest whose inverse is finite;
  /// 1 for zeros.
  fileprivate var powerOfTwo: Float {
    let largest = largestMagnitude
    guard largest > 0 else { return 1 }
    return Float(sign: .plus, exponent: max(largest.exponent, -126), significand: 1)
  }
}

extension AQLM.Solution {
  /// The solution of the weight times a power of two: scales grow, or entries where scales are too
  /// large for that.
  fileprivate func multiplied(byPowerOfTwo unit: Float) -> AQLM.Solution {
    guard unit != 1 else { return self }
    var ofEntries: Float = 1
    while scales.contains(where: { !($0 * (unit / ofEntries)).isFinite }) { ofEntries *= 2 }
    let ofScales = unit / ofEntries
    let square = Double(unit) * Double(unit)
    return AQLM.Solution(
      codes: codes, codebooks: ofEntries * codebooks, scales: scales.map { $0 * ofScales },
      dequantized: unit * dequantized,
      course: course.map { ($0.phase, $0.loss * square) }, bits: bits)
  }
}

extension AdditiveCode {
  /// Moves the entries towards the least loss for these codes, by conjugate gradients.
  ///
  /// Each step costs one product with H. The diagonal of the quadratic form preconditions: how often,
  /// and at how loud inputs, an entry is used.
  fileprivate mutating func refitEntries(_ weight: Matrix, hessian: Matrix, steps: Int) {
    let weights = preconditioner(hessian)
    var residual = gathered((weight - dequantized).multiplied(by: hessian))  // minus the gradient
    var preconditioned = zip(residual, weights).map { $0 * $1 }
    var direction = preconditioned
    var size = dot(residual, preconditioned)
    for _ in 0..<steps where size > 0 {
      let moved = sums(direction.map { Float($0) }, scaled: true)
      let curved = moved.multiplied(by: hessian)
      let curvature = dotProduct(moved, curved)
      guard curvature > 0 else { return }
      let step = size / curvature
      for index in entries.indices { entries[index] += Float(step * direction[index]) }
      let change = gathered(curved)
      for index in residual.indices { residual[index] -= step * change[index] }
      preconditioned = zip(residual, weights).map { $0 * $1 }
      let next = dot(residual, preconditioned)
      let factor = next / size
      for index in direction.indices {
        direction[index] = preconditioned[index] + factor * direction[index]
      }
      size = next
    }
  }

  /// Each row's best scale: wHuᵀ / uHuᵀ for the sum u of its entries.
  fileprivate mutating func refitScales(_ weight: Matrix, hessian: Matrix) {
    let sums = sums(entries, scaled: false)
    let products = sums.multiplied(by: hessian)
    for row in 0..<rows {
      var along = 0.0
      var square = 0.0
      for column in 0..<columns {
        along += Double(weight[row, column]) * Double(products[row, column])
        square += Double(sums[row, column]) * Double(products[row, column])
      }
      let scale = Float(along / square)
      if square > 0, scale.isFinite, scales[row] != 0 { scales[row] = scale }
    }
  }

  /// For each entry, the sum over its uses of scale × what stands there in a matrix.
  private func gathered(_ matrix: Matrix) -> [Double] {
    let length = AQLM.vectorLength
    var sums = [Double](repeating: 0, count: entries.count)
    matrix.withUnsafeBufferPointer { values in
      sums.withUnsafeMutableBufferPointer { sums in
        for vector in 0..<rows * vectorsPerRow {
          let scale = Double(scales[vector / vectorsPerRow])
          for codebook in 0..<codebookCount {
            let entry =
              (codebook * entryCount + Int(codes[vector * codebookCount + codebook])) * length
            for place in 0..<length {
              sums[entry + place] += scale * Double(values[vector * length + place])
            }
          }
        }
      }
    }
    return sums
  }

  /// One over the quadratic form's diagonal; 0 for entries without use or with silent inputs.
  private func preconditioner(_ hessian: Matrix) -> [Double] {
    let diagonal = hessian.diagonal
    let loudness = Matrix(rows: rows, columns: columns) { scales[$0] * diagonal[$1] }
    return gathered(loudness).map { $0 > 0 ? 1 / $0 : 0 }
  }
}

private func dot(_ left: [Double], _ right: [Double]) -> Double {
  zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
}

private func dotProduct(_ left: Matrix, _ right: Matrix) -> Double {
  left.withUnsafeBufferPointer { left in
    right.withUnsafeBufferPointer { right in
      var sum = 0.0
      for index in left.indices { sum += Double(left[index]) * Double(right[index]) }
      return sum
    }
  }
}
