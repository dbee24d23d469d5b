internal import CKernels
internal import Grids
public import Tensors

/// AWQ: before weights are rounded, the columns that meet loud inputs are made larger.
///
/// Ŵ = Q(W·diag(s))·diag(s)⁻¹. Rounding moves a scaled weight by as much as any other, and the division
/// afterwards makes that move 1/s as large: precision for the channels that have most to say, at the
/// price of a group's range where its largest weight grew. s = x̄^α, with x̄ the mean |x| of a channel,
/// divided by √(max s · min s). Source: Lin et al. 2023, arXiv:2306.00978, section 3.2; constants of
/// its published code and of AutoAWQ.
public struct AWQ: Hashable, Sendable {
  /// How many exponents a search tries: 0, 1/20 … 19/20.
  public static let exponents: [Double] = (0..<20).map { Double($0) / 20 }
  /// What a scale is at least, before all are divided by their geometric middle.
  static let smallestScale = 1e-4

  /// The grids that scaled weights are rounded to.
  public enum Grid: Hashable, Sendable {
    /// From a group's smallest to its largest value, with zero in between: what is produced.
    case asymmetric
    /// Codes 0 to 2ᵇ − 1 around 2ᵇ⁻¹, scale 2R/(2ᵇ − 1).
    case symmetric
    /// The published grid: zero is not forced into the range, though its code is forced onto the grid,
    /// so a group without a sign change clips its far end. For reading what others made.
    case published
  }

  /// The width of a code.
  public var bits: Int
  /// How many neighbours in a row share a scale; 0 for the whole row.
  public var groupSize: Int
  /// The grids that scaled weights are rounded to.
  public var grid: Grid
  /// Whether s divides by the weights' own relative magnitudes, as AutoAWQ does by default.
  public var duoScaling: Bool
  /// How many threads the rounding may use; nil leaves it to the size of the weight.
  public var threads: Int?

  /// The settings.
  ///
  /// - Parameters:
  ///   - bits: The width of a code, 1 to 8.
  ///   - groupSize: How many neighbours in a row share a scale.
  ///   - grid: The grids that scaled weights are rounded to.
  ///   - duoScaling: Whether s divides by the weights' own relative magnitudes.
  ///   - threads: How many threads the rounding may use.
  public init(
    bits: Int = 4, groupSize: Int = 128, grid: Grid = .asymmetric, duoScaling: Bool = false,
    threads: Int? = nil
  ) {
    self.bits = bits
    self.groupSize = groupSize
    self.grid = grid
    self.duoScaling = duoScaling
    self.threads = threads
  }

  /// The grid in the words of a scheme.
  var scheme: QuantizationScheme {
    QuantizationScheme(
      bits: bits, symmetry: grid == .symmetric ? .symmetric(.full) : .asymmetric,
      granularity: .group(groupSize))
  }

  /// Rounds a weight that is scaled already.
  ///
  /// - Parameter scaled: W·diag(s), shape [out, in].
  /// - Returns: The codes of the scaled weight.
  /// - Throws: `QuantizationError` for a scheme that does not fit, or `.notFinite` where a scaled weight
  ///   has left float32.
  public func quantized(_ scaled: Matrix) throws(QuantizationError) -> QuantizedMatrix {
    guard grid == .published else {
      return try scaled.roundedToNearest(scheme, threads: threads)
    }
    return try scaled.roundedToPublishedGrid(scheme)
  }

  /// Q(W·diag(s))·diag(s)⁻¹ − W: what rounding changes.
  ///
  /// In one pass over the weight where its grid allows; ``changeReference(_:scales:)`` judges it, bit
  /// for bit.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - scales: s.
  /// - Returns: ΔW, or nil where a scaled weight leaves float32.
  /// - Throws: `QuantizationError` for a scheme that does not fit.
  public func change(
    _ weight: Matrix, scales: ChannelScales
  ) throws(QuantizationError) -> Matrix? {
    let layout = try scheme.layout(rows: weight.rows, columns: weight.columns)
    guard grid != .published else {
      let scaled = scales.multiplied(into: weight)
      guard scaled.elements.allSatisfy(\.isFinite) else { return nil }
      return try changeReference(weight, scales: scales)
    }
    var rule = scheme.affineRule
    let threads = Parallel.threads(threads, elements: weight.count)
    var stopped = [Int](repeating: -1, count: weight.rows)
    let change = Matrix(rows: weight.rows, columns: weight.columns) {
      (values: UnsafeMutableBufferPointer<Float>) in
      nonisolated(unsafe) let values = values
      stopped.withUnsafeMutableBufferPointer { stopped in
        nonisolated(unsafe) let stopped = stopped
        weight.withUnsafeBufferPointer { source in
          scales.values.withUnsafeBufferPointer { factors in
            Parallel.split(weight.rows, threads: threads) { part in
              guard let source = source.baseAddress, let values = values.baseAddress else { return }
              let start = part.lowerBound * weight.columns
              stopped[part.lowerBound] = nibble_affine_scaled_change(
                source + start, part.count, weight.columns, layout.groupCount, factors.baseAddress,
                &rule, values + start)
            }
          }
        }
      }
    }
    return stopped.allSatisfy { $0 < 0 } ? change : nil
  }

  /// What rounding changes, step by step.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - scales: s.
  /// - Returns: ΔW.
  /// - Throws: What ``quantized(_:)`` throws.
  public func changeReference(
    _ weight: Matrix, scales: ChannelScales
  ) throws(QuantizationError) -> Matrix {
    scales.divided(outOf: try quantized(scales.multiplied(into: weight)).dequantized()) - weight
  }
}

extension Matrix {
  /// AWQ's published grid: float32 throughout, zero not forced into the range.
  ///
  /// scale = max(max − min, 10⁻⁵)/(2ᵇ − 1); zero = −round(min/scale), forced onto the codes.
  func roundedToPublishedGrid(
    _ scheme: QuantizationScheme
  ) throws(QuantizationError) -> QuantizedMatrix {
    let layout = try scheme.layout(rows: rows, columns: columns)
    try requireFinite(named: "matrix")
    let levels = scheme.levels
    var codes = [UInt8](repeating: 0, count: count)
    var scales = [Float](repeating: 1, count: layout.count)
    var zeroPoints = [Int](repeating: 0, count: layout.count)
    withUnsafeBufferPointer { values in
      for group in 0..<layout.count {
        let start = group * layout.groupCount
        let run = UnsafeBufferPointer(rebasing: values[start..<start + layout.groupCount])
        let smallest = run.min() ?? 0
        let largest = run.max() ?? 0
        let scale = max(largest - smallest, 1e-5) / Float(levels.highest)
        let zero = -(smallest / scale).rounded(.toNearestOrEven)
        scales[group] = min(scale, .greatestFiniteMagnitude)
        zeroPoints[group] = Int(min(max(zero, 0), Float(levels.highest)))
        codes.withUnsafeMutableBufferPointer { codes in
          guard let codes = codes.baseAddress else { return }
          nibble_affine_round_run(
            run.baseAddress, run.count, scales[group], Int32(zeroPoints[group]), 0,
            Int32(levels.highest), codes + start)
        }
      }
    }
    return QuantizedMatrix(
      trusted: codes, scales: scales, zeroPoints: zeroPoints, scheme: scheme, layout: layout)
  }
}
