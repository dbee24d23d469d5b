public import Models
internal import Tensors

/// How much each input of each linear layer matters: the mean of its square over a calibration.
///
/// What llama.cpp calls an imatrix. Errors of a weight are weighed by it when blocks choose their scales.
public struct ImportanceMatrix: Sendable, Equatable {
  /// The mean squares, one for each input, by layer.
  public let meanSquares: [LinearLayerID: [Float]]

  /// Runs a calibration through a model and takes note of what its layers are given.
  ///
  /// - Parameters:
  ///   - set: The calibration.
  ///   - model: The float model; nothing is quantized while it runs.
  ///   - onSequence: Told of each sequence that is done.
  /// - Throws: `PipelineError.model` for tokens or lengths that the model does not have.
  public init(
    _ set: CalibrationSet, in model: Transformer, onSequence: (Int) -> Void = { _ in }
  ) throws(PipelineError) {
    try set.check(for: model.configuration)
    var sums: [LinearLayerID: [Double]] = [:]
    var tokens = 0
    for (index, sequence) in set.sequences.enumerated() {
      var states = try asModelWork { () throws(ModelError) in try model.embedded(sequence) }
      for block in model.blocks.indices {
        states = model.output(ofBlock: block, for: states) { seen in
          guard let first = seen.layers.first else { return }
          var sum = sums[first] ?? [Double](repeating: 0, count: seen.columns)
          Self.addSquares(of: seen, to: &sum)
          sums[first] = sum
        }
      }
      tokens += sequence.count
      onSequence(index + 1)
    }
    var means: [LinearLayerID: [Float]] = [:]
    // Layers that share their input share its importance; the observer names the first of them.
    let shared: [[LinearLayerID.Role]] = [
      [.query, .key, .value], [.attentionOutput], [.gate, .up], [.down],
    ]
    for (first, sum) in sums {
      let mean = sum.map { Float($0 / Double(max(1, tokens))) }
      for role in shared.first(where: { $0.contains(first.role) }) ?? [] {
        means[LinearLayerID(block: first.block, role: role)] = mean
      }
    }
    meanSquares = means
  }

  private static func addSquares(of inputs: LayerInputs, to sum: inout [Double]) {
    for row in 0..<inputs.rows {
      let start = row * inputs.columns
      for column in 0..<inputs.columns {
        let value = Double(inputs.values[start + column])
        sum[column] += value * value
      }
    }
  }
}
