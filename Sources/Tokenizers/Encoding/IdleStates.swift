internal import Synchronization

/// Encoding states that wait for the next text, so that what was learned of words is kept.
///
/// Sendable although the states are not: one is handed to one caller at a time.
final class IdleStates: @unchecked Sendable {
  private let waiting = Mutex<[Box]>([])

  private struct Box: @unchecked Sendable {
    let state: EncodingState
  }

  func take() -> EncodingState {
    waiting.withLock { $0.popLast() }?.state ?? EncodingState()
  }

  func giveBack(_ state: EncodingState) {
    let box = Box(state: state)
    waiting.withLock { if $0.count < 16 { $0.append(box) } }
  }
}
