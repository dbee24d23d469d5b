internal import Models
internal import Quantization
internal import Tensors

/// A model's residual stream turned by Q, and the values of each block's heads by a rotation of their own.
///
/// Every layer that writes into the stream gets Q on its outputs, every layer that reads a norm of it gets the
/// norm's gain and Qᵀ on its inputs, and the norm keeps a gain of 1: then it commutes with Q. A root-mean-square
/// norm does with any rotation, a layer norm with one that keeps the mean.
struct ResidualRotation {
  private let residual: any Rotation
  private let heads: [any Rotation]
  /// What a reader must know.
  let notes: [String]

  init(_ model: Transformer, seed: UInt64, threads: Int?) throws(PipelineError) {
    let shape = model.configuration
    var notes: [String] = []
    switch shape.normalization {
    case .layerNorm:
      let rotation = MeanKeepingRotation(size: shape.hiddenSize, seed: seed)
      if !rotation.isHadamard {
        notes.append(
          "\(shape.hiddenSize) channels have no Hadamard matrix here: a random rotation instead")
      }
      residual = rotation
    case .rootMeanSquare:
      (residual, notes) = Self.rotation(shape.hiddenSize, "channels", seed)
    }
    var heads: [any Rotation] = []
    for block in model.blocks.indices {
      let (head, own) = Self.rotation(
        shape.headSize, "channels of a head", seed &+ 0x9E37_79B9 &* UInt64(block + 1))
      heads.append(head)
      if block == 0 { notes += own }
    }
    self.heads = heads
    notes.append(
      "not turned, since that takes an operation at run time: queries and keys after their rotary positions, and "
        + "the inputs of the down layers")
    if shape.tiesEmbeddings, shape.embeddingSize == shape.hiddenSize {
      notes.append("the head was the embedding itself and is a table of its own now")
    }
    self.notes = notes
  }

  /// A randomized Hadamard matrix, or a random rotation for a size that has none.
  private static func rotation(
    _ size: Int, _ what: String, _ seed: UInt64
  ) -> (any Rotation, [String]) {
    if let hadamard = try? HadamardRotation(size: size, seed: seed) { return (hadamard, []) }
    return (
      DenseRotation(randomOfSize: size, seed: seed),
      ["\(size) \(what) have no Hadamard matrix here: a random rotation instead"]
    )
  }

  /// Turns what stands outside the blocks.
  func turnOutside(_ model: inout Transformer) throws(PipelineError) {
    let hasProjections = model.configuration.embeddingSize != model.configuration.hiddenSize
    let (reader, writer): (ModelPart, ModelPart) =
      hasProjections ? (.projectionOut, .projectionIn) : (.head, .embedding)
    var last = model.table(reader)
    if let norm = model.norm(.finalNorm) {
      last = last?.scalingColumns(by: norm.gain)
      let own = try plain(norm, name: model.tensorName(of: .finalNorm))
      try asModelWork { () throws(ModelError) in try model.replace(.finalNorm, with: own) }
    }
    if let first = model.table(writer) {
      let turned =
        hasProjections ? residual.rotatingColumns(of: first) : residual.rotatingRows(of: first)
      try asModelWork { () throws(ModelError) in try model.replace(writer, with: turned) }
    }
    if let positions = model.table(.positions) {
      let turned = residual.rotatingRows(of: positions)
      try asModelWork { () throws(ModelError) in try model.replace(.positions, with: turned) }
    }
    if let last {
      let turned = residual.rotatingRows(of: last)
      try asModelWork { () throws(ModelError) in try model.replace(reader, with: turned) }
    }
  }

  /// Turns a block.
  func turn(_ parts: inout BlockParts, name: (ModelPart) -> String) throws(PipelineError) {
    for readers in [BlockParts.Readers.attention, .feedForward] {
      let norm = parts[norm: readers]
      let roles = parts.roles(readers)
      // An offset goes into the biases, exactly, where there are some to take it.
      let takesOffset = norm.offset != nil && roles.allSatisfy { parts.biases[$0] != nil }
      for role in roles {
        if takesOffset, let offset = norm.offset, let weight = parts.weights[role] {
          let constant = Self.product(weight, offset)
          parts.changeBias(role) { zip($0, constant).map { Float(Double($0) + $1) } }
          parts.coordinates[role, default: LayerCoordinates()].constant = constant.map { Float($0) }
        }
        parts.change(role) { residual.rotatingRows(of: $0.scalingColumns(by: norm.gain)) }
      }
      if takesOffset {
        parts[norm: readers] = NormalizationLayer(
          kind: norm.kind, gain: Self.ones(norm.gain.count),
          offset: [Float](repeating: 0, count: norm.gain.count))
      } else {
        let part: ModelPart =
          readers == .attention
          ? .attentionNorm(block: parts.index) : .feedForwardNorm(block: parts.index)
        parts[norm: readers] = try plain(norm, name: name(part))
      }
    }
    for role in [LinearLayerID.Role.attentionOutput, .down] {
      parts.change(role) { residual.rotatingColumns(of: $0) }
      parts.changeBias(role) { turned($0, by: residual) }
    }
    turnValues(&parts)
  }

  /// R on the values of every head, Rᵀ on what reads them: attention only averages values.
  private func turnValues(_ parts: inout BlockParts) {
    let head = heads[parts.index]
    let size = parts.shape.headSize
    parts.change(.value) { weight in
      // Column after column of a head's rows is a row of the transposed weight, cut into heads.
      let columns = weight.transposed()
      return head.rotatingRows(
        of: columns.reshaped(rows: columns.count / size, columns: size)
      ).reshaped(rows: columns.rows, columns: columns.columns).transposed()
    }
    parts.changeBias(.value) { turned($0, by: head) }
    if let constant = parts.coordinates[.value]?.constant {
      parts.coordinates[.value]?.constant = turned(constant, by: head)
    }
    parts.change(.attentionOutput) { weight in
      head.rotatingRows(of: weight.reshaped(rows: weight.count / size, columns: size))
        .reshaped(rows: weight.rows, columns: weight.columns)
    }
  }

  /// A norm with a gain of 1 that makes Q ((n ⊙ γ + β) ⊘ γ) of what the other makes n ⊙ γ + β of.
  private func plain(
    _ norm: NormalizationLayer, name: String
  ) throws(PipelineError) -> NormalizationLayer {
    guard let offset = norm.offset else {
      return NormalizationLayer(kind: norm.kind, gain: Self.ones(norm.gain.count))
    }
    var moved = offset
    for channel in offset.indices where offset[channel] != 0 {
      guard norm.gain[channel] != 0 else {
        throw .request(
          "\(name): channel \(channel) has a gain of 0 and an offset, which no rotation can fold; leave the stage "
            + "rotation out")
      }
      moved[channel] = offset[channel] / norm.gain[channel]
    }
    return NormalizationLayer(
      kind: norm.kind, gain: Self.ones(norm.gain.count), offset: turned(moved, by: residual))
  }

  /// A vector cut into pieces of the rotation's size, each turned.
  private func turned(_ vector: [Float], by rotation: any Rotation) -> [Float] {
    let pieces = Matrix(rows: 1, columns: vector.count) { vector[$1] }
      .reshaped(rows: vector.count / rotation.size, columns: rotation.size)
    return rotation.rotatingRows(of: pieces).elements
  }

  private static func ones(_ count: Int) -> [Float] { [Float](repeating: 1, count: count) }

  /// W v, summed in double precision.
  private static func product(_ weight: Matrix, _ vector: [Float]) -> [Double] {
    (0..<weight.rows).map { row in
      weight.withUnsafeRow(row) { values in
        var sum = 0.0
        for column in vector.indices { sum += Double(values[column]) * Double(vector[column]) }
        return sum
      }
    }
  }
}
