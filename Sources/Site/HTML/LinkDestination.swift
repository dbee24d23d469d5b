/// Where a link in a chapter leads, decided by what it may do on a page.
package enum LinkDestination: Hashable, Sendable {
  /// A place on the same page.
  case anchor(String)
  /// Another place on the web, or a mail address: followed on purpose, never loaded.
  case external(String)
  /// A path, as written and percent-encoded, and its fragment.
  case path(String, fragment: String?)
  /// Nothing a page may lead to: a scheme that could run something, or no destination at all.
  case refused

  /// Sorts a destination as CommonMark gives it.
  ///
  /// Only `http`, `https` and `mailto` are followed. Browsers ignore control characters and leading
  /// spaces when they look for a scheme, so they are dropped before looking here, too.
  package init(_ written: String) {
    let visible = String(
      String.UnicodeScalarView(
        written.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
    var destination = Substring(visible)
    while destination.first == " " { destination.removeFirst() }
    while destination.last == " " { destination.removeLast() }
    guard !destination.isEmpty else {
      self = .refused
      return
    }
    if destination.hasPrefix("#") {
      self = .anchor(String(destination.dropFirst()))
    } else if destination.hasPrefix("//") || destination.hasPrefix("\\") {
      self = .refused
    } else if let scheme = Self.scheme(of: destination) {
      let isFollowed = ["http", "https", "mailto"].contains(scheme)
      self = isFollowed ? .external(Self.encoded(destination)) : .refused
    } else {
      let parts = destination.split(
        separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      self = .path(
        Self.encoded(parts[0]), fragment: parts.count > 1 ? String(parts[1]) : nil)
    }
  }

  private static func scheme(of destination: Substring) -> String? {
    guard let colon = destination.firstIndex(of: ":") else { return nil }
    let candidate = destination[..<colon]
    // A colon after a slash, a question mark or a hash belongs to the path.
    guard !candidate.contains(where: { "/?#".contains($0) }) else { return nil }
    return candidate.lowercased()
  }

  /// Percent-encodes what may not stand in an address, and keeps what is encoded already.
  static func encoded(_ text: some StringProtocol) -> String {
    encoded(text, keeping: "-._~:/?#[]@!$&'()*+,;=%")
  }

  /// Percent-encodes a file's path or an anchor, where `?`, `#` and `%` mean themselves.
  static func encoded(name text: some StringProtocol) -> String {
    encoded(text, keeping: "-._~/@!$'()*+,;=")
  }

  private static func encoded(_ text: some StringProtocol, keeping marks: String) -> String {
    let plain = Set(marks.utf8)
    var result = ""
    for byte in text.utf8 {
      let isWord =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
      if isWord || plain.contains(byte) {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
