public import Tokenizers

/// What is doubtful about a calibration set, in words for the person who chose it.
///
/// Nothing here stops a run: each is a mistake that others have made, that no error message shows, and that
/// costs quality.
public struct CalibrationLint: Sendable {
  /// The widest input that a Hessian is summed over.
  public let widestInput: Int
  /// How many sequences were asked for.
  public let asked: Int?
  /// What a text of this model begins with, if anything.
  public let prefix: [Int]
  /// The token that fills up batches, if that is all it does.
  public let padding: Int?
  /// The token that ends a text, which fills up batches where there is none for that.
  public let end: Int?
  /// The token for what has none.
  public let unknown: Int?
  /// What the model makes of the text, where it was asked.
  public let surprise: TextSurprise?

  /// A lint.
  ///
  /// - Parameters:
  ///   - widestInput: The widest input that a Hessian is summed over.
  ///   - asked: How many sequences were asked for, where that is known.
  ///   - tokenizer: The model's tokenizer; nil where there is none.
  ///   - surprise: What the model makes of the text, where it was asked.
  public init(
    widestInput: Int, asked: Int? = nil, tokenizer: Tokenizer?, surprise: TextSurprise? = nil
  ) {
    self.surprise = surprise
    self.widestInput = widestInput
    self.asked = asked
    prefix = tokenizer?.template.prefix ?? []
    let special = tokenizer?.specialIDs
    end = special?.end
    padding = special?.padding == special?.end ? nil : special?.padding
    unknown = special?.unknown == special?.end ? nil : special?.unknown
  }

  /// Tokens for each input channel below which a Hessian's small directions are mostly noise.
  private static let tokensPerChannel = 4

  /// The warnings, the gravest first.
  ///
  /// - Parameter set: What is to be calibrated on.
  /// - Returns: A sentence each; none where nothing is doubtful.
  public func warnings(_ set: CalibrationSet) -> [String] {
    [
      tooFewTokens(set), anotherDomain(set), fewerThanAsked(set), duplicates(set),
      padded(set), paddedWithEnds(set), unknownTokens(set), withoutBeginning(set), repetitive(set),
      copiedRuns(set),
    ].compactMap { $0 }
  }

  private func tooFewTokens(_ set: CalibrationSet) -> String? { warning(tokens: set.tokenCount) }

  /// What is doubtful about a number of tokens, whatever they are.
  ///
  /// - Parameter count: Tokens of all sequences.
  /// - Returns: A sentence; nil where they are enough.
  public func warning(tokens count: Int) -> String? {
    if count < widestInput {
      return
        "\(count) tokens for \(widestInput) input channels: the widest layers' Hessians have no inverse but "
        + "for damping; use at least \(Self.tokensPerChannel * widestInput) tokens"
    }
    guard count < Self.tokensPerChannel * widestInput else { return nil }
    return "\(count) tokens for \(widestInput) input channels are few; methods with a Hessian want "
      + "\(Self.tokensPerChannel) a channel or more, \(Self.tokensPerChannel * widestInput) here"
  }

  /// A nat a token: text e times as improbable as the model expects text like it to be.
  private static let strange = 1.0

  /// Text of a kind that the model has not learned: it is surer than it may be, and wrong.
  private func anotherDomain(_ set: CalibrationSet) -> String? {
    guard let surprise, surprise.actual - surprise.expected > Self.strange else { return nil }
    func figure(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    return
      "the model finds \(set.name) strange: \(figure(surprise.actual)) nats a token where it expects "
      + "\(figure(surprise.expected)); calibrate on text of the kind that it was made for"
  }

  private func fewerThanAsked(_ set: CalibrationSet) -> String? {
    guard let asked, set.sequences.count < asked else { return nil }
    return
      "\(set.name) has \(set.available) tokens, enough for \(set.sequences.count) of the \(asked) samples "
      + "that were asked for"
  }

  private func duplicates(_ set: CalibrationSet) -> String? {
    let different = Set(set.sequences).count
    guard different < set.sequences.count else { return nil }
    return
      "\(set.sequences.count - different) of \(set.sequences.count) sequences are copies of others and teach "
      + "nothing new"
  }

  /// How many tokens in a row count as the same text.
  private static let runLength = 16

  /// Text that says the same again, at other places of the windows.
  private func copiedRuns(_ set: CalibrationSet) -> String? {
    guard Set(set.sequences).count == set.sequences.count else { return nil }  // said already
    var seen: Set<ArraySlice<Int>> = []
    var (runs, copies) = (0, 0)
    for sequence in set.sequences where sequence.count >= Self.runLength {
      for start in 0...sequence.count - Self.runLength {
        runs += 1
        if !seen.insert(sequence[start..<start + Self.runLength]).inserted { copies += 1 }
      }
    }
    guard runs >= 64, copies * 2 > runs else { return nil }
    return
      "\(copies * 100 / runs)% of all runs of \(Self.runLength) tokens have been there before: the text repeats "
      + "itself and teaches less than its length"
  }

  /// Ends of texts in a row, as they fill up a batch.
  private func paddedWithEnds(_ set: CalibrationSet) -> String? {
    guard let end else { return nil }
    var count = 0
    for sequence in set.sequences {
      var run = 0
      for token in sequence + [-1] {
        if token == end {
          run += 1
        } else {
          if run >= 3 { count += run }
          run = 0
        }
      }
    }
    guard count > 0 else { return nil }
    return
      "\(share(count, of: set)) of the tokens are ends of texts in a row (token \(end)), as padding is; cut "
      + "windows out of a longer text instead"
  }

  private func padded(_ set: CalibrationSet) -> String? {
    guard let padding else { return nil }
    let count = set.sequences.reduce(0) { $0 + $1.count { $0 == padding } }
    guard count > 0 else { return nil }
    return
      "\(share(count, of: set)) of the tokens are padding (token \(padding)), whose inputs mean nothing; cut "
      + "windows out of a longer text instead"
  }

  private func unknownTokens(_ set: CalibrationSet) -> String? {
    guard let unknown else { return nil }
    let count = set.sequences.reduce(0) { $0 + $1.count { $0 == unknown } }
    guard count * 100 > set.tokenCount else { return nil }
    return
      "\(share(count, of: set)) of the tokens are the unknown one (token \(unknown)): the text is not one this "
      + "tokenizer was made for"
  }

  private func withoutBeginning(_ set: CalibrationSet) -> String? {
    guard !prefix.isEmpty else { return nil }
    let count = set.sequences.count { !$0.starts(with: prefix) }
    guard count > 0 else { return nil }
    return
      "\(count) of \(set.sequences.count) sequences do not begin with token \(prefix[0]), which the tokenizer "
      + "puts before every text; the first position's inputs will be unlike those in use"
  }

  /// Text of one token over and over, as a broken file or template gives it.
  private func repetitive(_ set: CalibrationSet) -> String? {
    var counts: [Int: Int] = [:]
    for sequence in set.sequences { for token in sequence { counts[token, default: 0] += 1 } }
    guard set.tokenCount >= 64,
      let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
      most.value * 3 > set.tokenCount
    else { return nil }
    return
      "\(share(most.value, of: set)) of all tokens are the same one (token \(most.key)): is this text?"
  }

  private func share(_ count: Int, of set: CalibrationSet) -> String {
    let thousandths = count * 1000 / set.tokenCount
    return "\(thousandths / 10).\(thousandths % 10)%"
  }
}
