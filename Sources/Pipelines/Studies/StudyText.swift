public import Models

/// A text in two parts that share nothing: one to calibrate with, one to judge by.
public struct StudyText: Sendable {
  /// What to call it.
  public let name: String
  /// The tokens that calibration windows are drawn from.
  public let calibration: [Int]
  /// The tokens that models are judged by.
  public let test: [Int]
  /// What begins every window: the beginning token, if the model was trained with one.
  public let prefix: [Int]

  /// A text.
  ///
  /// - Parameters:
  ///   - name: What to call it.
  ///   - calibration: The tokens that calibration windows are drawn from.
  ///   - test: The tokens that models are judged by.
  ///   - prefix: What begins every window.
  public init(name: String, calibration: [Int], test: [Int], prefix: [Int] = []) {
    self.name = name
    self.calibration = calibration
    self.test = test
    self.prefix = prefix
  }

  /// A text without parts of its own, cut in the middle.
  ///
  /// - Parameters:
  ///   - name: What to call it.
  ///   - tokens: The whole text; its first half calibrates.
  ///   - prefix: What begins every window.
  public init(name: String, halving tokens: [Int], prefix: [Int] = []) {
    let middle = tokens.count / 2
    self.init(
      name: name, calibration: Array(tokens[..<middle]), test: Array(tokens[middle...]),
      prefix: prefix)
  }

  /// Windows to calibrate with.
  ///
  /// - Parameters:
  ///   - samples: How many.
  ///   - length: Tokens of each, the prefix included.
  ///   - seed: Which.
  /// - Returns: Fewer where the text has fewer.
  /// - Throws: `PipelineError`, as ``CalibrationSet/init(windowsOf:name:count:length:prefix:seed:)``.
  public func calibrationSet(
    samples: Int, length: Int, seed: UInt64
  ) throws(PipelineError) -> CalibrationSet {
    try CalibrationSet(
      windowsOf: calibration, name: name, count: samples, length: length, prefix: prefix,
      seed: seed)
  }

  /// Windows to judge by: the first of the test's text, every token after the first scored.
  ///
  /// - Parameters:
  ///   - count: How many at most.
  ///   - length: Tokens of each, the prefix included.
  /// - Returns: At least one.
  /// - Throws: `PipelineError.calibration` where the text does not fill a window.
  public func testWindows(
    _ count: Int, length: Int
  ) throws(PipelineError) -> [EvaluationWindow] {
    let own = length - prefix.count
    guard count > 0, own > 0, length > 1 else {
      throw .request(
        "\(count) test windows of \(length) tokens: there must be at least one, with two tokens or more"
      )
    }
    let available = test.count / own
    guard available > 0 else {
      throw .calibration(
        "\(name): \(test.count) tokens are left to judge by, fewer than a window of \(length)")
    }
    return (0..<min(count, available)).map { index in
      EvaluationWindow(
        tokens: prefix + test[index * own..<(index + 1) * own], scored: 1..<length)
    }
  }
}
