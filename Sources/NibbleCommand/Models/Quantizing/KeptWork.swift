import Pipelines
import Synchronization

/// What of a run outlives it at this moment, for the word that is said when it is stopped.
///
/// Told by the run's events, and asked by whoever ends the process, from another thread.
final class KeptWork: Sendable {
  private struct State {
    var measured = 0
    var stages = 0
    var blocks = 0
    var isWritten = false
  }

  private let state = Mutex(State())
  private let blocks: Int
  private let stages: Int
  private let resumes: Bool

  /// Nothing yet.
  ///
  /// - Parameters:
  ///   - blocks: The model's.
  ///   - stages: How many are folded into it first.
  ///   - resumes: Whether the same command would go on with what is kept.
  init(blocks: Int, stages: Int, resumes: Bool) {
    self.blocks = blocks
    self.stages = stages
    self.resumes = resumes
  }

  /// Takes note of what is done.
  func show(_ event: QuantizationRun.Event) {
    state.withLock { state in
      switch event {
      case .resumed(let blocks, _), .block(let blocks, _): state.blocks = blocks
      case .stage: state.stages += 1
      case .putBack, .folding, .layer, .writing: break
      }
    }
  }

  /// The same of what layers lose.
  func show(_ event: QuantizationRun.SensitivityEvent) {
    state.withLock { state in
      switch event {
      case .resumed(let blocks, _), .block(let blocks, _): state.measured = blocks
      case .putBack, .layer: break
      }
    }
  }

  /// Takes note that the output is there.
  func isWritten() { state.withLock { $0.isWritten = true } }

  /// What is kept, and what to do to go on with it.
  var words: String {
    let state = state.withLock { $0 }
    let command = resumes ? "the same command" : "the same command without --no-resume"
    if state.isWritten {
      return "the model is written: \(command) tells the rest of its report again"
    }
    var kept: [String] = []
    if state.blocks > 0 {
      kept.append("\(state.blocks) of \(blocks) blocks")
    } else {
      if state.measured > 0 {
        kept.append("what the layers of \(state.measured) of \(blocks) blocks lose at each width")
      }
      // They are written down together, when the last one is whole.
      if stages > 0, state.stages == stages { kept.append("the folded model") }
    }
    guard !kept.isEmpty else { return "nothing is done yet that could be kept" }
    return "kept: \(kept.joined(separator: ", ")); \(command) goes on from there"
  }
}
