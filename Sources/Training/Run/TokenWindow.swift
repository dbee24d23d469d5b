/// Some tokens in a row, and which token is to be foretold after each.
public struct TokenWindow: Sendable, Equatable {
  /// What the model sees.
  public let inputs: [Int32]
  /// What follows each token; a negative one is not scored.
  public let targets: [Int32]

  /// Makes a window.
  ///
  /// - Parameters:
  ///   - inputs: What the model sees.
  ///   - targets: What follows each; as many.
  public init(inputs: [Int32], targets: [Int32]) {
    precondition(inputs.count == targets.count, "\(inputs.count) tokens, \(targets.count) targets")
    self.inputs = inputs
    self.targets = targets
  }

  /// A window of consecutive tokens: all but the last are seen, all but the first foretold.
  ///
  /// - Parameter tokens: Two or more tokens.
  public init(_ tokens: [Int32]) {
    self.init(inputs: Array(tokens.dropLast()), targets: Array(tokens.dropFirst()))
  }

  /// How many tokens are scored.
  public var scored: Int { targets.count { $0 >= 0 } }
}

/// Where a training run's windows come from.
///
/// A window depends on its place alone, never on what was asked before: a run that is resumed at
/// window one million goes on exactly as if it had not stopped.
public protocol WindowSource: Sendable {
  /// The window of one place.
  ///
  /// - Parameters:
  ///   - index: The place, 0 or more.
  ///   - length: How many tokens it has.
  /// - Returns: The window.
  func window(at index: Int, length: Int) -> TokenWindow
}
