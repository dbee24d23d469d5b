internal import Glibc

/// A transformer in plain loops and double precision: what the fast passes are judged by.
///
/// One token after the other, each looking back at the ones before it, every sum written out. Its
/// loss is exact enough to be differentiated by finite differences: with a step of 10⁻⁵ the slope
/// has ten correct digits.
public struct TransformerReference: Sendable {
  private let shape: ModelShape
  private let layout: ParameterLayout
  /// The parameters, in the order of ``TrainableModel/tensorNames``.
  public var weights: [Double]

  /// Makes the reference of a model, with its weights.
  ///
  /// - Parameter model: The model.
  public init(_ model: TrainableModel) {
    shape = model.shape
    layout = model.layout
    weights = model.weights.elements(0..<model.layout.count).map(Double.init)
  }

  /// The places of a tensor among ``weights``.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The range, or nil where the model has none of that name.
  public func range(of name: String) -> Range<Int>? { layout.tensor(name)?.range }

  /// The mean cross-entropy of the scored tokens of some windows.
  ///
  /// - Parameter windows: The windows.
  /// - Returns: Nats per scored token.
  public func loss(_ windows: [TokenWindow]) -> Double {
    var total = 0.0
    var count = 0
    for window in windows {
      for (logits, target) in zip(logits(window.inputs), window.targets) where target >= 0 {
        let largest = logits.max() ?? 0
        let sum = logits.reduce(0) { $0 + exp($1 - largest) }
        total += largest + log(sum) - logits[Int(target)]
        count += 1
      }
    }
    return total / Double(max(1, count))
  }

  /// The logits after each token.
  ///
  /// - Parameter tokens: The tokens.
  /// - Returns: For each token a score for every token that may follow.
  public func logits(_ tokens: [Int32]) -> [[Double]] {
    let hidden = shape.hiddenSize
    var stream = tokens.enumerated().map { position, token in
      var row = slice(layout.embedding + Int(token) * hidden, hidden)
      if let positions = layout.positions {
        let place = positions + (position + ParameterLayout.positionOffset) * hidden
        row = zip(row, slice(place, hidden)).map(+)
      }
      return row
    }
    for block in layout.blocks {
      let normed = stream.map { norm($0, block.firstNorm, block.firstShift) }
      let fused = normed.map {
        linear($0, block.fused, block.fusedBias, outputs: shape.fusedWidth)
      }
      let attended = attention(fused)
      for position in stream.indices {
        stream[position] = zip(
          stream[position], linear(attended[position], block.out, block.outBias, outputs: hidden)
        ).map(+)
        let inner = norm(stream[position], block.secondNorm, block.secondShift)
        let up = linear(inner, block.up, block.upBias, outputs: shape.upWidth)
        stream[position] = zip(
          stream[position], linear(activated(up), block.down, block.downBias, outputs: hidden)
        ).map(+)
      }
    }
    return stream.map {
      linear(
        norm($0, layout.finalNorm, layout.finalShift), layout.head, nil,
        outputs: shape.vocabularySize)
    }
  }

  private func slice(_ start: Int, _ count: Int) -> [Double] {
    Array(weights[start..<start + count])
  }

  /// y = W x + b.
  private func linear(_ input: [Double], _ weight: Int, _ bias: Int?, outputs: Int) -> [Double] {
    (0..<outputs).map { output in
      var sum = bias.map { weights[$0 + output] } ?? 0
      for (index, value) in input.enumerated() {
        sum += weights[weight + output * input.count + index] * value
      }
      return sum
    }
  }

  /// LayerNorm with a shift, RMSNorm without.
  private func norm(_ input: [Double], _ gain: Int, _ shift: Int?) -> [Double] {
    let count = Double(input.count)
    let mean = shift == nil ? 0 : input.reduce(0, +) / count
    let variance = input.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let inverse = 1 / (variance + shape.normEpsilon).squareRoot()
    return input.enumerated().map { index, value in
      (value - mean) * inverse * weights[gain + index] + (shift.map { weights[$0 + index] } ?? 0)
    }
  }

  private func activated(_ input: [Double]) -> [Double] {
    switch (shape.architecture, shape.activation) {
    case (.llama, _):
      let half = input.count / 2
      return (0..<half).map { input[$0] / (1 + exp(-input[$0])) * input[half + $0] }
    case (.opt, .gelu): return input.map { $0 * 0.5 * (1 + erf($0 / 2.0.squareRoot())) }
    case (.opt, .relu): return input.map { max($0, 0) }
    }
  }

  /// Each head's softmax-weighted sum of the values up to a token.
  private func attention(_ fused: [[Double]]) -> [[Double]] {
    let size = shape.headSize
    return fused.indices.map { position in
      (0..<shape.heads).flatMap { head in
        let group = head / (shape.heads / shape.keyValueHeads)
        let keyStart = (shape.heads + group) * size
        let valueStart = keyStart + shape.keyValueHeads * size
        let query = turned(fused[position][head * size..<(head + 1) * size], position)
        let scores = (0...position).map { other in
          let key = turned(fused[other][keyStart..<keyStart + size], other)
          return zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } / Double(size).squareRoot()
        }
        let largest = scores.max() ?? 0
        let shares = scores.map { exp($0 - largest) }
        let sum = shares.reduce(0, +)
        return (0..<size).map { index in
          shares.indices.reduce(0) { $0 + shares[$1] / sum * fused[$1][valueStart + index] }
        }
      }
    }
  }

  /// Llama's rotary positions: pair i is elements i and i + size/2.
  private func turned(_ head: ArraySlice<Double>, _ position: Int) -> [Double] {
    var head = Array(head)
    guard shape.architecture == .llama else { return head }
    let half = head.count / 2
    for pair in 0..<half {
      let angle =
        Double(position) * pow(shape.rotaryBase, -2 * Double(pair) / Double(head.count))
      let (first, second) = (head[pair], head[pair + half])
      head[pair] = first * cos(angle) - second * sin(angle)
      head[pair + half] = second * cos(angle) + first * sin(angle)
    }
    return head
  }
}
