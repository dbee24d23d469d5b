internal import CKernels
internal import Grids
internal import Tensors

/// Weights between two neighbours each, on the way to one of them.
struct RelaxedRounding {
  private let hessian: Matrix
  private let lowerCodes: [Int16]  // wide enough for codes of either sign
  private let spans: [Float]  // the distance between the two neighbours; 0 at an end of the grid
  private let offsets: [Float]  // the lower neighbour less the weight
  private let units: [Float]  // one over what a step of the weight costs by itself
  private var positions: [Float]  // v
  private var shares: [Float]  // h
  private var means: [Float]  // Adam's
  private var squares: [Float]

  /// What is known of a step before it is taken.
  struct Step {
    let number: Int
    let rate: Double
    /// λ and β; nil in the warm-up.
    let regularization: (strength: Double, exponent: Double)?

    /// The rate over the bias correction of the mean.
    var correctedRate: Double { rate / (1 - power(0.9, Double(number + 1))) }
    /// One over the bias correction of the square.
    var squareCorrection: Double { 1 / (1 - power(0.999, Double(number + 1))) }
  }

  /// Every weight where it lies between its neighbours.
  init(_ weight: Matrix, _ nearest: QuantizedMatrix, hessian: Matrix) {
    self.hessian = hessian
    let range = nearest.scheme.levels.range
    let diagonal = hessian.diagonal
    var lowerCodes: [Int16] = []
    var spans: [Float] = []
    var offsets: [Float] = []
    var shares: [Float] = []
    var units: [Float] = []
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
        let cost = Double(scale) * Double(scale) * Double(diagonal[column]) / 2
        let unit = Float(1 / cost)
        // A weight whose cost leaves Float, or at a silent input, has nothing to learn.
        let isFree = upper > lower && cost > 0 && unit.isFinite && unit > 0
        lowerCodes.append(Int16(isFree ? lower : nearest[row, column]))
        spans.append(isFree ? scale : 0)
        units.append(isFree ? unit : 0)
        offsets.append(scale * Float((isFree ? lower : nearest[row, column]) - zero) - value)
        shares.append(isFree ? steps - steps.rounded(.down) : 0)
      }
    }
    self.lowerCodes = lowerCodes
    self.spans = spans
    self.offsets = offsets
    self.units = units
    self.shares = shares
    let (low, high) = AdaRound.stretch
    positions = shares.map { share in
      let inside = (Double(share) - low) / (high - low)
      return Float(logarithm(inside / (1 - inside)))
    }
    means = [Float](repeating: 0, count: shares.count)
    squares = means
  }

  /// (Ŵ − W) H for the shares as they are.
  private var slopes: Matrix {
    let change = Matrix(rows: offsets.count / hessian.rows, columns: hessian.rows) {
      (values: UnsafeMutableBufferPointer<Float>) in
      offsets.withUnsafeBufferPointer { offsets in
        shares.withUnsafeBufferPointer { shares in
          spans.withUnsafeBufferPointer { spans in
            for index in values.indices {
              values[index] = offsets[index] + shares[index] * spans[index]
            }
          }
        }
      }
    }
    return change.multiplied(by: hessian)
  }

  /// One step of Adam.
  mutating func descend(_ step: Step, threads: Int) {
    let slopes = slopes
    let rule = nibble_adaround_rule(
      strength: Float(step.regularization?.strength ?? 0),
      exponent: Float(step.regularization?.exponent ?? 1), rate: Float(step.correctedRate),
      square_correction: Float(step.squareCorrection))
    let (spans, units) = (spans, units)
    slopes.withUnsafeBufferPointer { slopes in
      positions.withUnsafeMutableBufferPointer { positions in
        shares.withUnsafeMutableBufferPointer { shares in
          means.withUnsafeMutableBufferPointer { means in
            squares.withUnsafeMutableBufferPointer { squares in
              nonisolated(unsafe) let state = (positions, shares, means, squares)
              Parallel.split(spans.count, threads: threads) { part in
                let start = part.lowerBound
                guard let slopes = slopes.baseAddress, let positions = state.0.baseAddress,
                  let shares = state.1.baseAddress, let means = state.2.baseAddress,
                  let squares = state.3.baseAddress
                else { return }
                spans.withUnsafeBufferPointer { spans in
                  units.withUnsafeBufferPointer { units in
                    withUnsafePointer(to: rule) { rule in
                      guard let spans = spans.baseAddress, let units = units.baseAddress else {
                        return
                      }
                      nibble_adaround_step(
                        spans + start, slopes + start, units + start, part.count, rule,
                        positions + start, shares + start, means + start, squares + start)
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// One step of Adam, weight by weight.
  mutating func descendReference(_ step: Step) {
    let slopes = slopes.elements
    let (low, high) = AdaRound.stretch
    for index in spans.indices where spans[index] > 0 {
      let share = Double(shares[index])
      var gradient = 0.0
      if share > 0, share < 1 {  // the clip lets nothing through
        gradient = Double(slopes[index]) * Double(spans[index]) * Double(units[index])
        if let (strength, exponent) = step.regularization {
          gradient += strength * regularizerSlope(share, exponent: exponent)
        }
        let inside = (share - low) / (high - low)
        gradient *= (high - low) * inside * (1 - inside)
      }
      let mean = 0.9 * Double(means[index]) + 0.1 * gradient
      let square = 0.999 * Double(squares[index]) + 0.001 * gradient * gradient
      let position =
        Double(positions[index])
        - step.correctedRate * mean / ((square * step.squareCorrection).squareRoot() + 1e-8)
      let sigmoid = 1 / (1 + exponential(-position))
      (means[index], squares[index]) = (Float(mean), Float(square))
      positions[index] = Float(position)
      shares[index] = Float(min(max(sigmoid * (high - low) + low, 0), 1))
    }
  }

  /// The codes when every weight goes to the neighbour it is nearer to now.
  var codes: [UInt8] {
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
  let slope = 2 * exponent * power(side.magnitude, exponent - 1)
  return side > 0 ? -slope : slope
}
