internal import Tensors

/// The texts whose inputs a model is quantized on, as tokens: a few sequences of equal length.
public struct CalibrationSet: Sendable, Equatable {
  /// What to call where they come from.
  public let name: String
  /// The sequences.
  public let sequences: [[Int]]
  /// How many tokens there were to choose from.
  public let available: Int
  /// Windows of the same text that were not drawn, at most ``heldOutLimit``: for measuring what came out.
  public let heldOut: [[Int]]

  /// How many windows are held out at most.
  public static let heldOutLimit = 16

  /// Sequences that were chosen elsewhere.
  ///
  /// - Parameters:
  ///   - name: What to call where they come from.
  ///   - sequences: Each one or more tokens.
  /// - Throws: `PipelineError.calibration` where there are none, or an empty one.
  public init(name: String, sequences: [[Int]]) throws(PipelineError) {
    try self.init(
      name: name, sequences: sequences, available: sequences.reduce(0) { $0 + $1.count },
      heldOut: [])
  }

  private init(
    name: String, sequences: [[Int]], available: Int, heldOut: [[Int]]
  ) throws(PipelineError) {
    guard !sequences.isEmpty, !sequences.contains(where: \.isEmpty) else {
      throw .calibration("\(name): there are no tokens to calibrate on")
    }
    self.name = name
    self.sequences = sequences
    self.available = available
    self.heldOut = heldOut
  }

  /// Windows of a text, drawn without overlap.
  ///
  /// The text is cut into windows that follow each other, and of these some are drawn, every choice equally
  /// likely, and kept in the order of the text. A rest that fills no window is left out. Where there are
  /// fewer windows than asked, all are taken, and the lint says so; a text shorter than a window is one.
  ///
  /// - Parameters:
  ///   - tokens: The whole text.
  ///   - name: What to call it.
  ///   - count: How many windows.
  ///   - length: Tokens of a window, the prefix included.
  ///   - prefix: Tokens that begin every window: the beginning token, if the model was trained with one.
  ///   - seed: Which windows.
  /// - Throws: `PipelineError.calibration` for an empty text, `.request` for a length that leaves no room
  ///   beside the prefix.
  public init(
    windowsOf tokens: [Int], name: String, count: Int, length: Int, prefix: [Int] = [],
    seed: UInt64 = 0
  ) throws(PipelineError) {
    let own = length - prefix.count
    guard count > 0, own > 0 else {
      throw .request(
        "\(count) samples of \(length) tokens, \(prefix.count) of them the beginning: there must be at least "
          + "one sample with a token of its own")
    }
    guard !tokens.isEmpty else {
      throw .calibration("\(name): there are no tokens to calibrate on")
    }
    let windows = max(1, tokens.count / own)
    var generator = SeededGenerator(seed: seed)
    let chosen = generator.choose(min(count, windows), from: windows)
    let drawn = Set(chosen)
    let others = (0..<windows).filter { !drawn.contains($0) }
    let held = generator.choose(min(Self.heldOutLimit, others.count), from: others.count)
    func window(_ index: Int) -> [Int] {
      prefix + tokens[index * own..<min((index + 1) * own, tokens.count)]
    }
    try self.init(
      name: name, sequences: chosen.map(window), available: tokens.count,
      heldOut: held.map { window(others[$0]) })
  }

  /// The number of tokens in all sequences.
  public var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }

  /// The tokens of the longest sequence.
  public var longest: Int { sequences.reduce(0) { max($0, $1.count) } }
}
