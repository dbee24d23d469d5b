/// `bytes 100-199/1000`: which part of a file a response holds.
///
/// Source: RFC 9110, section 14.4.
struct ContentRange: Sendable, Equatable {
  /// The first byte; nil where there is no such part, as in `bytes */1000`.
  var first: Int?
  /// The length of the whole file, where it is known.
  var total: Int?

  init?(_ field: String) {
    let words = field.split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
    let parts = words[1].split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    total = Int(parts[1])
    guard total != nil || parts[1] == "*" else { return nil }
    if parts[0] == "*" { return }
    let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), 0 <= first,
      first <= last
    else { return nil }
    self.first = first
  }
}
