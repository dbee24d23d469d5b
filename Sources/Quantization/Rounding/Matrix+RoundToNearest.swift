internal import CKernels
internal import Grids
public import Tensors

extension Matrix {
  /// Rounds each weight to the nearest point of its group's grid, ties to even.
  ///
  /// The baseline every other method is measured against: no data, no interaction between weights,
  /// and at most half a step of error for each that is not clipped. A code is
  /// `clamp(round(weight / scale) + zeroPoint)`, the quotient in Float.
  ///
  /// Edge cases: a group of zeros has scale 1 and dequantizes exactly. The result does not depend on
  /// the number of threads. Source: the RTN baseline of Frantar et al. 2022, arXiv:2210.17323.
  ///
  /// - Parameters:
  ///   - scheme: The grid and who shares one.
  ///   - threads: How many threads to use; nil leaves it to the size of the matrix.
  /// - Returns: Codes of the shape of this matrix, and a scale and a zero point a group.
  /// - Throws: `QuantizationError.notFinite` naming the element, `.groupSizeDoesNotDivide` and the
  ///   other ways in which a scheme does not fit a matrix.
  public func roundedToNearest(
    _ scheme: QuantizationScheme, threads: Int? = nil
  ) throws(QuantizationError) -> QuantizedMatrix {
    let layout = try scheme.layout(rows: rows, columns: columns)
    let rounding = GroupRounding(scheme: scheme, layout: layout)
    let threads = Parallel.threads(threads, elements: count)
    var scales = [Float](repeating: 0, count: layout.count)
    var zeroPoints = [Int](repeating: 0, count: layout.count)
    let codes = [UInt8](unsafeUninitializedCapacity: count) { codes, filled in
      nibble_expect_writes(codes.baseAddress, count)
      scales.withUnsafeMutableBufferPointer { scales in
        zeroPoints.withUnsafeMutableBufferPointer { zeroPoints in
          withUnsafeBufferPointer { weights in
            nonisolated(unsafe) let output = GroupRounding.Output(
              codes: codes, scales: scales, zeroPoints: zeroPoints)
            Parallel.split(layout.count, threads: threads) { groups in
              rounding.round(groups, of: weights, into: output)
            }
          }
        }
      }
      filled = count
    }
    // A scale of 0 is how a loop says that its group holds a NaN or an infinity.
    if scales.contains(0) { try requireFinite(named: "matrix") }
    return QuantizedMatrix(
      trusted: codes, scales: scales, zeroPoints: zeroPoints, scheme: scheme, layout: layout)
  }

  /// The matrix after a round trip through the grid: what a layer computes with.
  ///
  /// - Parameters:
  ///   - scheme: The grid and who shares one.
  ///   - threads: How many threads to use; nil leaves it to the size of the matrix.
  /// - Returns: `roundedToNearest(scheme).dequantized()`.
  /// - Throws: What ``roundedToNearest(_:threads:)`` throws.
  public func fakeQuantized(
    _ scheme: QuantizationScheme, threads: Int? = nil
  ) throws(QuantizationError) -> Matrix {
    try roundedToNearest(scheme, threads: threads).dequantized(threads: threads)
  }

  /// Quantizes activations as they come, each token by its own range.
  ///
  /// Dynamic quantization: nothing is calibrated, since the range is read off the data itself. Rows
  /// are tokens. Source: the token-wise quantization of ZeroQuant, Yao et al. 2022,
  /// arXiv:2206.01861.
  ///
  /// - Parameters:
  ///   - bits: The width of a code.
  ///   - symmetry: Whether the grid mirrors around zero.
  /// - Returns: Codes of the shape of this matrix and one scale and zero point a row.
  /// - Throws: `QuantizationError.notFinite`, `.bits`, or `.empty`.
  public func quantizedPerToken(
    bits: Int = 8, symmetry: Symmetry = .symmetric(.restricted)
  ) throws(QuantizationError) -> QuantizedMatrix {
    try roundedToNearest(QuantizationScheme(bits: bits, symmetry: symmetry, granularity: .token))
  }

  /// Refuses a NaN or an infinity by its place.
  func requireFinite(named name: String) throws(QuantizationError) {
    let scan = withUnsafeBufferPointer { $0.firstIndex { !$0.isFinite } }
    guard let index = scan else { return }
    throw .notFinite(
      name: name, row: index / columns, column: index % columns, value: elements[index])
  }

  /// Refuses an element beyond half of what a Float holds, by its place.
  ///
  /// A grid hangs over its range by up to half a step, and a step of a coarse grid is a third of the
  /// range: nearer to the end of Float the outermost code would decode to infinity.
  func requireRoom(named name: String) throws(QuantizationError) {
    let limit = Float.greatestFiniteMagnitude / 2
    guard largestMagnitude > limit else { return }
    let scan = withUnsafeBufferPointer { $0.firstIndex { $0.magnitude > limit } }
    guard let index = scan else { return }
    throw .tooLarge(
      name: name, row: index / columns, column: index % columns, value: elements[index],
      limit: limit)
  }
}

/// The loops over groups, each to its own part of the output.
struct GroupRounding {
  /// Where codes, scales and zero points go.
  struct Output {
    let codes: UnsafeMutableBufferPointer<UInt8>
    let scales: UnsafeMutableBufferPointer<Float>
    let zeroPoints: UnsafeMutableBufferPointer<Int>
  }

  let scheme: QuantizationScheme
  let layout: GroupLayout

  /// Rounds a range of groups; one that is not finite gets scale 0 and no codes.
  func round(_ groups: Range<Int>, of weights: UnsafeBufferPointer<Float>, into output: Output) {
    guard let source = weights.baseAddress, let codes = output.codes.baseAddress,
      let scales = output.scales.baseAddress, let zeroPoints = output.zeroPoints.baseAddress
    else { return }
    if layout.isContiguous, scheme.range == .minMax {
      var rule = scheme.affineRule
      let start = groups.lowerBound
      let stopped = nibble_affine_round_groups(
        source + start * layout.groupCount, groups.count, layout.groupCount, &rule,
        codes + start * layout.groupCount, scales + start, zeroPoints + start)
      if stopped >= 0 { scales[start + stopped] = 0 }
    } else {
      roundOneByOne(groups, of: source, into: output)
    }
  }

  /// For ranges that need a search, and for rectangles, which are gathered into a run first.
  private func roundOneByOne(
    _ groups: Range<Int>, of source: UnsafePointer<Float>, into output: Output
  ) {
    var gathered = [Float](repeating: 0, count: layout.groupCount)
    var codes = [UInt8](repeating: 0, count: layout.groupCount)
    let levels = scheme.levels
    for group in groups {
      let starts =
        layout.isContiguous ? [group * layout.groupCount] : layout.rowStarts(ofGroup: group)
      let length = layout.groupCount / starts.count
      let grid: AffineGrid? = gathered.withUnsafeMutableBufferPointer { gathered in
        for (part, start) in starts.enumerated() {
          for offset in 0..<length { gathered[part * length + offset] = source[start + offset] }
        }
        guard gathered.allSatisfy(\.isFinite) else { return nil }
        let ends = scheme.range.range(
          of: UnsafeBufferPointer(gathered), levels: levels, symmetric: scheme.isSymmetric)
        return scheme.grid(lowest: ends.lowest, highest: ends.highest)
      }
      guard let grid else {
        output.scales[group] = 0
        return
      }
      output.scales[group] = grid.scale
      output.zeroPoints[group] = grid.zeroPoint
      nibble_affine_round_run(
        gathered, layout.groupCount, grid.scale, Int32(grid.zeroPoint), Int32(levels.lowest),
        Int32(levels.highest), &codes)
      for (part, start) in starts.enumerated() {
        for offset in 0..<length { output.codes[start + offset] = codes[part * length + offset] }
      }
    }
  }
}

extension QuantizationScheme {
  /// The scheme in the words of the C loop.
  var affineRule: nibble_affine_rule {
    let levels = levels
    let zeroPoint = isSymmetric && !levels.isSigned ? 1 << (levels.bits - 1) : 0
    return nibble_affine_rule(
      lowest: Int32(levels.lowest), highest: Int32(levels.highest),
      symmetric: isSymmetric ? 1 : 0, zero_point: Int32(zeroPoint),
      reach: Double(levels.count - 1) / 2)
  }
}
