/// The attempts at one file, counted.
///
/// A file of n bytes ends after at most `attempts · (1 + n / progress)` attempts: each run of them that
/// is forgiven has brought `progress` bytes more than any before.
struct Patience {
  private let policy: RetryPolicy
  private var best: Int
  /// Attempts in a row that brought too little.
  private(set) var failures = 0

  /// Begins with what is there already.
  init(_ policy: RetryPolicy, from bytes: Int) {
    self.policy = policy
    best = bytes
  }

  /// Counts a failure after which so many bytes are there.
  ///
  /// - Returns: How long to wait, in seconds; nil when it was one too many.
  mutating func pause(at bytes: Int, asked: Double? = nil) -> Double? {
    if bytes >= best + policy.progress {
      best = bytes
      failures = 0
    }
    failures += 1
    if failures >= policy.attempts { return nil }
    let doubled = policy.firstPause * Double(1 << min(failures - 1, 20))
    return min(max(doubled, asked ?? 0), policy.longestPause)
  }
}
