import Foundation
import Models
import Pipelines

/// Shows how far a model has come: the layer at work on a terminal, a line a block everywhere.
final class QuantizationProgress {
  private let layers: Int
  private let blocks: Int
  private let start = ContinuousClock().now
  private var layersDone = 0
  private var resumedBlocks = 0
  private var block: [LayerRecord] = []

  init(_ model: Transformer, _ recipe: QuantizationRecipe) {
    layers = model.linearLayers.count
    blocks = model.blocks.count
    Output.status("the first block's inputs")
  }

  /// Takes note of what is done.
  func show(_ event: QuantizationRun.Event) {
    switch event {
    case .putBack(let output): Self.tellPutBack(output)
    case .resumed(let blocks, let count):
      resumedBlocks = blocks
      Output.note("going on after block \(blocks) of \(count), done by an earlier run")
    case .folding(let stage):
      Output.status("folding \(stage.name) into the model")
    case .stage(let record):
      Output.status("")
      Output.note(StageLines(record).short)
      Output.status("the first block's inputs")
    case .layer(let record):
      block.append(record)
      layersDone += 1
      Output.status("block \(record.block + 1) of \(blocks): \(record.role) done")
    case .block(let done, let count):
      Output.status("")
      Output.note(line(done, of: count))
      block = []
    case .writing: Output.status("writing")
    }
  }

  /// Says that an output is there again, which an earlier run had set aside.
  static func tellPutBack(_ output: String) {
    Output.note(
      "\(output): an earlier run had set it aside to replace it, and was stopped before the new one was there; "
        + "it is back under its name")
  }

  /// Takes the last line away.
  func end() { Output.status("") }

  /// `block 3 of 12: E 0.0041 of ‖WX‖² (rtn 0.0123), 14 s, 2 min left`.
  private func line(_ done: Int, of count: Int) -> String {
    var text = "block \(done) of \(count)"
    let errors = block.compactMap(\.outputError).reduce(0, +)
    let before = block.compactMap(\.nearestOutputError).reduce(0, +)
    let power = block.compactMap(\.outputPower).reduce(0, +)
    if power > 0 {
      text += String(format: ": E %.4g of ‖WX‖²", errors / power)
      if before > 0 { text += String(format: " (rtn %.4g)", before / power) }
    }
    let elapsed = (ContinuousClock().now - start).seconds
    let own = done - resumedBlocks
    text += String(format: ", %.1f s so far", elapsed)
    if done < count, own > 0 {
      text += String(format: ", about %.0f s left", elapsed / Double(own) * Double(count - done))
    }
    return text
  }
}
