internal import Models
internal import Quantization
internal import Tensors

// Columns times s, and what stands before them divided by s.
extension BlockParts {
  /// s into the readers of a norm, 1/s into the norm.
  mutating func scale(_ readers: Readers, by scales: ChannelScales) {
    for role in roles(readers) { change(role) { scales.multiplied(into: $0) } }
    let norm = self[norm: readers]
    self[norm: readers] = NormalizationLayer(
      kind: norm.kind, gain: zip(norm.gain, scales.values).map { $0 / $1 },
      offset: norm.offset.map { zip($0, scales.values).map { $0 / $1 } })
  }

  /// s into the attention's output, 1/s into the values: attention only averages them.
  ///
  /// - Parameter scales: One an input of the attention's output, the same in all heads that share values.
  mutating func scaleValues(by scales: ChannelScales) {
    change(.attentionOutput) { scales.multiplied(into: $0) }
    let own = valueChannels.map { scales.values[$0] }
    divideOutputs(of: .value, by: own)
  }

  /// s into the down layer, 1/s into the up layer, where what lies between lets a scale through.
  mutating func scaleInner(by scales: ChannelScales) {
    change(.down) { scales.multiplied(into: $0) }
    divideOutputs(of: .up, by: scales.values)
  }

  /// Whether scaling the up layer's outputs scales the down layer's inputs: down reads activation(gate) · up,
  /// or the up layer's outputs through ReLU.
  var innerScalesAlong: Bool { shape.isGated || shape.activation == .relu }

  /// For each output of the value layer the first input of the attention's output that reads it.
  private var valueChannels: [Int] {
    (0..<shape.keyValueWidth).map { channel in
      let head = channel / shape.headSize * (shape.headCount / shape.keyValueHeadCount)
      return head * shape.headSize + channel % shape.headSize
    }
  }

  /// Numbers a channel of the attention's output, averaged over the heads that share values.
  func sharedByValues(_ values: [Float]) -> [Float] {
    let sharing = shape.headCount / shape.keyValueHeadCount
    if sharing == 1 { return values }
    let own = valueChannels.map { first in
      let sum = (0..<sharing).reduce(0.0) { $0 + Double(values[first + $1 * shape.headSize]) }
      return Float(sum / Double(sharing))
    }
    return values.indices.map { index in
      let head = index / shape.headSize / sharing
      return own[head * shape.headSize + index % shape.headSize]
    }
  }

  private mutating func divideOutputs(of role: LinearLayerID.Role, by scales: [Float]) {
    change(role) { $0.scalingRows(by: scales.map { 1 / $0 }) }
    changeBias(role) { zip($0, scales).map { $0 * (1 / $1) } }
    var own = coordinates[role] ?? LayerCoordinates()
    own.outputScales =
      own.outputScales.map { zip($0, scales).map { $0 * $1 } } ?? scales
    coordinates[role] = own
  }
}
