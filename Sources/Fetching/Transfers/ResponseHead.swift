internal import Foundation

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// What of a response's head decides about its body.
struct ResponseHead: Sendable, Equatable {
  var status: Int
  /// The length that is promised of the body.
  var length: Int?
  /// Which part of the file the body is.
  var range: ContentRange?
  /// The name of this version of the file, as `If-Range` takes it.
  var version: String?
  /// What kind of thing the host says it is.
  var type: String?
  /// How long the host asks to be left alone, in seconds.
  var retryAfter: Double?

  init(status: Int) { self.status = status }

  init(_ response: HTTPURLResponse) {
    func field(_ name: String) -> String? { response.value(forHTTPHeaderField: name) }
    status = response.statusCode
    length = field("Content-Length").flatMap { Int($0) }
    range = field("Content-Range").flatMap { ContentRange($0) }
    type = field("Content-Type")
    retryAfter = field("Retry-After").flatMap { Double($0) }
    // A weak tag says that two versions are as good as each other, not that their bytes are the same.
    if let tag = field("ETag"), tag.hasPrefix("\"") {
      version = tag
    } else {
      version = field("Last-Modified")
    }
  }
}

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
