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
    retryAfter = field("Retry-After").flatMap { HTTPDate.seconds(until: $0, from: field("Date")) }
    // A weak tag says that two versions are as good as each other, not that their bytes are the same.
    if let tag = field("ETag"), tag.hasPrefix("\"") {
      version = tag
    } else {
      version = field("Last-Modified")
    }
  }
}
