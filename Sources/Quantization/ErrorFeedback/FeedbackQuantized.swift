public import Tensors

/// What a method that passes errors on has made of a weight, in the layer's own order of columns.
public struct FeedbackQuantized: Sendable {
  /// Bits, symmetry, and how many columns share a grid.
  public let scheme: QuantizationScheme
  /// The integers, row-major, zero point not subtracted.
  public let codes: Codes
  /// The distance between codes, shape [out, groups].
  public let scales: Matrix
  /// The code of real zero, shape [out, groups].
  public let zeros: Matrix
  /// The group of each column.
  public let groupIndex: [Int]
  /// Ŵ, shape of the weight.
  public let dequantized: Matrix
  /// Σ (w − q)² / (2 U²) over all weights, w as it was when its turn came: ½ tr(ΔW H ΔWᵀ) with the
  /// damped Hessian H.
  public let loss: Double

  /// Whether groups are runs of neighbours, so that no index need be stored.
  public var groupsAreRuns: Bool {
    let size = groupIndex.count / max(scales.columns, 1)
    return groupIndex.indices.allSatisfy { groupIndex[$0] == $0 / size }
  }

  /// Codes, scales, zero points of asymmetric grids, and the index of groups that are not runs.
  public var storage: StorageCost {
    StorageCost(
      weights: codes.count,
      items: [
        .init("codes", count: codes.count, bitsEach: scheme.bits),
        .init("scales", count: scales.count, bitsEach: 16),
        .init("zero points", count: scheme.isSymmetric ? 0 : zeros.count, bitsEach: scheme.bits),
        .init("group index", count: groupsAreRuns ? 0 : groupIndex.count, bitsEach: 32),
      ])
  }

  /// A result from columns one below another, in the order in which they were taken.
  ///
  /// - Parameters:
  ///   - scheme: What the grids are.
  ///   - strips: The codes, and the grids group by group.
  ///   - plan: The groups of the positions.
  ///   - permutation: The column at each position.
  ///   - loss: What the method has minimised.
  ///   - threads: How many threads may turn it all around.
  init(
    scheme: QuantizationScheme, strips: CodeColumns, plan: GroupPlan, permutation: [Int],
    loss: Double, threads: Int
  ) {
    self.scheme = scheme
    self.loss = loss
    var groupIndex = [Int](repeating: 0, count: permutation.count)
    for (position, column) in permutation.enumerated() {
      groupIndex[column] = plan.groups[position]
    }
    self.groupIndex = groupIndex
    scales = Matrix(rows: strips.rows, columns: plan.groupCount) { row, group in
      strips.scales[group * strips.stride + row]
    }
    zeros = Matrix(rows: strips.rows, columns: plan.groupCount) { row, group in
      strips.zeros[group * strips.stride + row]
    }
    (codes, dequantized) = strips.rowMajor(
      permutation: permutation, groups: plan.groups, threads: threads)
  }
}

extension LayerResult {
  /// The form every method can give.
  init(_ quantized: FeedbackQuantized, factor: HessianFactor) {
    self.init(
      codes: quantized.codes, scales: quantized.scales, zeros: quantized.zeros,
      dequantized: quantized.dequantized, storage: quantized.storage)
    loss = quantized.loss
    damping = factor.damping
    groupIndex = quantized.groupsAreRuns ? nil : quantized.groupIndex
    notes = factor.notes
  }
}
