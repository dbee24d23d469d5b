import Foundation
import Tensors

/// The files in `Tests/Goldens/checkpoints` and what they hold.
enum CheckpointGoldens {
  struct Tensor: Decodable {
    let type: String
    let shape: [Int]
    let values: [Float]
  }

  private struct Contents: Decodable {
    let files: [String: [String: Tensor]]

    private struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      var files: [String: [String: Tensor]] = [:]
      for key in container.allKeys where key.stringValue != "framework" {
        files[key.stringValue] = try container.decode([String: Tensor].self, forKey: key)
      }
      self.files = files
    }
  }

  static func path(_ name: String, from here: String = #filePath) -> String {
    var folder = URL(fileURLWithPath: here)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return folder.appendingPathComponent("Goldens/checkpoints/\(name)").path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// Whether bytes are those of a file that the frameworks were seen to read.
  ///
  /// With `NIBBLE_RECORD_SNAPSHOTS` set the file is made of them, and the answer is no all the same:
  /// run `make.py read-back` on it.
  static func isGolden(_ found: [UInt8], _ name: String) throws -> Bool {
    guard ProcessInfo.processInfo.environment["NIBBLE_RECORD_SNAPSHOTS"] != nil else {
      return try found == bytes(name)
    }
    let file = URL(fileURLWithPath: path(name))
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(found).write(to: file)
    return false
  }

  /// What the framework that wrote a file read from it.
  static func expected(_ name: String) throws -> [String: Tensor] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path("expected.json")))
    return try JSONDecoder().decode(Contents.self, from: data).files[name] ?? [:]
  }

  /// What a checkpoint's reader says of bytes; nil where it finds nothing wrong.
  static func problem(_ bytes: [UInt8]) -> String? {
    do throws(CheckpointError) {
      _ = try Checkpoint(bytes: bytes, path: "file")
      return nil
    } catch {
      return "\(error)"
    }
  }

  static func problem(at path: String) -> String? {
    do throws(CheckpointError) {
      _ = try Checkpoint(path: path)
      return nil
    } catch {
      return "\(error)"
    }
  }
}
