import Foundation
import Models
import Pipelines

/// `tokens.json`: every window that models were calibrated with or judged by, as token ids.
///
/// Whoever wants to check a number of the report needs these, a model's folder, and no line of this program.
struct BuildTokens: Encodable {
  /// The windows of one model's study.
  struct Reading: Encodable {
    let model: String
    let text: String
    /// The windows that models are judged by; every token after a window's first is scored.
    let test: [[Int]]
    let calibrations: [Calibration]
  }

  /// The windows of one calibration.
  struct Calibration: Encodable {
    let seed: UInt64
    let windows: [[Int]]
  }

  let schema = 1
  private(set) var readings: [Reading] = []

  /// Adds a model with what its study draws of a text.
  ///
  /// - Parameters:
  ///   - model: Its name.
  ///   - text: The text in its two parts.
  ///   - seeds: One calibration each.
  ///   - samples: Windows of a calibration.
  ///   - length: Tokens of a window.
  ///   - testWindows: Windows that models are judged by.
  /// - Throws: `PipelineError`, as drawing windows.
  mutating func add(
    _ model: String, _ text: StudyText, seeds: [UInt64], samples: Int, length: Int,
    testWindows: Int
  ) throws {
    readings.append(
      Reading(
        model: model, text: text.name,
        test: try text.testWindows(testWindows, length: length).map(\.tokens),
        calibrations: try seeds.map { seed in
          Calibration(
            seed: seed,
            windows: try text.calibrationSet(samples: samples, length: length, seed: seed)
              .sequences)
        }))
  }

  /// Writes `tokens.json`.
  func write(to folder: BuildFolder) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try folder.write(
      String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: "tokens.json")
  }
}
