internal import Grids
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
  /// - Throws: What ``Tensors/Matrix/roundedToNearest(_:threads:)`` throws,
  ///   `QuantizationError.activationsDoNotMatch`, `.parameter`, or `.notFinite` for the Hessian.
  public func solve(
    _ weight: Matrix, hessian: DoubleMatrix, threads: Int? = nil,
    progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> Solution {
    try validate()
    guard hessian.rows == weight.columns, hessian.columns == weight.columns else {
      throw .activationsDoNotMatch(
        activationColumns: hessian.columns, weightColumns: weight.columns)
    }
    let narrow = hessian.rounded()
    try narrow.requireFinite(named: "Hessian")
    let nearest = try weight.roundedToNearest(scheme, threads: threads)
    var relaxation = RelaxedRounding(
      weight, nearest, hessian: narrow, threads: Parallel.threads(threads, elements: weight.count))
    for step in 0..<iterations {
      relaxation.descend(
        step: step, rate: rate,
        regularization: exponent(ofStep: step).map { (regularization, $0) })
      if step % 16 == 15 { progress?(Double(step + 1) / Double(iterations)) }
    }

    // Row by row, the better of what was learned and round-to-nearest.
    let learned = relaxation.codes(isSigned: nearest.codes.isSigned)
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

/// Weights between two neighbours each, on the way to one of them.
private struct RelaxedRounding {
  private let hessian: Matrix
  private let threads: Int
  private let lowerCodes: [Int16]  // wide enough for codes of either sign
  private let spans: [Float]  // the distance between the two neighbours; 0 at an end of the grid
  private let offsets: [Float]  // the lower neighbour less the weight
  private let unit: Float  // one over a typical step's cost
  private var positions: [Float]  // v
  private var shares: [Float]  // h
  private var means: [Float]  // Adam's
  private var squares: [Float]

  init(_ weight: Matrix, _ nearest: QuantizedMatrix, hessian: Matrix, threads: Int) {
    self.hessian = hessian
    self.threads = threads
    let range = nearest.scheme.levels.range
    var lowerCodes: [Int16] = []
    var spans: [Float] = []
    var offsets: [Float] = []
    var shares: [Float] = []
    var cost = 0.0
    let diagonal = hessian.diagonal
    for row in 0..<weight.rows {
      for column in 0..<weight.columns {
        let scale = nearest.scale(row: row, column: column)
        let zero = nearest.zeroPoint(row: row, column: column)
        let value = weight[row, column]
        let steps = value / scale
        // Far outside the grid both neighbours are its end; the clamp keeps Int from overflowing.
        let below = Int(min(max(steps.rounded(.down), -1024), 1024)) + zero
        let lower = min(max(below, range.lowerBound), range.upperBound)
        let upper = min(max(below + 1, range.lowerBound), range.upperBound)
        lowerCodes.append(Int16(lower))
        spans.append(scale * Float(upper - lower))
        offsets.append(scale * Float(lower - zero) - value)
        shares.append(upper > lower ? steps - steps.rounded(.down) : 0)
        cost += Double(scale) * Double(scale) * Double(diagonal[column]) / 2
      }
    }
    self.lowerCodes = lowerCodes
    self.spans = spans
    self.offsets = offsets
    self.shares = shares
    let typical = cost / Double(weight.count)
    unit = typical > 0 && (1 / typical).isFinite ? Float(1 / typical) : 0
    let (low, high) = AdaRound.stretch
    positions = shares.map { share in
      let inside = (Double(share) - low) / (high - low)
      return Float(logarithm(inside / (1 - inside)))
    }
    means = [Float](repeating: 0, count: shares.count)
    squares = means
  }

  /// One step of Adam.
  mutating func descend(
    step: Int, rate: Double, regularization: (strength: Double, exponent: Double)?
  ) {
    let change = Matrix(rows: offsets.count / hessian.rows, columns: hessian.rows) {
      (values: UnsafeMutableBufferPointer<Float>) in
      for index in values.indices { values[index] = offsets[index] + shares[index] * spans[index] }
    }
    let slope = change.multiplied(by: hessian)
    let (low, high) = AdaRound.stretch
    let corrections = (
      mean: 1 - power(0.9, step + 1), square: 1 - power(0.999, step + 1)
    )
    let stepSize = Float(rate / corrections.mean)
    let squareCorrection = Float(1 / corrections.square)
    let unit = unit
    spans.withUnsafeBufferPointer { spans in
      slope.withUnsafeBufferPointer { slope in
        positions.withUnsafeMutableBufferPointer { positions in
          shares.withUnsafeMutableBufferPointer { shares in
            means.withUnsafeMutableBufferPointer { means in
              squares.withUnsafeMutableBufferPointer { squares in
                nonisolated(unsafe) let state = (positions, shares, means, squares)
                Parallel.split(spans.count, threads: threads) { part in
                  let (positions, shares, means, squares) = state
                  for index in part where spans[index] > 0 {
                    let share = shares[index]
                    var gradient: Float = 0
                    if share > 0, share < 1 {  // the clip lets nothing through
                      gradient = slope[index] * spans[index] * unit
                      if let (strength, exponent) = regularization {
                        gradient += Float(
                          strength * regularizerSlope(Double(share), exponent: exponent))
                      }
                      let inside = (Double(share) - low) / (high - low)
                      gradient *= Float((high - low) * inside * (1 - inside))
                    }
                    means[index] = 0.9 * means[index] + 0.1 * gradient
                    squares[index] = 0.999 * squares[index] + 0.001 * gradient * gradient
                    positions[index] -=
                      stepSize * means[index]
                      / ((squares[index] * squareCorrection).squareRoot() + 1e-8)
                    let sigmoid = 1 / (1 + exponential(-Double(positions[index])))
                    shares[index] = Float(min(max(sigmoid * (high - low) + low, 0), 1))
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// The codes when every weight goes to the neighbour it is nearer to now.
  func codes(isSigned: Bool) -> [UInt8] {
    lowerCodes.indices.map { index in
      let code = Int(lowerCodes[index]) + (spans[index] > 0 && shares[index] >= 0.5 ? 1 : 0)
      return UInt8(truncatingIfNeeded: code)
    }
  }
}

/// The slope of 1 − |2h − 1|^β at h.
private func regularizerSlope(_ share: Double, exponent: Double) -> Double {
  let side = 2 * share - 1
  guard side != 0 else { return 0 }
  let slope = 2 * exponent * exponential((exponent - 1) * logarithm(side.magnitude))
  return side > 0 ? -slope : slope
}

private func power(_ base: Double, _ exponent: Int) -> Double {
  exponential(Double(exponent) * logarithm(base))
}
