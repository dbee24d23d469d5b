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
  /// The token for what has none.
  public let unknown: Int?

  /// A lint.
  ///
  /// - Parameters:
  ///   - widestInput: The widest input that a Hessian is summed over.
  ///   - asked: How many sequences were asked for, where that is known.
  ///   - tokenizer: The model's tokenizer; nil where there is none.
  public init(widestInput: Int, asked: Int? = nil, tokenizer: Tokenizer?) {
    self.widestInput = widestInput
    self.asked = asked
    prefix = tokenizer?.template.prefix ?? []
    let special = tokenizer?.specialIDs
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
      tooFewTokens(set), fewerThanAsked(set), duplicates(set), padded(set), unknownTokens(set),
      withoutBeginning(set), repetitive(set),
    ].compactMap { $0 }
  }

  private func tooFewTokens(_ set: CalibrationSet) -> String? {
    let count = set.tokenCount
    if count < widestInput {
      return
        "\(count) tokens for \(widestInput) input channels: the widest layers' Hessians have no inverse but "
        + "for damping; use at least \(Self.tokensPerChannel * widestInput) tokens"
    }
    guard count < Self.tokensPerChannel * widestInput else { return nil }
    return "\(count) tokens for \(widestInput) input channels are few; methods with a Hessian want "
      + "\(Self.tokensPerChannel) a channel or more, \(Self.tokensPerChannel * widestInput) here"
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
