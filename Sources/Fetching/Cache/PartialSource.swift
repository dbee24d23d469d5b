internal import Foundation

/// Where a beginning of a file came from.
struct PartialSource: Codable, Equatable {
  var address: String
  /// The host's name for the version, as `If-Range` takes it; nil where it gives none.
  var version: String?

  static func read(from path: String) -> PartialSource? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return try? JSONDecoder().decode(PartialSource.self, from: data)
  }

  func write(to path: String) {
    guard let data = try? JSONEncoder().encode(self) else { return }
    try? data.write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
