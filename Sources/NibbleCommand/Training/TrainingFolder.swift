import Foundation
import Training

/// The folder of a run: its state, and a log with a line every fifty steps.
final class TrainingFolder {
  let state: String
  private let log: String
  private var sum = 0.0
  private var count = 0

  /// The file of a run's state.
  static let stateName = "state.safetensors"
  /// Steps between two lines of the log.
  private static let logEvery = 50
  /// Steps between two states.
  private static let saveEvery = 250

  /// Makes the folder, or takes one that holds no finished model.
  init(path: String, force: Bool) throws {
    state = "\(path)/\(Self.stateName)"
    log = path + "/log.tsv"
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
    } catch {
      throw Failure(.cannotWrite, "\(path): the folder cannot be made: \(error)")
    }
    if force {
      for file in [state, log] where FileManager.default.fileExists(atPath: file) {
        try FileManager.default.removeItem(atPath: file)
      }
    } else if FileManager.default.fileExists(atPath: path + "/model.safetensors") {
      throw Failure(
        .cannotWrite, "\(path): a finished model is there; --force trains it anew")
    }
  }

  var hasState: Bool { FileManager.default.fileExists(atPath: state) }

  /// Begins the log, or cuts an older one after the step the state was written at.
  func openLog(after step: Int) throws {
    let kept = try losses(upTo: step)
    let lines = kept.map { String(format: "%.0f\t%.4f\n", $0.step, $0.loss) }
    try ("step\tloss\n" + lines.joined()).write(toFile: log, atomically: true, encoding: .utf8)
  }

  /// Takes note of a step: progress on the terminal, a line of the log, now and then the state.
  func note(_ progress: TrainingProgress, _ trainer: Trainer) throws(TrainingError) {
    sum += progress.loss
    count += 1
    Output.status(
      String(
        format: "step %d of %d, loss %.3f, %.0f tokens/s, %@ left", progress.step, progress.steps,
        progress.loss, progress.tokensPerSecond, Self.duration(progress.secondsLeft)))
    if progress.step % Self.logEvery == 0 {
      let line = String(format: "%d\t%.4f\n", progress.step, sum / Double(count))
      (sum, count) = (0, 0)
      do {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data(line.utf8))
      } catch { throw .unwritable(path: log, reason: "the log cannot be written: \(error)") }
    }
    if progress.step % Self.saveEvery == 0 { try trainer.saveState(to: state) }
  }

  /// The log's lines.
  func losses(upTo last: Int = .max) throws -> [(step: Double, loss: Double)] {
    guard let text = try? String(contentsOfFile: log, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let numbers = line.split(separator: "\t").compactMap { Double($0) }
      guard numbers.count == 2, numbers[0] <= Double(last) else { return nil }
      return (numbers[0], numbers[1])
    }
  }

  private static func duration(_ seconds: Double) -> String {
    let minutes = Int((seconds / 60).rounded(.up))
    return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
