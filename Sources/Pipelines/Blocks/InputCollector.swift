internal import Models
internal import Quantization
internal import Tensors

/// Sums up what the linear layers of a block are given.
struct InputCollector {
  /// The float model.
  let model: Transformer
  /// The block, counted from 0.
  let index: Int

  /// Runs the calibration through the block and takes note of what the groups are given.
  ///
  /// - Parameters:
  ///   - groups: The layers that share inputs.
  ///   - states: What the block is given.
  ///   - current: The model with those of the block's layers quantized that come before.
  /// - Returns: One a group.
  /// - Throws: `PipelineError.layer` for inputs that are not finite.
  func inputs(
    of groups: [InputGroup], on states: HiddenStates, in current: Transformer
  ) throws(PipelineError) -> [GroupInputs] {
    var inputs = groups.map(GroupInputs.init)
    var failure: PipelineError?
    guard let last = groups.last?.plans.first?.id.role else { return inputs }
    for sequence in states.sequences {
      current.showInputs(ofBlock: index, for: sequence, upTo: last) { seen in
        guard failure == nil,
          let place = groups.firstIndex(where: { seen.layers.contains($0.plans[0].id) })
        else { return }
        let rows = seen.matrix
        do throws(QuantizationError) {
          try inputs[place].statistics.add(rows)
        } catch {
          failure = .layer(name: groups[place].plans[0].name, error)
        }
        if groups[place].needsActivations { inputs[place].activations.append(rows) }
      }
      if let failure { throw failure }
    }
    guard groups.contains(where: \.needsExact) else { return inputs }
    for sequence in states.exact {
      model.showInputs(ofBlock: index, for: sequence, upTo: last) { seen in
        guard let place = groups.firstIndex(where: { seen.layers.contains($0.plans[0].id) }),
          groups[place].needsExact
        else { return }
        inputs[place].exact.append(seen.matrix)
      }
    }
    return inputs
  }
}
