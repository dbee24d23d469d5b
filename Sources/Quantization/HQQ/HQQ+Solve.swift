internal import CKernels
public import Tensors

extension HQQ {
  /// How many iterations a group sees while it is in the cache; the stop rule is asked in between.
  private static let iterationsAtOnce = 10

  /// Solves for the zero points of every group.
  ///
  /// The stop rule looks at the mean error of the whole matrix, yet no group needs another to go on.
  /// So every group runs ten iterations while it is in the nearest cache, each iteration's zero points
  /// are remembered, and the rule then picks among them as if it had been asked each time.
  /// ``solveReference(_:)`` judges it: same steps, plain loops.
  ///
  /// - Parameters:
  ///   - weight: Finite weights, shape [out, in].
  ///   - threads: How many threads to use; nil leaves it to the size. The result never depends on it.
  ///   - progress: Told now and then what share of the iterations is done.
  /// - Returns: Codes, scales, real zero points, and the course of the iterations.
  /// - Throws: `QuantizationError.bits`, `.parameter`, `.groupSizeDoesNotDivide`, `.empty`, `.notFinite`
  ///   or `.tooLarge`.
  public func solve(
    _ weight: Matrix, threads: Int? = nil, progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> Solution {
    let groupSize = try checked(weight)
    let sweep = HQQSweep(
      weight: weight, groupSize: groupSize, bits: bits, power: norm - 1,
      threads: Parallel.threads(threads, elements: weight.count))
    var (inverseScales, zeros) = sweep.start()
    var before = zeros  // the zero points one iteration earlier
    var rule = HQQStopRule(behavior)
    var kept: Int?
    while kept == nil, rule.history.count < iterations {
      let first = rule.history.count
      let steps = (first..<min(first + Self.iterationsAtOnce, iterations)).map { number in
        let beta = beta(ofIteration: number)
        return HQQSweep.Step(beta: beta, deadZone: deadZone(beta: beta))
      }
      let measured = sweep.refit(from: zeros, inverseScales: inverseScales, steps)
      for iteration in measured.iterations where kept == nil { kept = rule.take(iteration) }
      // Zero points by number; `before` is number first − 1, `zeros` number first.
      func numbered(_ number: Int) -> [Float] {
        number < first ? before : number == first ? zeros : measured.zeros(number - first - 1)
      }
      let last = kept ?? first + steps.count
      (before, zeros) = (numbered(max(last - 1, 0)), numbered(last))
      progress?(Double(rule.history.count) / Double(iterations))
    }
    let scales = inverseScales.map { 1 / $0 }
    let (codes, dequantized) = sweep.finish(inverseScales, scales: scales, zeros: zeros)
    progress?(1)
    let across = weight.columns / groupSize
    return Solution(
      codes: Codes(codes),
      scales: Matrix(rows: weight.rows, columns: across) { scales[$0 * across + $1] },
      zeros: Matrix(rows: weight.rows, columns: across) { zeros[$0 * across + $1] },
      dequantized: dequantized, history: rule.history, kept: kept ?? rule.history.count,
      groupSize: groupSize, bits: bits)
  }

  /// Checks a matrix, and the settings against it.
  func checked(_ weight: Matrix) throws(QuantizationError) -> Int {
    guard weight.count > 0 else {
      throw .empty(name: "weight", rows: weight.rows, columns: weight.columns)
    }
    try weight.requireFinite(named: "weight")
    try weight.requireRoom(named: "weight")
    return try checked(columns: weight.columns)
  }
}

/// Passes over all groups of a matrix, shared out among threads by rows.
private struct HQQSweep {
  let weight: Matrix
  let groupSize: Int
  let bits: Int
  let power: Double
  let threads: Int

  private var groups: Int { weight.count / groupSize }
  private var across: Int { weight.columns / groupSize }
  private var top: Float { Float(1 << bits - 1) }

  /// What an iteration knows besides the weights.
  struct Step {
    let beta: Double
    let deadZone: Double
  }

  /// What some iterations found.
  struct Measured {
    let iterations: [HQQ.Iteration]
    fileprivate let all: [Float]
    fileprivate let groups: Int

    /// The zero points after one of them.
    func zeros(_ place: Int) -> [Float] { Array(all[place * groups..<(place + 1) * groups]) }
  }

  func start() -> (inverseScales: [Float], zeros: [Float]) {
    var inverseScales = [Float](repeating: 0, count: groups)
    var zeros = inverseScales
    weight.withUnsafeBufferPointer { weights in
      inverseScales.withUnsafeMutableBufferPointer { inverseScales in
        zeros.withUnsafeMutableBufferPointer { zeros in
          nonisolated(unsafe) let scales = inverseScales
          nonisolated(unsafe) let zeros = zeros
          Parallel.split(groups, threads: threads) { part in
            guard let run = weights.baseAddress, let scales = scales.baseAddress,
              let zeros = zeros.baseAddress
            else { return }
            nibble_hqq_start(
              run + part.lowerBound * groupSize, part.count, groupSize, top,
              scales + part.lowerBound, zeros + part.lowerBound)
          }
        }
      }
    }
    return (inverseScales, zeros)
  }

  func refit(from start: [Float], inverseScales: [Float], _ steps: [Step]) -> Measured {
    let count = steps.count
    // The dead zone a hair smaller, so that float32 decides inside the loop, not here.
    let kernelSteps = steps.map {
      nibble_hqq_step(inverse_beta: Float(1 / $0.beta), dead_zone: Float($0.deadZone * 0.99999))
    }
    var errors = [Double](repeating: 0, count: weight.rows * count)
    var moved = [Int64](repeating: 0, count: weight.rows * count)
    let zeros = [Float](unsafeUninitializedCapacity: count * groups) { zeros, filled in
      nibble_expect_writes(zeros.baseAddress, count * groups * MemoryLayout<Float>.size)
      errors.withUnsafeMutableBufferPointer { errors in
        moved.withUnsafeMutableBufferPointer { moved in
          weight.withUnsafeBufferPointer { weights in
            nonisolated(unsafe) let output = (zeros, errors, moved)
            Parallel.split(weight.rows, threads: threads) { part in
              guard let run = weights.baseAddress, let zeros = output.0.baseAddress,
                let errors = output.1.baseAddress, let moved = output.2.baseAddress
              else { return }
              for row in part {
                inverseScales.withUnsafeBufferPointer { scales in
                  start.withUnsafeBufferPointer { start in
                    guard let scales = scales.baseAddress, let start = start.baseAddress else {
                      return
                    }
                    nibble_hqq_refit(
                      run + row * weight.columns, across, groupSize, top, Float(power),
                      scales + row * across, start + row * across, kernelSteps, count,
                      zeros + row * across, groups, errors + row * count, moved + row * count)
                  }
                }
              }
            }
          }
        }
      }
      filled = count * groups
    }
    let iterations = steps.indices.map { place in
      var error = 0.0
      var setApart = 0
      for row in 0..<weight.rows {  // in the order of the rows, whatever the threads
        error += errors[row * count + place]
        setApart += Int(moved[row * count + place])
      }
      return HQQ.Iteration(
        meanError: Float(error / Double(weight.count)), setApart: setApart, beta: steps[place].beta)
    }
    return Measured(iterations: iterations, all: zeros, groups: groups)
  }

  func finish(
    _ inverseScales: [Float], scales: [Float], zeros: [Float]
  ) -> (codes: [UInt8], dequantized: Matrix) {
    var codes: [UInt8] = []
    let dequantized = Matrix(rows: weight.rows, columns: weight.columns) {
      (values: UnsafeMutableBufferPointer<Float>) in
      nibble_expect_writes(values.baseAddress, weight.count * MemoryLayout<Float>.size)
      codes = [UInt8](unsafeUninitializedCapacity: weight.count) { codes, filled in
        nibble_expect_writes(codes.baseAddress, weight.count)
        weight.withUnsafeBufferPointer { weights in
          nonisolated(unsafe) let output = (codes, values)
          Parallel.split(groups, threads: threads) { part in
            let first = part.lowerBound * groupSize
            guard let run = weights.baseAddress, let codes = output.0.baseAddress,
              let values = output.1.baseAddress
            else { return }
            inverseScales[part].withUnsafeBufferPointer { inverses in
              scales[part].withUnsafeBufferPointer { scales in
                zeros[part].withUnsafeBufferPointer { zeros in
                  nibble_hqq_finish(
                    run + first, part.count, groupSize, top, inverses.baseAddress,
                    scales.baseAddress, zeros.baseAddress, codes + first, values + first)
                }
              }
            }
          }
        }
        filled = weight.count
      }
    }
    return (codes, dequantized)
  }
}
