public import Tensors

extension HQQ {
  /// The solver in plain loops, one iteration after another: it explains and judges
  /// ``solve(_:threads:progress:)``.
  ///
  /// Weights, codes and errors are Float as there; sums are Double.
  ///
  /// - Parameter weight: Finite weights, shape [out, in].
  /// - Returns: Codes, scales, real zero points, and the course of the iterations.
  /// - Throws: What ``solve(_:threads:progress:)`` throws.
  public func solveReference(_ weight: Matrix) throws(QuantizationError) -> Solution {
    let groupSize = try checked(weight)
    let groups = (0..<weight.count / groupSize).map { group in
      Array(weight.elements[group * groupSize..<(group + 1) * groupSize])
    }
    let top = Float(1 << bits - 1)

    // t and z of the min-max grid.
    let inverseScales = groups.map { Self.inverseScale(of: $0, top: top) }
    var zeros = zip(groups, inverseScales).map { group, t in -(group.min() ?? 0) * t }

    var numbered = [zeros]
    var rule = HQQStopRule(behavior)
    var kept: Int?
    while kept == nil, rule.history.count < iterations {
      let beta = beta(ofIteration: rule.history.count)
      var absoluteError = 0.0
      var setApart = 0
      for (index, group) in groups.enumerated() {
        let t = inverseScales[index]
        var sum = 0.0
        for w in group {
          let q = Self.code(w, t, zeros[index], top: top)
          let d = w - (q - zeros[index]) / t
          let e = Float(shrink(Double(d), beta: beta))
          absoluteError += Double(d.magnitude)
          setApart += e == 0 ? 0 : 1
          sum += Double(q - (w - e) * t)
        }
        zeros[index] = Float(sum / Double(group.count))
      }
      numbered.append(zeros)
      kept = rule.take(
        Iteration(
          meanError: Float(absoluteError / Double(weight.count)), setApart: setApart, beta: beta))
    }
    let last = kept ?? rule.history.count
    zeros = numbered[last]

    var codes: [UInt8] = []
    var values: [Float] = []
    for (index, group) in groups.enumerated() {
      for w in group {
        let q = Self.code(w, inverseScales[index], zeros[index], top: top)
        codes.append(UInt8(q))
        values.append((q - zeros[index]) * (1 / inverseScales[index]))
      }
    }
    let across = weight.columns / groupSize
    return Solution(
      codes: Codes(codes),
      scales: Matrix(rows: weight.rows, columns: across) { 1 / inverseScales[$0 * across + $1] },
      zeros: Matrix(rows: weight.rows, columns: across) { zeros[$0 * across + $1] },
      dequantized: Matrix(rows: weight.rows, columns: weight.columns) {
        values[$0 * weight.columns + $1]
      },
      history: rule.history, kept: last, groupSize: groupSize, bits: bits)
  }

  /// Codes to a weight unit: (2^b − 1)/(max − min), 1 for a range of at most 10⁻⁴, at most 2·10⁴.
  private static func inverseScale(of group: [Float], top: Float) -> Float {
    let range = (group.max() ?? 0) - (group.min() ?? 0)
    return min(range <= 1e-4 ? 1 : 1 / range * top, 2e4)
  }

  private static func code(_ w: Float, _ t: Float, _ zero: Float, top: Float) -> Float {
    min(max((w * t + zero).rounded(.toNearestOrEven), 0), top)
  }
}
