/// How a normalized text is cut into words.
struct PreTokenizer: Sendable, Equatable {
  /// When Metaspace puts its mark before a text.
  enum PrependScheme: String, Sendable {
    case always
    case first
    case never
  }

  /// Where words of a text whose spaces are marks begin.
  enum MarkSplit: Sendable {
    /// Nowhere: the text is one word.
    case none
    /// At every mark.
    case everyMark
    /// At every mark that does not follow another.
    case runsOfMarks
  }

  /// What becomes of spaces, where they become marks only here.
  struct Metaspace: Sendable, Equatable {
    var mark: [UInt8]
    var scheme: PrependScheme
  }

  /// Whether a space is put before a text that does not begin with one.
  var addsPrefixSpace = false
  var metaspace: Metaspace?
  /// The mark at which words may begin, and how; nil where patterns split.
  var mark: [UInt8] = SentencePieceNormalizer.mark
  var markSplit = MarkSplit.none
  /// Rules, each applied to the words of the one before.
  var rules: [WordRule] = []
}
