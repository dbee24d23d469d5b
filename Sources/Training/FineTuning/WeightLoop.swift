internal import Tensors

/// The weights a run's passes compute with, made anew from the weights it keeps before every step.
final class WeightLoop {
  let kind: QuantizationInLoop
  let layout: ParameterLayout
  /// What passes read.
  let used: FloatBuffer
  /// What is learned beside the weights: steps, or the two parts of each correction.
  let extras: FloatBuffer
  let extraGradient: FloatBuffer
  let extraMeans: FloatBuffer
  let extraSquares: FloatBuffer

  private let tensors: [ParameterLayout.Tensor]
  private let starts: [Int]

  /// Makes the loop of a model.
  ///
  /// - Parameters:
  ///   - kind: What stands between.
  ///   - model: The model whose weights are kept.
  ///   - seed: Which numbers corrections begin with.
  init(_ kind: QuantizationInLoop, model: TrainableModel, seed: UInt64) {
    self.kind = kind
    layout = model.layout
    tensors = model.layout.loopedTensors
    used = FloatBuffer(count: layout.count)
    var starts: [Int] = []
    var count = 0
    for tensor in tensors {
      starts.append(count)
      count += Self.extraCount(kind, tensor)
    }
    self.starts = starts
    extras = FloatBuffer(count: count)
    extraGradient = FloatBuffer(count: count)
    extraMeans = FloatBuffer(count: count)
    extraSquares = FloatBuffer(count: count)
    begin(model.weights, seed: seed)
  }

  /// Whether the kept weights stay as they are.
  var isFrozen: Bool { if case .lowRank = kind { true } else { false } }

  private static func extraCount(
    _ kind: QuantizationInLoop, _ tensor: ParameterLayout.Tensor
  ) -> Int {
    switch kind {
    case .straightThrough, .ternary: 0
    case .learnedStepSize(let rule): tensor.count / (rule.groupSize ?? tensor.shape[1])
    case .lowRank(let adapter): adapter.rank * (tensor.shape[0] + tensor.shape[1])
    }
  }

  private func begin(_ weights: FloatBuffer, seed: UInt64) {
    for (index, tensor) in tensors.enumerated() {
      switch kind {
      case .straightThrough, .ternary: continue
      case .learnedStepSize(let rule):
        for (place, group) in groups(of: tensor, size: rule.groupSize).enumerated() {
          extras.values[starts[index] + place] = rule.firstStep(of: weights.values[group])
        }
      case .lowRank(let adapter):
        // A as a linear layer begins, uniform within 1 / √in; B is zero.
        var generator = SeededGenerator(seed: seed << 16 ^ UInt64(truncatingIfNeeded: index))
        let reach = 1 / Double(tensor.shape[1]).squareRoot()
        for place in 0..<adapter.rank * tensor.shape[1] {
          extras.values[starts[index] + place] = Float(reach * (2 * generator.uniform() - 1))
        }
      }
    }
  }

  private func groups(of tensor: ParameterLayout.Tensor, size: Int?) -> [Range<Int>] {
    let size = size ?? tensor.shape[1]
    return stride(from: tensor.range.lowerBound, to: tensor.range.upperBound, by: size).map {
      $0..<$0 + size
    }
  }

  /// Makes `used` from the weights that are kept.
  func apply(_ weights: FloatBuffer, threads: Int) {
    used.start.update(from: weights.start, count: weights.count)
    Threads.each(tensors.count, threads: threads) { index in
      let tensor = tensors[index]
      let (kept, seen) = (weights.values, used.values)
      switch kind {
      case .straightThrough(let rule):
        for group in groups(of: tensor, size: rule.groupSize) {
          let scale = rule.scale(of: kept[group])
          for place in group { seen[place] = rule.rounded(kept[place], scale: scale) }
        }
      case .learnedStepSize(let rule):
        for (offset, group) in groups(of: tensor, size: rule.groupSize).enumerated() {
          let step = extras.values[starts[index] + offset]
          for place in group { seen[place] = rule.rounded(kept[place], step: step) }
        }
      case .ternary:
        let mean = TernaryRounding.meanMagnitude(of: kept[tensor.range])
        for place in tensor.range {
          seen[place] = TernaryRounding.rounded(kept[place], meanMagnitude: mean)
        }
      case .lowRank(let adapter):
        let (down, up) = parts(of: index, adapter, in: extras)
        Products.times(
          up, down, into: Rows(used.start + tensor.offset, stride: tensor.shape[1]),
          rows: tensor.shape[0], columns: tensor.shape[1], inner: adapter.rank,
          factor: adapter.factor, keep: 1)
      }
    }
  }

  /// Turns the slope by the weights that were used into the slope by what is kept and learned.
  func back(_ gradient: FloatBuffer, weights: FloatBuffer, threads: Int) {
    extraGradient.zero()
    Threads.each(tensors.count, threads: threads) { index in
      let tensor = tensors[index]
      let (kept, slopes) = (weights.values, gradient.values)
      switch kind {
      case .straightThrough(let rule):
        for group in groups(of: tensor, size: rule.groupSize) {
          let scale = rule.scale(of: kept[group])
          for place in group {
            slopes[place] = rule.slope(slopes[place], at: kept[place], scale: scale)
          }
        }
      case .learnedStepSize(let rule):
        for (offset, group) in groups(of: tensor, size: rule.groupSize).enumerated() {
          let step = extras.values[starts[index] + offset]
          var sum = 0.0
          for place in group {
            let both = rule.slopes(slopes[place], at: kept[place], step: step)
            slopes[place] = both.weight
            sum += Double(both.step)
          }
          extraGradient.values[starts[index] + offset] =
            Float(sum) * rule.stepSlopeFactor(sharedBy: group.count)
        }
      case .ternary: break
      case .lowRank(let adapter):
        let slope = Rows(gradient.start + tensor.offset, stride: tensor.shape[1])
        let (down, up) = parts(of: index, adapter, in: extras)
        let (downSlope, upSlope) = parts(of: index, adapter, in: extraGradient)
        Products.addTransposedTimes(
          up, slope, into: downSlope, rows: adapter.rank, columns: tensor.shape[1],
          inner: tensor.shape[0], factor: adapter.factor)
        Products.timesTransposed(
          slope, down, into: upSlope, rows: tensor.shape[0], columns: adapter.rank,
          inner: tensor.shape[1], factor: adapter.factor)
      }
    }
    if isFrozen { gradient.zero() }
  }

  /// A (rank, in) and then B (out, rank) of one tensor.
  private func parts(
    of index: Int, _ adapter: LowRankAdapter, in buffer: FloatBuffer
  ) -> (down: Rows, up: Rows) {
    let inputs = tensors[index].shape[1]
    let start = buffer.start + starts[index]
    return (
      Rows(start, stride: inputs), Rows(start + adapter.rank * inputs, stride: adapter.rank)
    )
  }
}
