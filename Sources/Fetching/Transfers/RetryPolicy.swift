/// How often a broken connection is mended, and how long to wait before.
public struct RetryPolicy: Sendable, Hashable {
  /// How many attempts in a row may bring too little; more end the fetch.
  public var attempts: Int
  /// The pause after the first of them, in seconds; it doubles from one to the next.
  public var firstPause: Double
  /// The longest pause, in seconds, whatever the host asks for.
  public var longestPause: Double
  /// How long nothing may come before a connection counts as broken, in seconds.
  public var silence: Double
  /// So many bytes more than ever before are progress, after which attempts are counted anew.
  public var progress: Int

  /// A policy.
  ///
  /// - Parameters:
  ///   - attempts: How many attempts in a row may bring too little.
  ///   - firstPause: The pause after the first of them, in seconds.
  ///   - longestPause: The longest pause, in seconds.
  ///   - silence: How long nothing may come, in seconds.
  ///   - progress: How many new bytes are progress.
  public init(
    attempts: Int = 5, firstPause: Double = 1, longestPause: Double = 30, silence: Double = 30,
    progress: Int = 1 << 20
  ) {
    self.attempts = attempts
    self.firstPause = firstPause
    self.longestPause = longestPause
    self.silence = silence
    self.progress = progress
  }

  /// What a person's fetch uses.
  public static let standard = RetryPolicy()
}
