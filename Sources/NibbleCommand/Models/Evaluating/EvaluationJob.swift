import Models
import Tokenizers

/// All that decides what an evaluation finds.
struct EvaluationJob: Sendable {
  let model: TextModel
  /// Whether it is the twin without planted outlier channels.
  let withoutOutliers: Bool
  /// The model that is compared with, and its path.
  let base: (path: String, model: Transformer)?
  /// What the text is called, and how it is cut; nil where only tasks are run.
  let reading: Reading?
  let tasks: [ChoiceTask]
  /// The token before a text and before each prompt, if any.
  let beginning: Int?

  /// A text, cut into windows.
  struct Reading: Sendable {
    let name: String
    let usedProtocol: EvaluationProtocol
    /// The text's ids, after `--limit`.
    let ids: [Int]
    let windows: [EvaluationWindow]
  }

  /// The windows of all texts.
  var windows: [EvaluationWindow] { reading?.windows ?? [] }

  /// Bits that a weight of the blocks' linear layers takes as it is stored; biases are left out.
  static func bitsPerWeight(of model: Transformer) -> Double {
    var (bytes, weights) = (0, 0)
    for id in model.linearLayers {
      guard let layer = model.layer(id) else { continue }
      bytes += layer.byteCount - 4 * (layer.bias?.count ?? 0)
      weights += layer.outputs * layer.inputs
    }
    return 8 * Double(bytes) / Double(max(1, weights))
  }
}
