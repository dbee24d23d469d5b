import Foundation
import Testing

/// A safetensors file read back with nothing but the format's description.
struct StoredTensors {
  struct Tensor {
    let type: String
    let shape: [Int]
    let bytes: [UInt8]
    /// Where in the file they begin.
    let start: Int

    /// The elements, for tensors of float32.
    var floats: [Float] {
      stride(from: 0, to: bytes.count, by: 4).map { start in
        let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * $1) }
        return Float(bitPattern: bits)
      }
    }
  }

  let tensors: [String: Tensor]
  /// The texts beside the tensors.
  let metadata: [String: String]

  init(path: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: Any])
    metadata = header["__metadata__"] as? [String: String] ?? [:]
    tensors = try header.filter { $0.key != "__metadata__" }.mapValues { entry in
      let entry = try #require(entry as? [String: Any])
      let offsets = try #require(entry["data_offsets"] as? [Int])
      return Tensor(
        type: try #require(entry["dtype"] as? String),
        shape: try #require(entry["shape"] as? [Int]),
        bytes: Array(bytes[8 + length + offsets[0]..<8 + length + offsets[1]]),
        start: 8 + length + offsets[0])
    }
  }
}
