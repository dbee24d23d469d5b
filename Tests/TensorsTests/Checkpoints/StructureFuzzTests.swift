import Foundation
import Tensors
import TestSupport
import Testing

/// By law: a header that is well formed and lies is refused, or what is read is what the file holds.
///
/// Where ``CheckpointFuzzTests`` changes bytes, these change what they say: names, types, shapes, offsets.
/// Seeded, and bounded in time by `NIBBLE_FUZZ_SECONDS`.
@Suite("headers that lie")
struct StructureFuzzTests {
  /// One tensor of a header.
  private struct Entry {
    var name: String
    var type: String
    var shape: [Int]
    var range: (Int, Int)
  }

  /// Numbers that are likely to overflow something.
  private static let lies = [
    -1, 0, 1, 2, 3, 7, 8, 16, 255, 256, 1 << 31, 1 << 32, 1 << 53, Int.max, Int.max - 7, Int.min,
  ]

  @Test("safetensors: names, types, shapes and offsets that do not belong together")
  func safetensors() {
    var (accepted, refused) = (0, 0)
    let tried = Fuzzing.run(seed: 21) { random in
      var entries = [
        Entry(name: "a", type: "F32", shape: [2, 3], range: (0, 24)),
        Entry(name: "b", type: "F16", shape: [4], range: (24, 32)),
        Entry(name: "c", type: "I64", shape: [], range: (32, 40)),
        Entry(name: "d", type: "U8", shape: [0, 5], range: (40, 40)),
      ]
      var size = 40
      for _ in 0..<random.below(3) {
        let place = random.below(entries.count)
        switch random.below(8) {
        case 0:
          entries[place].name = random.choose(["a", "b", "", "__metadata__", "é", "e\u{301}"])
        case 1:
          entries[place].type = random.choose(["F64", "BF16", "F4", "BOOL", "f32", "", "F8_E4M3"])
        case 2: entries[place].shape.append(random.choose(Self.lies))
        case 3 where !entries[place].shape.isEmpty:
          entries[place].shape[random.below(entries[place].shape.count)] = random.choose(Self.lies)
        case 4: entries[place].range.0 = random.choose(Self.lies)
        case 5: entries[place].range.1 = random.choose(Self.lies)
        case 6: entries.append(entries[place])
        default: size = random.choose([0, 39, 40, 41, 80])
        }
      }
      if random.below(4) == 0 { entries.shuffle(using: &random) }
      if Self.read(Self.safetensors(entries, size: size)) { accepted += 1 } else { refused += 1 }
    }
    #expect(accepted + refused == tried && accepted > 10 && refused > 10)
  }

  private static func safetensors(_ entries: [Entry], size: Int) -> [UInt8] {
    let texts = entries.map {
      "\"\($0.name)\":{\"dtype\":\"\($0.type)\",\"shape\":\($0.shape),"
        + "\"data_offsets\":[\($0.range.0),\($0.range.1)]}"
    }
    let header = Array("{\(texts.joined(separator: ","))}".utf8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
      + [UInt8](repeating: 1, count: size)
  }

  @Test("GGUF: sizes, types, offsets, counts and keys that do not belong together")
  func gguf() {
    var (accepted, refused) = (0, 0)
    let tried = Fuzzing.run(seed: 22) { random in
      let bytes = Self.gguf(&random)
      if Self.read(bytes) { accepted += 1 } else { refused += 1 }
    }
    #expect(accepted + refused == tried && accepted > 10 && refused > 10)
  }

  private static func gguf(_ random: inout FuzzRandom) -> [UInt8] {
    // Two tensors of 64 numbers: F32 takes 256 bytes, Q8_0 68 and 28 to fill up.
    var tensors: [(name: String, sizes: [UInt64], type: UInt32, offset: UInt64)] = [
      ("a", [32, 2], 0, 0), ("b", [64], 8, 256), ("c", [32, 1, 1, 2], 2, 352),
    ]
    var (count, keys, alignment, size) = (UInt64(tensors.count), UInt64(2), UInt32(32), 416)
    func lie(_ random: inout FuzzRandom) -> UInt64 {
      UInt64(bitPattern: Int64(random.choose(lies)))
    }
    for _ in 0..<random.below(3) {
      let place = random.below(tensors.count)
      switch random.below(10) {
      case 0:
        tensors[place].name = random.choose(["a", "b", "", String(repeating: "x", count: 64)])
      case 1: tensors[place].type = UInt32(random.below(44))
      case 2: tensors[place].sizes[random.below(tensors[place].sizes.count)] = lie(&random)
      case 3: tensors[place].sizes.append(lie(&random))
      case 4: tensors[place].offset = lie(&random)
      case 5: tensors.append(tensors[place])
      case 6: count = random.choose([0, 2, 3, 4, lie(&random)])
      case 7: keys = random.choose([0, 1, 3, lie(&random)])
      case 8: alignment = UInt32(truncatingIfNeeded: lie(&random))
      default: size = random.choose([0, 300, 415, 417, 1000])
      }
    }
    var file = GGUFBytes(version: 3, tensors: count, keys: keys)
    file.addKey("general.alignment", type: 4)
    file.add(alignment)
    file.addKey("list", type: 9)
    file.add(UInt32(random.choose([4, 8, 9, 12, 12, 12, 13])))
    file.add(random.below(8) == 0 ? lie(&random) : 1)
    file.add(UInt64(random.below(3)))  // one number, or the length of a text
    for tensor in tensors {
      file.addTensor(
        tensor.name, sizes: tensor.sizes, type: tensor.type, offset: tensor.offset)
    }
    file.addData([UInt8](repeating: 1, count: size))
    return file.bytes
  }

  @Test("llama2.c: sizes in the header that are not the file's")
  func llama2c() throws {
    let good = try CheckpointGoldens.bytes("legacy.bin")
    var (accepted, refused) = (0, 0)
    let tried = Fuzzing.run(seed: 23) { random in
      var bytes = good
      for _ in 0..<random.below(3) {
        let number = Int32(truncatingIfNeeded: random.choose(Self.lies))
        let place = 4 * random.below(7)
        withUnsafeBytes(of: number.littleEndian) {
          bytes.replaceSubrange(place..<place + 4, with: $0)
        }
      }
      if random.below(8) == 0 { bytes.removeLast(random.below(64)) }
      if Self.read(bytes) { accepted += 1 } else { refused += 1 }
    }
    #expect(accepted + refused == tried && accepted > 10 && refused > 10)
  }

  /// Reads all there is; whether it was accepted, and then every shape must be true.
  private static func read(_ bytes: [UInt8]) -> Bool {
    do throws(CheckpointError) {
      let checkpoint = try Checkpoint(bytes: bytes)
      #expect(Set(checkpoint.names.map { Array($0.utf8) }).count == checkpoint.tensors.count)
      var total = 0
      for tensor in checkpoint.tensors {
        #expect(tensor.shape.allSatisfy { $0 >= 0 })
        #expect(tensor.count == tensor.shape.reduce(1) { $0 &* $1 })
        try checkpoint.withBytes(named: tensor.name) { #expect($0.count == tensor.byteCount) }
        total += tensor.byteCount
        if tensor.type.isReadableAsFloats {
          let matrix = try checkpoint.matrix(named: tensor.name)
          #expect(matrix.rows * matrix.columns == tensor.count)
        }
      }
      #expect(total <= bytes.count)  // no byte belongs to two tensors
      return true
    } catch {
      #expect("\(error)".utf8.count < 4_096 && !"\(error)".isEmpty)
      return false
    }
  }
}
