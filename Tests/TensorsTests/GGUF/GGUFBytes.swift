import Foundation
import Tensors

/// Writes the bytes of a GGUF file by hand, right or wrong.
struct GGUFBytes {
  var bytes: [UInt8] = []

  /// The first 24 bytes.
  init(version: UInt32 = 3, tensors: UInt64 = 0, keys: UInt64 = 0) {
    bytes += Array("GGUF".utf8)
    add(version)
    add(tensors)
    add(keys)
  }

  mutating func add<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }

  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    bytes += Array(text.utf8)
  }

  mutating func addKey(_ name: String, type: UInt32) {
    add(name)
    add(type)
  }

  mutating func addTensor(
    _ name: String, sizes: [UInt64], type: UInt32 = 0, offset: UInt64 = 0
  ) {
    add(name)
    add(UInt32(sizes.count))
    for size in sizes { add(size) }
    add(type)
    add(offset)
  }

  /// Fills up to the alignment and adds data.
  mutating func addData(_ data: [UInt8], alignment: Int = 32) {
    while bytes.count % alignment != 0 { bytes.append(0) }
    bytes += data
  }

  /// What the reader says of the bytes; nil where it finds nothing wrong.
  var problem: String? {
    do throws(GGUFError) {
      _ = try GGUFFile(bytes: bytes, path: "a.gguf")
      return nil
    } catch {
      return "\(error)"
    }
  }
}
