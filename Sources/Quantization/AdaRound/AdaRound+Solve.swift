public import Tensors

extension AdaRound {
  /// Learns the rounding of a layer.
  ///
  /// Each step costs one product of the weight's shape with H.
  ///
  /// - Parameters:
  ///   - weight: Finite weights, shape [out, in].
  ///   - hessian: H = (2/n) Σ x xᵀ, shape [in, in].
  ///   - threads: How many threads the element-wise part may use; the result does not depend on it.
  ///   - progress: Told now and then what share of the steps is done.
  /// - Returns: Codes, and losses before and after.
  /// - Throws: What rounding to the scheme throws,
  ///   `QuantizationError.activationsDoNotMatch`, `.parameter`, or `.notFinite` for the Hessian.
  public func solve(
    _ weight: Matrix, hessian: DoubleMatrix, threads: Int? = nil,
    progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> Solution {
    try solve(
      weight, hessian: hessian, threads: threads, progress: progress,
      descend: { $0.descend($1, threads: $2) })
  }

  /// The same with the element-wise part in plain Swift and double precision: it explains and judges
  /// ``solve(_:hessian:threads:progress:)``.
  ///
  /// - Parameters:
  ///   - weight: Finite weights, shape [out, in].
  ///   - hessian: H = (2/n) Σ x xᵀ, shape [in, in].
  /// - Returns: Codes, and losses before and after.
  /// - Throws: What ``solve(_:hessian:threads:progress:)`` throws.
  public func solveReference(
    _ weight: Matrix, hessian: DoubleMatrix
  ) throws(QuantizationError) -> Solution {
    try solve(
      weight, hessian: hessian, threads: 1, progress: nil,
      descend: { relaxation, step, _ in relaxation.descendReference(step) })
  }

  private func solve(
    _ weight: Matrix, hessian: DoubleMatrix, threads: Int?, progress: ((Double) -> Void)?,
    descend: (inout RelaxedRounding, RelaxedRounding.Step, Int) -> Void
  ) throws(QuantizationError) -> Solution {
    try validate()
    guard hessian.rows == weight.columns, hessian.columns == weight.columns else {
      throw .activationsDoNotMatch(
        activationColumns: hessian.columns, weightColumns: weight.columns)
    }
    let narrow = hessian.rounded()
    try narrow.requireFinite(named: "Hessian")
    let nearest = try weight.roundedToNearest(scheme, threads: threads)
    var relaxation = RelaxedRounding(weight, nearest, hessian: narrow)
    let threadCount = Parallel.threads(threads, elements: 8 * weight.count)
    for number in 0..<iterations {
      let step = RelaxedRounding.Step(
        number: number, rate: rate,
        regularization: exponent(ofStep: number).map { (regularization, $0) })
      descend(&relaxation, step, threadCount)
      if number % 16 == 15 { progress?(Double(number + 1) / Double(iterations)) }
    }

    // Row by row, the better of what was learned and round-to-nearest.
    let learned = relaxation.codes
    let candidate = QuantizedMatrix(
      trusted: learned, scales: nearest.scales, zeroPoints: nearest.zeroPoints, scheme: scheme,
      layout: nearest.layout)
    let before = rowLosses(nearest.dequantized(threads: threads) - weight, narrow)
    let after = rowLosses(candidate.dequantized(threads: threads) - weight, narrow)
    var bytes = nearest.codes.bytes
    var keptRows: [Int] = []
    var loss = 0.0
    for row in 0..<weight.rows {
      let places = row * weight.columns..<(row + 1) * weight.columns
      if after[row] < before[row] {
        bytes.replaceSubrange(places, with: learned[places])
        loss += after[row]
      } else {
        keptRows.append(row)
        loss += before[row]
      }
    }
    progress?(1)
    return Solution(
      quantized: QuantizedMatrix(
        trusted: bytes, scales: nearest.scales, zeroPoints: nearest.zeroPoints, scheme: scheme,
        layout: nearest.layout),
      loss: loss, roundToNearestLoss: before.reduce(0, +),
      turned: zip(bytes, nearest.codes.bytes).count { $0 != $1 }, keptRows: keptRows)
  }
}

/// ½ δ H δᵀ for each row δ of a change, summed in Double.
func rowLosses(_ change: Matrix, _ hessian: Matrix) -> [Double] {
  let product = change.multiplied(by: hessian)
  return (0..<change.rows).map { row in
    change.withUnsafeRow(row) { change in
      product.withUnsafeRow(row) { product in
        var sum = 0.0
        for index in change.indices { sum += Double(change[index]) * Double(product[index]) }
        return sum / 2
      }
    }
  }
}
