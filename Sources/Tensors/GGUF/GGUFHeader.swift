/// The header of a GGUF file, read and checked against every rule of the format.
struct GGUFHeader {
  /// "GGUF".
  static let magic: [UInt8] = [0x47, 0x47, 0x55, 0x46]
  /// The longest name of a tensor, with the byte that ends it in ggml.
  static let nameLimit = 63
  /// The most sizes a tensor has.
  static let rankLimit = 4
  /// What tensors are aligned to where no key says otherwise.
  static let usualAlignment = 32
  /// The key that says otherwise.
  static let alignmentKey = "general.alignment"

  let version: Int
  let metadata: [String: GGUFValue]
  /// The keys in the order of the file.
  let keys: [String]
  /// The type of each key's value, or of the items of a list.
  let types: [String: GGUFValueType]
  let tensors: [GGUFTensorInfo]

  init(fileBytes: UnsafeRawBufferPointer, path: String) throws(GGUFError) {
    guard fileBytes.starts(with: Self.magic) else { throw .notGGUF(path: path) }
    var scanner = GGUFScanner(fileBytes, path: path)
    _ = try scanner.take(UInt32.self, "the magic number")
    let version = try scanner.take(UInt32.self, "the version")
    guard version == 2 || version == 3 else { throw .version(path: path, found: version) }
    self.version = Int(version)
    // The smallest tensor entry: an empty name, no sizes, a type, an offset. The smallest key: an
    // empty name, a type, a byte.
    let tensorCount = try scanner.takeCount(bytesEach: 24, what: "the list of tensors")
    let keyCount = try scanner.takeCount(bytesEach: 13, what: "the list of keys")
    var metadata: [String: GGUFValue] = [:]
    var keys: [String] = []
    var types: [String: GGUFValueType] = [:]
    for _ in 0..<keyCount {
      let key = try scanner.takeString("a key")
      let (value, type) = try scanner.takeValue("the value of \(quotedName(key))")
      keys.append(key)
      types[key] = type
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw scanner.malformed("the key \(quotedName(key))", "it stands twice")
      }
    }
    self.metadata = metadata
    self.keys = keys
    self.types = types
    var tensors: [Entry] = []
    var names: Set<ExactName> = []
    for _ in 0..<tensorCount {
      let entry = try Entry(&scanner)
      guard names.insert(ExactName(entry.name)).inserted else {
        throw scanner.malformed("tensor \(quotedName(entry.name))", "its name stands twice")
      }
      tensors.append(entry)
    }
    let alignment = try Self.alignment(metadata, scanner)
    self.tensors = try Self.placed(tensors, alignment: alignment, scanner)
  }

  private static func alignment(
    _ metadata: [String: GGUFValue], _ scanner: GGUFScanner
  ) throws(GGUFError) -> Int {
    guard let value = metadata[alignmentKey] else { return usualAlignment }
    guard let alignment = value.integer, isAlignment(alignment) else {
      throw scanner.malformed(alignmentKey, "a power of two was expected")
    }
    return alignment
  }

  /// Whether tensors can be aligned to so many bytes.
  static func isAlignment(_ count: Int) -> Bool {
    count > 0 && count <= 1 << 30 && count & (count - 1) == 0
  }

  /// Tensors in the file: each where the one before ends, filled up to the alignment.
  private static func placed(
    _ entries: [Entry], alignment: Int, _ scanner: GGUFScanner
  ) throws(GGUFError) -> [GGUFTensorInfo] {
    func filledUp(_ size: Int) -> Int? {
      let sum = size.addingReportingOverflow(alignment - 1)
      return sum.overflow ? nil : sum.partialValue & ~(alignment - 1)
    }
    guard !entries.isEmpty else { return [] }
    guard let start = filledUp(scanner.offset) else {
      throw scanner.malformed("the header", "it is too long")
    }
    var expected = 0
    var placed: [GGUFTensorInfo] = []
    for entry in entries {
      guard entry.offset == UInt64(expected) else {
        throw scanner.malformed(
          "tensor \(quotedName(entry.name))",
          "its data begin at \(entry.offset) and \(expected) was expected, right after the tensor "
            + "before it and its padding to \(alignment) bytes")
      }
      guard start <= scanner.bytes.count - expected,
        entry.byteCount <= scanner.bytes.count - start - expected
      else {
        throw .truncated(
          path: scanner.path, offset: start + expected, what: "tensor \(quotedName(entry.name))",
          needed: UInt64(entry.byteCount), available: max(0, scanner.bytes.count - start - expected)
        )
      }
      placed.append(
        GGUFTensorInfo(
          name: entry.name, type: entry.type, shape: entry.shape,
          byteRange: start + expected..<start + expected + entry.byteCount))
      guard let next = filledUp(expected + entry.byteCount) else {
        throw scanner.malformed("tensor \(quotedName(entry.name))", "it is too long")
      }
      expected = next
    }
    return placed
  }

  /// One tensor's entry.
  private struct Entry {
    let name: String
    let type: GGUFTensorType
    let shape: [Int]
    let byteCount: Int
    let offset: UInt64

    init(_ scanner: inout GGUFScanner) throws(GGUFError) {
      name = try scanner.takeString("a tensor's name")
      let what = "tensor \(quotedName(name))"
      guard name.utf8.count <= GGUFHeader.nameLimit else {
        throw scanner.malformed(what, "its name has more than \(GGUFHeader.nameLimit) bytes")
      }
      let rank = try scanner.take(UInt32.self, what)
      guard rank <= UInt32(GGUFHeader.rankLimit) else {
        throw scanner.malformed(what, "\(rank) sizes; at most \(GGUFHeader.rankLimit) are allowed")
      }
      var sizes: [Int] = []
      var count = 1
      var nonzero = 1  // of the sizes that are not 0: no product of some of them may overflow
      for _ in 0..<rank {
        let size = try scanner.take(UInt64.self, what)
        guard size <= UInt64(Int64.max) else { throw scanner.malformed(what, "a size of \(size)") }
        let product = count.multipliedReportingOverflow(by: Int(size))
        let others = nonzero.multipliedReportingOverflow(by: max(Int(size), 1))
        guard !product.overflow, !others.overflow else {
          throw scanner.malformed(what, "more elements than fit")
        }
        nonzero = others.partialValue
        count = product.partialValue
        sizes.append(Int(size))
      }
      shape = sizes.reversed()
      let id = try scanner.take(UInt32.self, what)
      guard let type = GGUFTensorType(id: id) else {
        throw scanner.malformed(what, "type \(id) is not known")
      }
      self.type = type
      let columns = sizes.first ?? 1
      guard columns % type.blockLength == 0 else {
        throw scanner.malformed(
          what,
          "rows of \(columns) are no whole number of \(type.name) blocks of "
            + "\(type.blockLength)")
      }
      let bytes = (count / type.blockLength).multipliedReportingOverflow(by: type.bytesPerBlock)
      guard !bytes.overflow else { throw scanner.malformed(what, "more bytes than fit") }
      byteCount = bytes.partialValue
      offset = try scanner.take(UInt64.self, what)
    }
  }
}
