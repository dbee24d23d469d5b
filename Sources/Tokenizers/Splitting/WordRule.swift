/// One step of cutting a text into words.
///
/// What a rule does not match, between two matches, is a word as well.
enum WordRule: Sendable, Equatable {
  /// A pattern that leaves nothing out.
  case pattern(SplitPattern)
  /// `[\p{P}\$\+<=>\^\~\|]+`
  case punctuationRuns
  /// `\p{N}+`
  case numberRuns
  /// `[0-9][0-9][0-9]`
  case digitTriples
}
