public import Tensors

/// One exponent that a search has tried.
public struct AWQCandidate: Hashable, Sendable {
  /// α.
  public let alpha: Double
  /// s.
  public let scales: ChannelScales
  /// The mean squared change of the outputs; infinite where a scaled weight leaves float32.
  public let loss: Double
}

/// What a search has tried, and the best of it.
public struct AWQSearch: Hashable, Sendable {
  /// Every exponent in the order of trying.
  public let candidates: [AWQCandidate]
  /// The first with the smallest loss.
  public let best: AWQCandidate

  /// The first with the smallest loss; there is at least one (a precondition).
  init(_ candidates: [AWQCandidate]) {
    self.candidates = candidates
    var best = candidates[0]
    for candidate in candidates where candidate.loss < best.loss { best = candidate }
    self.best = best
  }
}

extension AWQ {
  /// w̄: each weight against the largest of its group, averaged over all rows of all consumers.
  ///
  /// What duo scaling divides by. Source: AutoAWQ.
  ///
  /// - Parameter consumers: Shape [out, in] each, the same inputs.
  /// - Returns: One an input channel, 0 to 1.
  /// - Throws: `QuantizationError` for a group size that does not fit, `.countMismatch`.
  public func relativeMagnitudes(of consumers: [Matrix]) throws(QuantizationError) -> [Float] {
    let columns = try Self.sharedColumns(of: consumers)
    var sums = [Double](repeating: 0, count: columns)
    var rows = 0
    for weight in consumers {
      let size = try scheme.layout(rows: weight.rows, columns: columns).groupColumns
      rows += weight.rows
      for row in 0..<weight.rows {
        weight.withUnsafeRow(row) { values in
          for start in stride(from: 0, to: columns, by: size) {
            var largest: Float = 0
            for column in start..<start + size { largest = max(largest, abs(values[column])) }
            for column in start..<start + size {
              sums[column] += Double(abs(values[column]) / (largest + 1e-6))
            }
          }
        }
      }
    }
    return sums.map { Float($0 / Double(rows)) }
  }

  /// s for one exponent: x̄^α, or x̄^α / (w̄^(1−α) + 10⁻⁴) with duo scaling.
  ///
  /// At least 10⁻⁴, then divided by √(max s · min s), so that the largest and the smallest are each
  /// other's inverse. A scale that leaves float32 becomes 1.
  ///
  /// - Parameters:
  ///   - alpha: α, 0 to 1; without duo scaling 0 gives 1 everywhere, which is rounding to nearest.
  ///   - meanMagnitudes: x̄.
  ///   - relativeMagnitudes: w̄, for duo scaling alone.
  /// - Returns: s, one an input channel.
  /// - Throws: `QuantizationError.parameter`, `.countMismatch`.
  public func scales(
    alpha: Double, meanMagnitudes: [Float], relativeMagnitudes: [Float] = []
  ) throws(QuantizationError) -> ChannelScales {
    guard (0...1).contains(alpha) else {
      throw .parameter(name: "alpha", value: alpha, expected: "0 to 1")
    }
    guard !duoScaling || relativeMagnitudes.count == meanMagnitudes.count else {
      throw .countMismatch(
        what: "relative magnitudes", found: relativeMagnitudes.count,
        expected: meanMagnitudes.count)
    }
    let raw = meanMagnitudes.indices.map { channel in
      let salience = power(Double(meanMagnitudes[channel]), alpha)
      guard duoScaling else { return max(salience, Self.smallestScale) }
      let size = power(Double(relativeMagnitudes[channel]), 1 - alpha)
      return max(salience / (size + 1e-4), Self.smallestScale)
    }
    let middle = (raw.max() ?? 1).squareRoot() * (raw.min() ?? 1).squareRoot()
    return ChannelScales(
      trusted: raw.map { value in
        let scale = Float(value / middle)
        return scale.isNormal ? scale : 1
      })
  }

  /// Tries exponents and keeps the one whose outputs change least.
  ///
  /// The change is that of everything the caller wants judged. For layers that read the same inputs,
  /// such as q, k and v, the published method judges the module around them: `module` gets their
  /// rounded weights in the order of `consumers` and returns what the module makes of the inputs it
  /// holds. Without one the layers' own outputs are judged, all together, which for a single layer is
  /// the same thing.
  ///
  /// - Parameters:
  ///   - consumers: Weights [out, in] that share s.
  ///   - calibration: Their inputs.
  ///   - alphas: The exponents; a single one fixes it.
  ///   - module: The module's output for given weights.
  ///   - progress: Told what share is done.
  /// - Returns: Every exponent with its loss, and the first with the smallest.
  /// - Throws: `QuantizationError.notFinite` where every exponent takes a weight out of float32,
  ///   `.countMismatch`, and what a scheme that does not fit throws.
  public func search(
    _ consumers: [Matrix], calibration: AWQCalibration, alphas: [Double] = AWQ.exponents,
    module: (([Matrix]) -> Matrix)? = nil, progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> AWQSearch {
    precondition(!alphas.isEmpty, "a search among no exponents")
    let columns = try Self.sharedColumns(of: consumers)
    guard columns == calibration.columns else {
      throw .activationsDoNotMatch(activationColumns: calibration.columns, weightColumns: columns)
    }
    for weight in consumers { try weight.requireFinite(named: "weight") }
    let sizes = duoScaling ? try relativeMagnitudes(of: consumers) : []
    let exact = module?(consumers)
    var candidates: [AWQCandidate] = []
    for (index, alpha) in alphas.enumerated() {
      let scales = try scales(
        alpha: alpha, meanMagnitudes: calibration.meanMagnitudes, relativeMagnitudes: sizes)
      let loss: Double
      if let module, let exact {
        loss = try moduleLoss(consumers, scales, module, exact)
      } else {
        loss = try ownLoss(consumers, scales, calibration.loss)
      }
      candidates.append(
        AWQCandidate(alpha: alpha, scales: scales, loss: loss.isFinite ? loss : .infinity))
      progress?(Double(index + 1) / Double(alphas.count))
    }
    let search = AWQSearch(candidates)
    guard search.best.loss.isFinite else { throw overflow(consumers, search.best.scales) }
    return search
  }

  /// The mean squared change of all outputs of all consumers.
  private func ownLoss(
    _ consumers: [Matrix], _ scales: ChannelScales, _ loss: OutputLoss
  ) throws(QuantizationError) -> Double {
    var sum = 0.0
    var rows = 0
    for weight in consumers {
      guard let change = try change(weight, scales: scales) else { return .infinity }
      sum += loss(change) * Double(weight.rows)
      rows += weight.rows
    }
    return sum / Double(rows)
  }

  /// The mean squared change of what the module makes of the rounded weights.
  private func moduleLoss(
    _ consumers: [Matrix], _ scales: ChannelScales, _ module: ([Matrix]) -> Matrix, _ exact: Matrix
  ) throws(QuantizationError) -> Double {
    var rounded: [Matrix] = []
    for weight in consumers {
      guard let change = try change(weight, scales: scales) else { return .infinity }
      rounded.append(weight + change)
    }
    return exact.squaredDistance(to: module(rounded)) / Double(max(exact.count, 1))
  }

  /// The number of input channels that all consumers have.
  static func sharedColumns(of consumers: [Matrix]) throws(QuantizationError) -> Int {
    guard let first = consumers.first, !first.isEmpty else {
      throw .empty(name: "weight", rows: 0, columns: 0)
    }
    for weight in consumers where weight.columns != first.columns {
      throw .countMismatch(
        what: "input channels", found: weight.columns, expected: first.columns)
    }
    return first.columns
  }

  /// Which scaled weight left float32.
  private func overflow(_ consumers: [Matrix], _ scales: ChannelScales) -> QuantizationError {
    for weight in consumers {
      let scaled = scales.multiplied(into: weight)
      do {
        try scaled.requireFinite(named: "weight × scale")
        try scaled.requireRoom(named: "weight × scale")
      } catch { return error }
    }
    return .parameter(
      name: "the outputs' change", value: .infinity, expected: "activations of a moderate size")
  }
}
