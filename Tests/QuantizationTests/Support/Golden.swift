import Foundation
import TestSupport
import Testing

/// A golden file: cases made by another framework, the tolerance, and its reason.
struct Golden<Case: Decodable>: Decodable {
  let framework: String
  let tolerance: Double
  let reason: String
  let cases: [Case]

  /// Reads a file of a folder of `Tests/Goldens`.
  static func load(_ name: String, in group: String = "quantization") throws -> Golden {
    let golden = try TestFiles.golden("\(group)/\(name).json", as: Golden.self)
    try #require(!golden.cases.isEmpty)
    return golden
  }
}
