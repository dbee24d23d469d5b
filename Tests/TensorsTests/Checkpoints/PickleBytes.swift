/// Writes pickles and the zip archives around them by hand, right or wrong.
struct PickleBytes {
  var bytes: [UInt8] = [0x80, 2]

  mutating func add(_ code: Character) { bytes += Array(String(code).utf8) }
  mutating func name(_ module: String, _ name: String) {
    bytes += Array("c\(module)\n\(name)\n".utf8)
  }
  mutating func text(_ text: String) {
    bytes += [0x58] + Self.little(UInt32(text.utf8.count)) + Array(text.utf8)
  }
  mutating func integer(_ value: Int64) { bytes += [0x8A, 8] + Self.little(value) }
  mutating func tuple(_ values: [Int64]) {
    add("(")
    for value in values { integer(value) }
    add("t")
  }

  /// A tensor of the storage with a key.
  mutating func tensor(
    storage: String = "FloatStorage", key: String = "0", count: Int64, offset: Int64 = 0,
    shape: [Int64], strides: [Int64]
  ) {
    name("torch._utils", "_rebuild_tensor_v2")
    bytes += Array("((".utf8)
    text("storage")
    name("torch", storage)
    text(key)
    text("cpu")
    integer(count)
    bytes += Array("tQ".utf8)
    integer(offset)
    tuple(shape)
    tuple(strides)
    bytes += [0x89]
    name("collections", "OrderedDict")
    bytes += Array(")RtR".utf8)
  }

  static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  /// The archive of this pickle, ended, and storages.
  func archive(_ storages: [String: [UInt8]] = [:]) -> [UInt8] {
    var parts = [("x/data.pkl", bytes + [0x2E])]
    for (key, data) in storages.sorted(by: { $0.key < $1.key }) {
      parts.append(("x/data/\(key)", data))
    }
    return ZipBytes.archive(parts)
  }
}

enum ZipBytes {
  /// An archive of stored parts.
  static func archive(_ parts: [(String, [UInt8])], method: UInt16 = 0, flags: UInt16 = 0)
    -> [UInt8]
  {
    typealias Little = PickleBytes
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, data) in parts {
      let start = UInt32(file.count)
      let size = Little.little(UInt32(data.count))
      let middle =
        Little.little(flags) + Little.little(method) + [UInt8](repeating: 0, count: 8) + size + size
        + Little.little(UInt16(name.utf8.count)) + [0, 0]
      file += [0x50, 0x4B, 3, 4, 20, 0] + middle + Array(name.utf8) + data
      directory += [0x50, 0x4B, 1, 2, 20, 0, 20, 0] + middle + [UInt8](repeating: 0, count: 10)
      directory += Little.little(start) + Array(name.utf8)
    }
    let start = UInt32(file.count)
    file += directory
    let count = Little.little(UInt16(parts.count))
    file += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
    return file + Little.little(UInt32(directory.count)) + Little.little(start) + [0, 0]
  }

  /// An archive of one stored part, all of whose sizes and places have 64 bits.
  ///
  /// `extra` and `recordAt` take the place of the true sizes and place of the part, and of the place of
  /// the directory's 64-bit record.
  static func wide(
    _ name: String, _ data: [UInt8], extra: [UInt64]? = nil, recordAt: UInt64? = nil
  ) -> [UInt8] {
    typealias Little = PickleBytes
    let all = [UInt8](repeating: 0xFF, count: 4)
    let size = UInt64(data.count)
    let letters = Array(name.utf8)
    let numbers = (extra ?? [size, size, 0]).flatMap { Little.little($0) }
    // An unknown field first, which is passed over.
    let fields =
      [0x99, 0x99, 2, 0, 7, 7] + [1, 0] + Little.little(UInt16(numbers.count)) + numbers
    var file: [UInt8] = [0x50, 0x4B, 3, 4, 45, 0] + [UInt8](repeating: 0, count: 12)
    file += all + all + Little.little(UInt16(letters.count)) + [0, 0] + letters + data
    let start = UInt64(file.count)
    file += [0x50, 0x4B, 1, 2, 45, 0, 45, 0] + [UInt8](repeating: 0, count: 12) + all + all
    file += Little.little(UInt16(letters.count)) + Little.little(UInt16(fields.count))
    file += [UInt8](repeating: 0, count: 10) + all + letters + fields
    let record = UInt64(file.count)
    let one = Little.little(UInt64(1))
    file += [0x50, 0x4B, 6, 6] + Little.little(UInt64(44)) + [45, 0, 45, 0]
    file += [UInt8](repeating: 0, count: 8) + one + one
    file += Little.little(record - start) + Little.little(start)
    file += [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + Little.little(recordAt ?? record) + [1, 0, 0, 0]
    file += [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF] + all + all + [0, 0]
    return file
  }
}
