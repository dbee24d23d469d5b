/// The header of a safetensors file, read and checked against every rule of the format.
///
/// Stricter than the reference implementation in five places, each of which the format's own
/// description forbids and the reference lets pass: a name that stands twice, a metadata key that
/// stands twice, `null` for the metadata, white space before the first brace, and an entry that is
/// an array. Keys in an entry that are unknown are passed over, as there.
///
/// Source: huggingface/safetensors, README, "Format".
struct SafetensorsHeader {
  /// The longest header that is read, as in the reference implementation.
  static let lengthLimit = 100_000_000

  /// The tensors in the order of their data.
  let tensors: [TensorInfo]
  let metadata: [String: String]
  /// Where the data begin in the file.
  let dataStart: Int

  init(fileBytes: UnsafeRawBufferPointer, path: String) throws(SafetensorsError) {
    let length = try Self.headerLength(fileBytes, path: path)
    dataStart = 8 + length
    let header = UnsafeRawBufferPointer(rebasing: fileBytes[8..<dataStart])
    guard header.first == UInt8(ascii: "{") else {
      throw .malformedFile(
        path: path, problem: .headerDoesNotStartWithBrace(firstByte: header.first))
    }
    var parts = Parts()
    var scanner = JSONScanner(header)
    do throws(JSONScanner.Failure) {
      try scanner.takeObject { (scanner, name) throws(JSONScanner.Failure) in
        try parts.take(name, from: &scanner)
      }
      try scanner.takeEnd()
    } catch {
      throw .malformedHeader(path: path, offset: error.offset, reason: error.reason)
    }
    metadata = parts.metadata ?? [:]
    var tensors: [TensorInfo] = []
    for entry in parts.entries { tensors.append(try entry.checked(path: path)) }
    tensors.sort {
      ($0.byteRange.lowerBound, $0.byteRange.upperBound)
        < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
    }
    self.tensors = tensors
    try requireCoverage(of: fileBytes.count - dataStart, path: path)
  }

  /// Whether a file begins as one: a length that it can have, then a brace.
  static func isLikely(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 8 && bytes.loadUnaligned(as: UInt64.self) <= UInt64(lengthLimit)
      && bytes[8] == UInt8(ascii: "{")
  }

  private static func headerLength(
    _ fileBytes: UnsafeRawBufferPointer, path: String
  ) throws(SafetensorsError) -> Int {
    guard fileBytes.count >= 8 else {
      throw .malformedFile(path: path, problem: .tooShort(size: fileBytes.count))
    }
    let length = fileBytes.loadUnaligned(as: UInt64.self)
    guard length <= UInt64(lengthLimit) else {
      throw .malformedFile(
        path: path, problem: .headerTooLong(length: length, limit: lengthLimit))
    }
    guard Int(length) <= fileBytes.count - 8 else {
      throw .malformedFile(
        path: path, problem: .headerPastEnd(length: Int(length), size: fileBytes.count))
    }
    return Int(length)
  }

  /// No holes, no overlaps, nothing left over, nothing missing.
  private func requireCoverage(of dataSize: Int, path: String) throws(SafetensorsError) {
    var covered = 0
    var previous = ""
    for tensor in tensors {
      let range = tensor.byteRange
      guard range.upperBound <= dataSize else {
        throw .malformedFile(
          path: path,
          problem: .truncated(
            tensor: tensor.name, needed: range.upperBound, available: dataSize))
      }
      if range.lowerBound < covered {
        throw .malformedTensor(
          path: path, name: tensor.name,
          problem: .overlap(other: previous, begin: range.lowerBound, otherEnd: covered))
      }
      if range.lowerBound > covered {
        throw .malformedFile(
          path: path,
          problem: .hole(from: covered, to: range.lowerBound, next: tensor.name))
      }
      covered = range.upperBound
      previous = tensor.name
    }
    if covered < dataSize {
      throw .malformedFile(path: path, problem: .hole(from: covered, to: dataSize, next: nil))
    }
  }
}

/// What has been read of a header so far.
private struct Parts {
  var entries: [Entry] = []
  var metadata: [String: String]?
  private var names: Set<ExactName> = []

  /// Takes the value of one key of the header.
  mutating func take(_ name: String, from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    guard names.insert(ExactName(name)).inserted else {
      throw scanner.failure("the name \(quotedName(name)) stands twice")
    }
    if name == "__metadata__" {
      metadata = try Self.takeMetadata(from: &scanner)
    } else {
      entries.append(try Entry(name, from: &scanner))
    }
  }

  private static func takeMetadata(
    from scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) -> [String: String] {
    var metadata: [String: String] = [:]
    try scanner.takeObject { (scanner, key) throws(JSONScanner.Failure) in
      let value = try scanner.takeString()
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw scanner.failure("the metadata key \(quotedName(key)) stands twice")
      }
    }
    return metadata
  }
}

/// One tensor's entry, as it stands in the header.
private struct Entry {
  let name: String
  private var typeName: String?
  private var shape: [Int]?
  private var offsets: [Int]?

  init(_ name: String, from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    self.name = name
    var keys: Set<ExactName> = []
    var (typeName, shape, offsets) = (String?.none, [Int]?.none, [Int]?.none)
    try scanner.takeObject { (scanner, key) throws(JSONScanner.Failure) in
      guard keys.insert(ExactName(key)).inserted else {
        throw scanner.failure(
          "\(quotedName(key)) stands twice in the entry of \(quotedName(name))")
      }
      switch key {
      case "dtype": typeName = try scanner.takeString()
      case "shape": shape = try scanner.takeSizes()
      case "data_offsets":
        let sizes = try scanner.takeSizes()
        guard sizes.count == 2 else {
          throw scanner.failure("data_offsets must be [begin, end], it has \(sizes.count) numbers")
        }
        offsets = sizes
      default: try scanner.skipValue()
      }
    }
    (self.typeName, self.shape, self.offsets) = (typeName, shape, offsets)
  }

  /// The entry as a tensor, once its parts are there and agree.
  func checked(path: String) throws(SafetensorsError) -> TensorInfo {
    func refusal(_ problem: SafetensorsError.TensorProblem) -> SafetensorsError {
      .malformedTensor(path: path, name: name, problem: problem)
    }
    guard let typeName else { throw refusal(.missing("dtype")) }
    guard let shape else { throw refusal(.missing("shape")) }
    guard let offsets else { throw refusal(.missing("data_offsets")) }
    guard let type = TensorType(rawValue: typeName) else { throw refusal(.unknownType(typeName)) }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end else { throw refusal(.reversedOffsets(begin: begin, end: end)) }
    guard let byteCount = type.byteCount(shape: shape) else {
      throw refusal(.impossibleSize(shape: shape, type: type))
    }
    guard end - begin == byteCount else {
      throw refusal(
        .sizeMismatch(shape: shape, type: type, expected: byteCount, found: end - begin))
    }
    return TensorInfo(name: name, type: type, shape: shape, byteRange: begin..<end)
  }
}

/// A name that equals another only byte for byte.
///
/// Swift's strings are equal if they look the same, however their accents are encoded; in a file
/// those are two names.
struct ExactName: Hashable, Comparable {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  static func == (left: ExactName, right: ExactName) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  static func < (left: ExactName, right: ExactName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}
