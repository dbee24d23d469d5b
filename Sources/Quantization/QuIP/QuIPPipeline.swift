internal import Tensors

/// What QuIP and QuIP# share: damp, turn, round with feedback, refine, turn back.
struct QuIPPipeline {
  let method: String
  let damping: Damping
  let rescales: Bool
  let passes: Int
  var feedback = true
  let threads: Int?
  let progress: ((Double) -> Void)?

  /// Refuses a layer that is none: nothing in it, numbers that are none, statistics of other inputs.
  static func check(_ weight: Matrix, _ statistics: InputStatistics) throws(QuantizationError) {
    guard weight.count > 0 else {
      throw .empty(name: "weight", rows: weight.rows, columns: weight.columns)
    }
    try weight.requireFinite(named: "weight")
    guard statistics.columns == weight.columns else {
      throw .activationsDoNotMatch(
        activationColumns: statistics.columns, weightColumns: weight.columns)
    }
  }

  /// Quantizes a layer; damping is raised, where that is allowed, until H̃ can be factored as well as H.
  func run<Quantizer: BlockQuantizer>(
    _ weight: Matrix, _ statistics: InputStatistics, outputs: any Rotation, inputs: any Rotation,
    quantizer: (_ rootMeanSquare: Float) -> (Quantizer, scale: Float)
  ) throws(QuantizationError) -> QuIPResult {
    guard passes >= 0 else {
      throw .parameter(name: "passes", value: Double(passes), expected: "0 or more")
    }
    var damping = damping
    var notes: [String] = []
    while true {
      let damped = try DampedHessian(statistics, damping: damping, for: method)
      let layer = IncoherentLayer(
        weight: weight, hessian: damped.hessian, outputs: outputs, inputs: inputs,
        rescales: rescales, threads: threads)
      try layer.weight.requireFinite(named: "the turned weight", in: method)
      progress?(0.05)
      let (quantizer, scale) = quantizer(Float(layer.weight.rootMeanSquare))
      do throws(TensorError) {
        let rounded = try rounded(layer, by: quantizer)
        let loss = proxyLoss(
          weight: layer.weight, approximation: rounded.values, hessian: layer.hessian)
        return QuIPResult(
          incoherent: layer, rounded: rounded.values,
          dequantized: layer.restored(rounded.values, threads: threads), codes: rounded.codes,
          scale: scale, damping: damped.damping, loss: loss / 2, notes: damped.notes + notes)
      } catch {
        guard case .notPositiveDefinite(_, let pivot, _) = error else {
          throw .resultNotFinite(
            method: method, name: "the turned Hessian", row: error.row, column: error.column)
        }
        guard damping.raises, let next = Damping.raised(damped.damping) else {
          throw turnedPivotFailed(pivot, statistics, damped)
        }
        notes = [
          "damping raised from \(self.damping.share) to \(next) of the mean diagonal: turned on both "
            + "sides, the pivot of input \(pivot) is lost in rounding"
        ]
        damping.share = next
      }
    }
  }

  /// W̃ rounded with feedback, and refined.
  private func rounded(
    _ layer: IncoherentLayer, by quantizer: some BlockQuantizer
  ) throws(TensorError) -> FeedbackRounding {
    var lower: Matrix?
    if feedback {
      let factors = try BlockLDL(layer.hessian, blockSize: quantizer.length)
      try factors.requireSound(beside: layer.hessian.diagonal)
      lower = factors.lower.rounded()
    }
    progress?(0.1)
    var rounded = quantizingWithFeedback(
      layer.weight, lower: lower, by: quantizer, threads: threads
    ) { progress?(0.1 + 0.8 * $0) }
    try rounded.refine(
      layer.weight, hessian: layer.hessian, by: quantizer, passes: passes, threads: threads)
    return rounded
  }

  /// The error of a pivot that only the turned layer loses, with what there was to make it from.
  private func turnedPivotFailed(
    _ pivot: Int, _ statistics: InputStatistics, _ damped: DampedHessian
  ) -> QuantizationError {
    let unit = statistics.precision == .single ? Double(Float.ulpOfOne) / 2 : Double.ulpOfOne / 2
    return .turnedPivotFailed(
      method: method, place: pivot, columns: statistics.columns,
      rank: min(statistics.hessian.semidefiniteRank(tolerance: 16 * unit), statistics.tokens),
      tokens: statistics.tokens, dead: damped.deadColumns, damping: damped.damping)
  }
}

/// H with its damping, which was enough to factor it as it is.
private struct DampedHessian {
  let hessian: DoubleMatrix
  /// The damping that was used, as a share of the mean diagonal.
  let damping: Double
  /// How many inputs are 0 in every token.
  let deadColumns: Int
  /// What a reader must know.
  let notes: [String]

  /// Damps and tries.
  ///
  /// A dead input keeps its weights here, unlike in methods that set them to 0: it gets no more than
  /// the damping, or the mean of the others where there is none.
  init(
    _ statistics: InputStatistics, damping: Damping, for method: String
  ) throws(QuantizationError) {
    let factor = try HessianFactor(statistics, damping: damping, for: method)
    let (dead, columns) = (factor.deadColumns, statistics.columns)
    var hessian = statistics.hessian
    hessian.addToDiagonal(factor.dampingAmount)
    var notes = factor.notes.filter { !$0.hasSuffix("their weights become 0") }
    if dead.count == columns {
      hessian = .identity(columns)
      notes.append("every input is 0 in every token: weights were rounded without any feedback")
    } else if !dead.isEmpty {
      if factor.dampingAmount == 0 {
        let live = factor.diagonal.filter { $0 > 0 }
        for column in dead {
          hessian[column, column] = live.reduce(0, +) / Double(live.count)
        }
      }
      notes.append(
        "\(dead.count) of \(columns) input channels are 0 in every token: their weights are kept")
    }
    self.hessian = hessian
    self.damping = factor.damping
    deadColumns = dead.count
    self.notes = notes
  }
}

extension BlockLDL {
  /// Refuses factors of which a pivot is rounding, not information: 16 units of double precision.
  fileprivate func requireSound(beside diagonal: [Double]) throws(TensorError) {
    for (index, pivot) in pivots.enumerated() where !(pivot > 8 * .ulpOfOne * diagonal[index]) {
      throw .notPositiveDefinite(size: diagonal.count, pivot: index, value: pivot)
    }
  }
}

extension TensorError {
  /// Where an element is not finite; the first one for other errors.
  fileprivate var row: Int {
    if case .notFinite(let row, _, _) = self { row } else { 0 }
  }
  fileprivate var column: Int {
    if case .notFinite(_, let column, _) = self { column } else { 0 }
  }
}
