import Foundation
import Testing

/// A golden file: cases made by another framework, the tolerance, and its reason.
struct Golden<Case: Decodable>: Decodable {
  let framework: String
  let tolerance: Double
  let reason: String
  let cases: [Case]

  /// Reads a file of `Tests/Goldens/training`.
  static func load(_ name: String, from file: String = #filePath) throws -> Golden {
    var folder = URL(fileURLWithPath: file)
    for _ in 0..<2 { folder.deleteLastPathComponent() }
    let path = folder.appendingPathComponent("Goldens/training/\(name).json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: path))
    try #require(!golden.cases.isEmpty)
    return golden
  }
}
