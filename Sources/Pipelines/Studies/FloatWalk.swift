internal import Models
internal import Quantization
internal import Tensors

/// The float model's linear layers and what they are given, block by block, so that memory is that of one block.
struct FloatWalk {
  private let model: Transformer
  private var states: [Matrix]
  private var next = 0

  /// Before the first block.
  ///
  /// - Throws: `PipelineError.model` for tokens or lengths that the model does not have.
  init(_ model: Transformer, _ sequences: [[Int]]) throws(PipelineError) {
    self.model = model
    states = []
    for tokens in sequences {
      states.append(try asModelWork { () throws(ModelError) in try model.embedded(tokens) })
    }
  }

  /// What the next block's layers are given, summed up; then the block is passed.
  ///
  /// - Returns: Sums by layer; layers that share inputs have the same.
  /// - Throws: `PipelineError.layer` for inputs that are not finite.
  mutating func step() throws(PipelineError) -> [LinearLayerID: InputStatistics] {
    var sums: [LinearLayerID: InputStatistics] = [:]
    var sharers: [LinearLayerID: [LinearLayerID]] = [:]
    var failure: PipelineError?
    let model = model
    for place in states.indices {
      states[place] = model.output(ofBlock: next, for: states[place]) { seen in
        guard failure == nil, let first = seen.layers.first else { return }
        // Out of the table while it grows, so that it is not copied.
        var own = sums.removeValue(forKey: first) ?? InputStatistics(columns: seen.columns)
        do throws(QuantizationError) {
          try own.add(seen.matrix)
        } catch {
          failure = .layer(name: model.tensorName(of: first), error)
        }
        sums[first] = own
        sharers[first] = seen.layers
      }
      if let failure { throw failure }
    }
    for (first, layers) in sharers { for layer in layers { sums[layer] = sums[first] } }
    next += 1
    return sums
  }
}

extension Transformer {
  /// E = ‖(W − Ŵ)X‖² of every layer of a quantized copy, X what the float model gives the layer on some texts.
  ///
  /// - Parameters:
  ///   - copies: Models whose layers are quantized.
  ///   - sequences: The texts.
  /// - Returns: One a layer in the order of ``linearLayers``: its name, ‖WX‖², and E of each copy.
  /// - Throws: `PipelineError`.
  func outputErrors(
    of copies: [Transformer], on sequences: [[Int]]
  ) throws(PipelineError) -> [(id: LinearLayerID, power: Double, errors: [Double])] {
    var walk = try FloatWalk(self, sequences)
    var found: [(id: LinearLayerID, power: Double, errors: [Double])] = []
    for index in blocks.indices {
      let sums = try walk.step()
      for id in linearLayers where id.block == index {
        guard let weight = layer(id)?.weight, let statistics = sums[id] else { continue }
        let differences = copies.compactMap { copy in copy.layer(id).map { weight - $0.weight } }
        let powers = BLASThreads.withOneEach {
          statistics.outputPowers(of: [weight] + differences)
        }
        found.append((id, powers[0], Array(powers.dropFirst())))
      }
    }
    return found
  }
}
