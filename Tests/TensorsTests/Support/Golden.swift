import Foundation
import TestSupport

/// Reads golden vectors from `Tests/Goldens/tensors`, wherever the repository lies.
enum Golden {
  static func load<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
    try TestFiles.golden("tensors/\(name).json", as: type)
  }
}

/// A folder for one test, removed afterwards.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "nibble-tensors-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// The names of everything in it.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Whether two numbers differ by at most a tolerance relative to the larger of 1 and the expected.
func isClose(_ found: Double, _ expected: Double, within tolerance: Double) -> Bool {
  abs(found - expected) <= tolerance * max(1, abs(expected))
}
