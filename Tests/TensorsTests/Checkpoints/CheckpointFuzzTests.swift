import Foundation
import Tensors
import Testing

/// By law: whatever is done to a file, it is read or refused, and nothing traps, hangs or asks for more
/// memory than the file is worth.
///
/// Seeded, and bounded in time: a second a file, or as many as `NIBBLE_FUZZ_SECONDS` says.
@Suite("checkpoints that were damaged")
struct CheckpointFuzzTests {
  static let files = [
    "views.pt", "legacy.pt", "float8.pt", "state.pt", "code.pt", "blocks.gguf", "version2.gguf",
    "legacy.bin", "version1.bin", "sharded/model-00001-of-00003.safetensors",
    "sharded/model-00003-of-00003.safetensors", "wide zip",
  ]

  private static var seconds: Double {
    ProcessInfo.processInfo.environment["NIBBLE_FUZZ_SECONDS"].flatMap(Double.init) ?? 1
  }

  /// Opens bytes and reads all that is there; whether they were refused.
  private func isRefused(_ bytes: [UInt8]) -> Bool {
    do throws(CheckpointError) {
      let checkpoint = try Checkpoint(bytes: bytes)
      for tensor in checkpoint.tensors {
        // Bytes of a view that repeats some may be many; of others, no more than the file has.
        #expect(tensor.byteCount <= max(bytes.count, 8 << 24))
        if tensor.count > 1 << 20 { continue }
        try checkpoint.withBytes(named: tensor.name) { #expect($0.count == tensor.byteCount) }
        if tensor.type.isReadableAsFloats, tensor.rows < 1 << 20 {
          #expect(try checkpoint.matrix(named: tensor.name).count == tensor.count)
        }
      }
      return false
    } catch {
      #expect("\(error)".utf8.count < 4_096)
      return true
    }
  }

  @Test("bytes flipped, cut, doubled, numbers that lie", arguments: files)
  func damaged(name: String) throws {
    let good =
      name == "wide zip"
      ? ZipBytes.wide("x/data.pkl", [0x80, 2, 0x7D, 0x2E]) : try CheckpointGoldens.bytes(name)
    var random = SeededGenerator(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    let deadline = Date().addingTimeInterval(Self.seconds)
    var (tried, refused) = (0, 0)
    // The head and the tail hold what can lie; the middle is numbers that may be anything.
    func place() -> Int {
      let edge = min(good.count, 1_500)
      return random.next() % 4 == 0
        ? Int(random.next() % UInt64(good.count))
        : random.next() % 2 == 0
          ? Int(random.next() % UInt64(edge)) : good.count - 1 - Int(random.next() % UInt64(edge))
    }
    while Date() < deadline, tried < 200_000 {
      var bytes = good
      for _ in 0...random.next() % 3 {
        let at = place()
        guard at < bytes.count else { continue }
        switch random.next() % 6 {
        case 0: bytes[at] ^= 1 << UInt8(random.next() % 8)
        case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 2:  // a number: all ones, or close to a limit
          let width = [2, 4, 8][Int(random.next() % 3)]
          let lies: [UInt64] = [.max, 1 << 63, (1 << 63) - 1, 0xFFFF_FFFF, 1 << 31, 0, 1 << 62]
          let lie = lies[Int(random.next() % 7)] &+ random.next() % 3
          for byte in 0..<width where at + byte < bytes.count {
            bytes[at + byte] = UInt8(truncatingIfNeeded: lie >> UInt64(8 * byte))
          }
        case 3: bytes.removeSubrange(at...)
        case 4:
          let length = min(Int(random.next() % 64), bytes.count - at)
          bytes.insert(contentsOf: bytes[at..<at + length], at: at)
        default:
          let length = min(Int(random.next() % 16), bytes.count - at)
          bytes.removeSubrange(at..<at + length)
        }
      }
      tried += 1
      if isRefused(bytes) { refused += 1 }
    }
    #expect(refused > tried / 4, "\(refused) of \(tried)")
  }

  @Test("pickles of random instructions")
  func randomPickles() throws {
    var random = SeededGenerator(seed: 11)
    let deadline = Date().addingTimeInterval(Self.seconds)
    let codes: [UInt8] =
      Array("NJKMGXUT()tR]}aesuqrhjcQb.".utf8) + [0x80, 0x85, 0x86, 0x87, 0x88, 0x8A]
    let names = [
      "torch._utils\n_rebuild_tensor_v2\n", "torch\nFloatStorage\n", "collections\nOrderedDict\n",
      "torch._utils\n_rebuild_parameter\n", "os\nsystem\n", "torch\nfloat8_e4m3fn\n",
    ]
    var tried = 0
    while Date() < deadline, tried < 200_000 {
      var pickle = PickleBytes()
      for _ in 0..<random.next() % 60 {
        let code = codes[Int(random.next() % UInt64(codes.count))]
        switch code {
        case UInt8(ascii: "c"):
          pickle.bytes += [code] + Array(names[Int(random.next() % 6)].utf8)
        case UInt8(ascii: "X"): pickle.text(["storage", "0", "cpu", "w"][Int(random.next() % 4)])
        case UInt8(ascii: "K"), UInt8(ascii: "q"), UInt8(ascii: "h"):
          pickle.bytes += [code, UInt8(random.next() % 8)]
        case UInt8(ascii: "Q"):
          pickle.tensor(
            count: 12, offset: Int64(random.next() % 14),
            shape: [Int64(random.next() % 5), Int64(random.next() % 5)],
            strides: [Int64(random.next() % 5), Int64(random.next() % 5)])
        default: pickle.bytes.append(code)
        }
      }
      tried += 1
      _ = isRefused(pickle.archive(["0": [UInt8](repeating: 0, count: 48)]))
    }
    #expect(tried > 100)
  }

  @Test("lists of shards: flipped and cut")
  func lists() throws {
    let good = try CheckpointGoldens.bytes("sharded/model.safetensors.index.json")
    let folder = try TemporaryFolder()
    for number in 1...3 {
      let name = "model-0000\(number)-of-00003.safetensors"
      try FileManager.default.copyItem(
        atPath: CheckpointGoldens.path("sharded/\(name)"), toPath: folder.path + "/" + name)
    }
    var random = SeededGenerator(seed: 3)
    let deadline = Date().addingTimeInterval(Self.seconds)
    var (tried, refused) = (0, 0)
    while Date() < deadline, tried < 20_000 {
      var bytes = good
      let at = Int(random.next() % UInt64(good.count))
      if random.next() % 3 == 0 {
        bytes.removeSubrange(at...)
      } else {
        bytes[at] = UInt8(truncatingIfNeeded: random.next())
      }
      let path = folder.path + "/model.safetensors.index.json"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      tried += 1
      if CheckpointGoldens.problem(at: folder.path) != nil { refused += 1 }
    }
    #expect(refused > tried / 3)
  }
}
