import Foundation
import Testing

/// A golden file: cases made by another framework, the tolerance, and its reason.
struct Golden<Case: Decodable>: Decodable {
  let framework: String
  let tolerance: Double
  let reason: String
  let cases: [Case]

  /// Reads a file of a folder of `Tests/Goldens`.
  static func load(
    _ name: String, in group: String = "quantization", from file: String = #filePath
  ) throws -> Golden {
    var folder = URL(fileURLWithPath: file)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let path = folder.appendingPathComponent("Goldens/\(group)/\(name).json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: path))
    try #require(!golden.cases.isEmpty)
    return golden
  }
}
