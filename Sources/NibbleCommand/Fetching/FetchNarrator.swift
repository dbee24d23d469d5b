import Fetching
import Foundation
import Glibc
import Synchronization

/// Tells a person how a fetch goes: a bar on a terminal, plain lines elsewhere.
final class FetchNarrator: Sendable {
  private struct State {
    /// When the file's bytes began to come, and how many were there by then.
    var start = ContinuousClock().now
    var from = 0
    var lastShown: ContinuousClock.Instant?
    /// What Ctrl-C leaves: the file, its bytes, all of its bytes.
    var unfinished: (file: String, bytes: Int, of: Int)?
    var hasEnded = false
  }

  /// Between two words to a person who watches, and to a file.
  private static let (pause, longPause): (Duration, Duration) = (.milliseconds(100), .seconds(10))

  private let entry: CatalogueEntry
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let state = Mutex(State())

  init(_ entry: CatalogueEntry) { self.entry = entry }

  /// Tells what happened.
  func tell(_ event: FetchEvent) {
    state.withLock { state in
      if state.hasEnded { return }
      switch event {
      case .waiting: say("another nibble is fetching \(entry.name); waiting for it")
      case .checking(let file): Output.status("\(file): checking what is there")
      case .found(let file): say("\(file): there already, as published")
      case .started(let file, _, let from):
        (state.start, state.from, state.lastShown) = (ContinuousClock().now, from, nil)
        if from > 0 { say("\(file): goes on after \(Figures.bytes(from))") }
      case .progress(let file, let bytes, let all):
        state.unfinished = (file, bytes, all)
        show(file, bytes, all, &state)
      case .restarted(let file, let reason): say("\(file): begins anew: \(reason)")
      case .retrying(let file, let reason, let seconds):
        say("\(file): \(reason); again in \(Figures.short(seconds)) s")
      case .unpacked(let folder, let files, let bytes):
        say("\(folder): \(Figures.count(files, "file")) unpacked, \(Figures.bytes(bytes))")
      case .placed(let file):
        state.unfinished = nil
        let bytes = entry.files.first { $0.name == file }?.identity.bytes
        say("\(file): \(bytes.map { Figures.bytes($0) + ", " } ?? "")as published")
      }
    }
  }

  /// Takes the bar away.
  func end() {
    state.withLock { $0.hasEnded = true }
    Output.status("")
  }

  /// Says what an early end leaves.
  func stop() {
    state.withLock { state in
      if state.hasEnded { return }
      state.hasEnded = true
      guard let (file, bytes, all) = state.unfinished else { return }
      say(
        "\(file): \(Figures.bytes(bytes)) of \(Figures.bytes(all)) are kept; the same command goes on "
          + "from there")
    }
  }

  private func say(_ text: String) {
    Output.status("")
    Output.note(text)
  }

  private func show(_ file: String, _ bytes: Int, _ all: Int, _ state: inout State) {
    let now = ContinuousClock().now
    let since = now - (state.lastShown ?? state.start)
    guard since >= (isTerminal ? Self.pause : Self.longPause) else { return }
    state.lastShown = now
    let text = Self.text(
      file, bytes: bytes, of: all, came: bytes - state.from, in: (now - state.start).seconds)
    if isTerminal { Output.status(text) } else { Output.note(text) }
  }

  /// `model.bin ▕██████      ▏ 50% of 240.2 MiB, 8.1 MiB/s, 15 s left`.
  static func text(
    _ file: String, bytes: Int, of all: Int, came: Int, in seconds: Double
  ) -> String {
    let share = all > 0 ? Double(bytes) / Double(all) : 1
    let width = 12
    let done = Int((share * Double(width)).rounded(.down))
    let bar = String(repeating: "█", count: done) + String(repeating: " ", count: width - done)
    var text = "\(file) ▕\(bar)▏ \(Int((share * 100).rounded(.down)))% of \(Figures.bytes(all))"
    guard came > 0, seconds > 0 else { return text }
    let rate = Double(came) / seconds
    text += ", \(Figures.bytes(Int(rate)))/s"
    return text + ", \(ProgressLine.duration(Double(all - bytes) / rate)) left"
  }
}
