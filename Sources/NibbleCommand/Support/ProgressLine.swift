import Foundation
import Glibc

/// How far a piece of work has come, on the last line of a terminal; elsewhere a plain line now and then.
///
/// Any thread may call ``show(_:)``; what comes too soon after the last one is not shown.
final class ProgressLine: @unchecked Sendable {
  private let name: String
  private let isTerminal: Bool
  private let start = ContinuousClock().now
  private let lock = NSLock()
  private var last: ContinuousClock.Instant?

  /// Between two words to a person who watches, and to a file.
  private static let (pause, longPause): (Duration, Duration) = (.milliseconds(100), .seconds(10))

  /// Names the work; on a terminal the name stands there at once.
  init(_ name: String) {
    self.name = name
    isTerminal = isatty(STDERR_FILENO) == 1
    Output.status(name)
  }

  /// Says what share is done, 0 to 1, and more where there is more to say.
  func show(_ share: Double, _ detail: String = "") {
    let now = ContinuousClock().now
    let elapsed = (now - start).seconds
    lock.lock()
    let isDue = now - (last ?? start) >= (isTerminal ? Self.pause : Self.longPause)
    if isDue { last = now }
    lock.unlock()
    guard isDue else { return }
    let text =
      Self.text(name, share: share, elapsed: elapsed) + (detail.isEmpty ? "" : "; " + detail)
    if isTerminal { Output.status(text) } else { Output.note(text) }
  }

  /// Takes the line away.
  func end() { Output.status("") }

  /// `gptq ▕████████            ▏ 40%, 12 s left`.
  static func text(_ name: String, share: Double, elapsed: Double) -> String {
    let share = min(max(share, 0), 1)
    let width = 20
    let done = Int((share * Double(width)).rounded(.down))
    let bar = String(repeating: "█", count: done) + String(repeating: " ", count: width - done)
    let left = share > 0 ? elapsed / share - elapsed : nil
    let rest = left.map { ", \(duration($0)) left" } ?? ""
    return "\(name) ▕\(bar)▏ \(Int((share * 100).rounded(.down)))%\(rest)"
  }

  /// `12 s`, `3 min`, `2 h 5 min`.
  static func duration(_ seconds: Double) -> String {
    let seconds = Int(seconds.rounded(.up))
    if seconds < 100 { return "\(seconds) s" }
    let minutes = (seconds + 59) / 60
    return minutes < 100 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
