internal import Grids

/// How Q2_K, Q4_K and Q5_K choose a block: a grid for each sub-block, integers for the grids' scales and
/// minima, and then codes on the grids that those integers stand for.
///
/// The order matters: the codes that the search found belong to grids that cannot be stored, so they are
/// rounded again on those that are.
struct AffineSuperBlockFit: Sendable {
  /// How many sub-blocks.
  let subBlocks: Int
  /// The largest integer scale and minimum.
  let largestScale: Int
  /// The trials without importance.
  let steps: BlockSearch.AffineSteps
  /// The trials with importance.
  let importanceSteps: BlockSearch.AffineSteps
  /// How often the mean square of the block counts in the weights with importance.
  let spreadFactor: Float
  /// The weight of each value of a sub-block without importance.
  let weights: @Sendable (_ values: UnsafeBufferPointer<Float>) -> [Float]
  /// What can be read of integer scales and minima once they are stored; it differs from them only for
  /// a negative scale, which an importance of zeros can bring about.
  let stored: @Sendable (_ scales: [Int], _ minima: [Int]) -> (scales: [Int], minima: [Int])

  /// The block for 256 values.
  func fit(_ values: UnsafeBufferPointer<Float>, _ importance: UnsafePointer<Float>?) -> SuperBlock
  {
    let length = SuperBlock.length / subBlocks
    let spread = spreadFactor * values.squares / Float(SuperBlock.length)
    var codes = [UInt8](repeating: 0, count: SuperBlock.length)
    var scales: [Float] = []
    var minima: [Float] = []
    var weightSums: [Float] = []
    for start in stride(from: 0, to: SuperBlock.length, by: length) {
      let run = UnsafeBufferPointer(rebasing: values[start..<start + length])
      let weights =
        importance.map { run.weights(importance: $0 + start, spread: spread) } ?? weights(run)
      var found = [UInt8](repeating: 0, count: length)
      var trial = found
      let grid = BlockSearch.affine(
        run, weights: weights, steps: importance == nil ? steps : importanceSteps, codes: &found,
        trial: &trial)
      codes.replaceSubrange(start..<start + length, with: found)
      scales.append(grid.scale)
      minima.append(grid.minimum)
      weightSums.append(weights.reduce(0, +))
    }
    let shared =
      importance == nil ? share(scales) : BlockSearch.positive(scales, weightSums, largestScale)
    let sharedMinima =
      importance == nil ? share(minima) : BlockSearch.positive(minima, weightSums, largestScale)
    let scale = Float(float16Bits: shared.scale.float16Bits)
    let minimumScale = Float(float16Bits: sharedMinima.scale.float16Bits)
    let integers = stored(shared.codes, sharedMinima.codes)

    for subBlock in 0..<subBlocks {
      let step = scale * Float(integers.scales[subBlock])
      guard step != 0 else { continue }  // no grid: the codes of the search stay
      let minimum = minimumScale * Float(integers.minima[subBlock])
      for index in subBlock * length..<(subBlock + 1) * length {
        let code = BlockRounding.nearestEven((values[index] + minimum) / step)
        codes[index] = UInt8(max(0, min(steps.largest, code)))
      }
    }
    return SuperBlock(
      scale: scale, minimumScale: minimumScale, scales: integers.scales, minima: integers.minima,
      codes: codes.map { Int($0) })
  }

  /// The largest becomes the largest integer.
  ///
  /// The integers are cut to bytes before they are compared with the largest.
  private func share(_ values: [Float]) -> (scale: Float, codes: [Int]) {
    let largest = values.reduce(0) { $1 > $0 ? $1 : $0 }
    let inverse = largest > 0 ? Float(largestScale) / largest : 0
    let codes = values.map { value in
      min(largestScale, Int(UInt8(truncatingIfNeeded: BlockRounding.nearestEven(inverse * value))))
    }
    return (largest / Float(largestScale), codes)
  }
}

extension UnsafeBufferPointer<Float> {
  /// Σx², from the first to the last.
  var squares: Float { reduce(0) { $0 + $1 * $1 } }

  /// Weights of squared errors: importance × √(spread + x²), so that a large weight counts more.
  func weights(importance: UnsafePointer<Float>, spread: Float) -> [Float] {
    indices.map { importance[$0] * (spread + self[$0] * self[$0]).squareRoot() }
  }
}
