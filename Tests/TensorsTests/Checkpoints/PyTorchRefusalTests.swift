import Foundation
import Tensors
import Testing

/// Evidence: by hand; what PyTorch itself wrote is in ``CheckpointTests``.
@Suite("PyTorch files that are refused")
struct PyTorchRefusalTests {
  /// What is said of a tensor of `count` announced floats, twelve of which are there.
  private func tensor(
    storage: String = "FloatStorage", count: Int64 = 12, offset: Int64 = 0, shape: [Int64],
    strides: [Int64], bytes: Int = 48
  ) -> String? {
    var pickle = PickleBytes()
    pickle.add("}")
    pickle.text("w")
    pickle.tensor(storage: storage, count: count, offset: offset, shape: shape, strides: strides)
    pickle.add("s")
    return CheckpointGoldens.problem(
      pickle.archive(["0": [UInt8](repeating: 0, count: bytes)]))
  }

  @Test("code is refused by name, with its place, and never run")
  func code() throws {
    let words = try #require(CheckpointGoldens.problem(at: CheckpointGoldens.path("code.pt")))
    #expect(words.contains("contains code: \"posix.system\" at byte "))
    #expect(words.contains("of code/data.pkl; refused"))
    #expect(
      CheckpointGoldens.problem(at: CheckpointGoldens.path("model.pt"))?
        .contains("contains code: \"torch.nn.modules.linear.Linear\"") == true)
    for (module, name) in [
      ("os", "system"), ("builtins", "eval"), ("torch", "load"), ("collections", "Counter"),
      ("torch._utils", "_rebuild_qtensor"), ("torch", "ComplexFloatStorage"), ("", ""),
      ("torch.storage", "_load_from_bytes"),
    ] {
      var pickle = PickleBytes()
      pickle.add("}")
      pickle.name(module, name)
      #expect(
        CheckpointGoldens.problem(pickle.archive())?
          .contains("contains code: \"\(module).\(name)\" at byte 3 of x/data.pkl; refused") == true
      )
    }
    // Every other way to make an object.
    for code in [0x69, 0x6F, 0x81, 0x92, 0x82, 0x83, 0x84, 0x93] as [UInt8] {
      var pickle = PickleBytes()
      pickle.bytes.append(code)
      #expect(CheckpointGoldens.problem(pickle.archive())?.contains("contains code: ") == true)
    }
  }

  @Test("a tensor must lie in its storage, and the storage in the file")
  func places() {
    #expect(tensor(shape: [3, 4], strides: [4, 1]) == nil)
    #expect(tensor(shape: [4, 3], strides: [1, 4]) == nil)
    #expect(tensor(offset: 5, shape: [7], strides: [1]) == nil)
    #expect(tensor(offset: 11, shape: [], strides: []) == nil)
    #expect(tensor(shape: [0, 1 << 40], strides: [1 << 60, 1]) == nil)
    #expect(tensor(shape: [13], strides: [1])?.contains("number 12 of a storage of 12") == true)
    #expect(tensor(offset: 6, shape: [7], strides: [1])?.contains("number 12 of") == true)
    #expect(tensor(shape: [3, 4], strides: [5, 1])?.contains("number 13 of") == true)
    #expect(tensor(offset: 12, shape: [], strides: [])?.contains("number 12 of") == true)
    #expect(tensor(shape: [2], strides: [1 << 62])?.contains("number 4611686018427387904") == true)
    #expect(tensor(shape: [5], strides: [1 << 62])?.contains("lead out of any file") == true)
    #expect(
      tensor(offset: .max, shape: [2], strides: [1])?.contains("lead out of any file") == true)
    #expect(tensor(shape: [-1], strides: [1])?.contains("below zero") == true)
    #expect(tensor(shape: [2], strides: [-1])?.contains("below zero") == true)
    #expect(tensor(offset: -1, shape: [2], strides: [1])?.contains("below zero") == true)
    #expect(tensor(shape: [2, 3], strides: [1])?.contains("as many strides") == true)
    #expect(
      tensor(shape: [1 << 40, 1 << 40], strides: [0, 0])?.contains("more elements than fit") == true
    )
    // A view may repeat elements, but not a few bytes become gigabytes.
    #expect(tensor(shape: [100, 12], strides: [0, 1]) == nil)
    #expect(
      tensor(shape: [1 << 25], strides: [0])?.contains("repeats elements of a small storage")
        == true)

    let lies = "has 48 bytes, and 13 F32 elements were announced"
    #expect(tensor(count: 13, shape: [1], strides: [1])?.contains(lies) == true)
    #expect(tensor(count: 11, shape: [1], strides: [1])?.contains("11 F32 elements") == true)
    #expect(tensor(count: .max, shape: [1], strides: [1])?.contains("were announced") == true)
    #expect(tensor(count: -1, shape: [1], strides: [1])?.contains("none to a storage") == true)
    #expect(
      tensor(storage: "HalfStorage", count: 24, shape: [24], strides: [1], bytes: 49) == nil)
    var other = PickleBytes()
    other.tensor(key: "7", count: 1, shape: [1], strides: [1])
    #expect(CheckpointGoldens.problem(other.archive())?.contains("without \"x/data/7\"") == true)
  }

  @Test("a pickle that is not one: its end, its stack, its memo, its texts")
  func pickles() {
    func problem(_ bytes: [UInt8]) -> String? {
      CheckpointGoldens.problem(ZipBytes.archive([("x/data.pkl", bytes)]))
    }
    #expect(problem([0x80, 2, 0x7D, 0x2E]) == nil)  // an empty dictionary
    #expect(problem([])?.contains("byte 0 of x/data.pkl: the pickle ends before") == true)
    #expect(problem([0x80, 2, 0x7D])?.contains("ends before its last instruction") == true)
    #expect(problem([0x80, 4, 0x7D, 0x2E])?.contains("pickle protocol 4") == true)
    #expect(problem([0x80, 2, 0x2E])?.contains("ends with 0 values") == true)
    #expect(problem([0x7D, 0x7D, 0x2E])?.contains("ends with 2 values") == true)
    #expect(problem([0x7D, 0x52, 0x2E])?.contains("needs 2 values") == true)
    #expect(problem([0x4E, 0x28, 0x86, 0x2E])?.contains("needs 2 values") == true)  // below a mark
    #expect(problem([0x74, 0x2E])?.contains("needs a mark") == true)
    #expect(problem([0x68, 9, 0x2E])?.contains("the memo has no value 9") == true)
    #expect(problem([0x71, 0, 0x2E])?.contains("needs a value and there is none") == true)
    #expect(problem([0x4E, 0x4E, 0x61, 0x2E])?.contains("no list") == true)
    #expect(problem([0x7D, 0x28, 0x4E, 0x75, 0x2E])?.contains("no dictionary") == true)
    #expect(problem([0x58, 2, 0, 0, 0, 0xC3, 0x28, 0x2E])?.contains("not UTF-8") == true)
    #expect(
      problem([0x58, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E])?.contains("4294967295 bytes are") == true)
    #expect(problem([0x8B, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E])?.contains("-1 bytes are") == true)
    #expect(problem([0x4E, 0x29, 0x52, 0x2E])?.contains("no function") == true)
    #expect(problem([0x4E, 0x51, 0x2E])?.contains("none to a storage") == true)
    #expect(problem([0x5D, 0x4E, 0x62, 0x2E])?.contains("no dictionary") == true)
    #expect(problem([0x40, 0x2E])?.contains("0x40 is no instruction") == true)
    #expect(problem([0x7D, 0x4E, 0x4E, 0x73, 0x2E])?.contains("neither a text nor") == true)
  }

  @Test("by law: nesting, sharing and counting cost no more than the bytes that are there")
  func bombs() {
    // A million lists, each in the next.
    var nested = PickleBytes()
    nested.bytes += [UInt8](repeating: 0x5D, count: 1_000_000)
    nested.bytes += [UInt8](repeating: 0x61, count: 999_999)
    #expect(CheckpointGoldens.problem(nested.archive())?.contains("more than 32 deep") == true)

    // Lists of twice the list before: 2³⁰ places to look at.
    var shared = PickleBytes()
    shared.bytes += [0x28, 0x5D, 0x4E, 0x61, 0x71, 0]
    for level in 0..<30 as Range<UInt8> {
      shared.bytes += [0x5D, 0x28, 0x68, level, 0x68, level, 0x65, 0x71, level + 1]
    }
    shared.add("t")
    #expect(
      CheckpointGoldens.problem(shared.archive())?.contains("one that stands in many places")
        == true)

    // A list that holds itself.
    var circle = PickleBytes()
    circle.bytes += [0x5D, 0x71, 0, 0x68, 0, 0x61]
    #expect(CheckpointGoldens.problem(circle.archive())?.contains("holds itself") == true)

    // A long list, made into a dictionary again and again.
    var copies = PickleBytes()
    copies.bytes += [0x5D, 0x28]
    for _ in 0..<50_000 { copies.bytes += [0x4E, 0x4E, 0x86] }
    copies.bytes += [0x65, 0x71, 0]
    for _ in 0..<10_000 {
      copies.name("collections", "OrderedDict")
      copies.bytes += [0x68, 0, 0x85, 0x52]
    }
    #expect(CheckpointGoldens.problem(copies.archive())?.contains("too many copies") == true)

    // Marks, values, memo entries.
    for code in [[0x28], [0x4E], [0x5D], [0x4E, 0x71, 1]] as [[UInt8]] {
      var many = PickleBytes()
      many.bytes += Array(repeating: code, count: 5_000_000 / code.count).joined()
      #expect(CheckpointGoldens.problem(many.archive()) != nil)
    }
  }

  @Test("an archive whose parts lie, overlap, are packed or are not there")
  func archives() throws {
    let good = PickleBytes(bytes: [0x80, 2, 0x7D]).archive()
    #expect(CheckpointGoldens.problem(good) == nil)
    #expect(CheckpointGoldens.problem(good + [0])?.contains("no directory of parts") == true)
    let pickle: [UInt8] = [0x80, 2, 0x7D, 0x2E]
    #expect(
      CheckpointGoldens.problem(at: CheckpointGoldens.path("deflated.pt"))?
        .contains("is compressed (method 8), and torch.save stores its parts as they are") == true)
    #expect(
      CheckpointGoldens.problem(ZipBytes.archive([("x/data.pkl", pickle)], flags: 1))?
        .contains("encrypted") == true)
    #expect(
      CheckpointGoldens.problem(ZipBytes.archive([("word/document.xml", pickle)]))?
        .contains("without data.pkl") == true)
    #expect(
      CheckpointGoldens.problem(
        ZipBytes.archive([("x/data.pkl", pickle), ("y/data.pkl", pickle)]))?
        .contains("without data.pkl") == true)
    #expect(
      CheckpointGoldens.problem(
        ZipBytes.archive([("x/data.pkl", pickle), ("x/data.pkl", pickle)]))?
        .contains("\"x/data.pkl\" stands twice") == true)
    #expect(
      CheckpointGoldens.problem(
        ZipBytes.archive([("x/data.pkl", pickle), ("x/byteorder", Array("big".utf8))]))?
        .contains("\"big\"-endian") == true)

    // Each number of the directory, one after the other, made to lie.
    let directory = try #require(
      good.indices.last { good[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    for (field, words) in [
      (10, "do not agree"), (20, "stored as it is, yet has"), (24, "stored as it is, yet has"),
      (42, "does not begin at"), (28, "reaches past"), (30, "reaches past"), (0, "an entry of the"),
    ] {
      var bytes = good
      bytes[directory + field + (field == 0 ? 2 : 0)] += field == 10 ? 0 : 200
      if field == 10 { bytes[directory + 46] = 0x79 }
      #expect(CheckpointGoldens.problem(bytes)?.contains(words) == true, "\(field)")
    }
    var end = good
    end[good.count - 12] += 1
    #expect(CheckpointGoldens.problem(end) != nil)  // parts in the directory
    end = good
    end[good.count - 10] &+= 255
    #expect(CheckpointGoldens.problem(end) != nil)  // its size
  }

  @Test("sizes and places of 64 bits, as in archives beyond 4 GB")
  func wideArchives() {
    let pickle: [UInt8] = [0x80, 2, 0x7D, 0x2E]
    func problem(_ extra: [UInt64]? = nil, recordAt: UInt64? = nil) -> String? {
      CheckpointGoldens.problem(
        ZipBytes.wide("x/data.pkl", pickle, extra: extra, recordAt: recordAt))
    }
    #expect(problem() == nil)
    #expect(problem([4, 4])?.contains("a 64-bit size of \"x/data.pkl\" is missing") == true)
    #expect(problem([])?.contains("a 64-bit size of \"x/data.pkl\" is missing") == true)
    #expect(problem([4, 5, 0])?.contains("has 4 and 5 bytes") == true)
    #expect(problem([1 << 40, 1 << 40, 0])?.contains("has 1099511627776 bytes from") == true)
    #expect(problem([.max, .max, 0])?.contains("larger than any file") == true)
    #expect(problem([4, 4, 1 << 62])?.contains("does not begin at 4611686018427387904") == true)
    #expect(problem(recordAt: 1 << 62)?.contains("its 64-bit directory record is not at") == true)
    #expect(problem(recordAt: 3)?.contains("its 64-bit directory record is not at") == true)
    #expect(problem(recordAt: .max)?.contains("larger than any file") == true)
  }

  @Test("the layout of before 1.6: cut short, too long, storages that lie")
  func legacy() throws {
    let good = try CheckpointGoldens.bytes("legacy.pt")
    for length in stride(from: 15, to: good.count, by: 7) {
      #expect(CheckpointGoldens.problem(Array(good[..<length])) != nil)
    }
    #expect(CheckpointGoldens.problem(good + [0])?.contains("1 bytes are left over") == true)
  }
}
