/// The parts of a zip archive, from its central directory, each checked against its own header.
///
/// Only what `torch.save` writes: parts that are stored, one disk, sizes of 32 or 64 bits. Checksums are
/// not verified: that would read all of a file which otherwise is only mapped.
///
/// Source: PKWARE, APPNOTE 6.3, sections 4.3 and 4.5.3.
struct ZipArchive {
  /// How a file with at least one part begins.
  static let magic: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  /// One part.
  struct Part {
    let name: String
    /// Where its bytes lie in the file.
    let range: Range<Int>
    /// What was done to them, where something was.
    let packing: String?
  }

  let parts: [Part]
  private let path: String
  private let places: [ExactName: Int]

  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(PyTorchError) {
    self.path = path
    let reader = ZipReader(bytes: bytes, path: path)
    let directory = try reader.directory()
    var parts: [Part] = []
    var places: [ExactName: Int] = [:]
    var offset = directory.range.lowerBound
    for _ in 0..<directory.count {
      let part = try reader.takePart(at: &offset, of: directory)
      guard places.updateValue(parts.count, forKey: ExactName(part.name)) == nil else {
        throw reader.failure(offset, "the part \(quotedName(part.name)) stands twice")
      }
      parts.append(part)
    }
    guard offset == directory.range.upperBound else {
      throw reader.failure(
        offset, "the directory should end after \(directory.count) parts and goes on")
    }
    try Self.requireSeparateParts(parts, reader)
    self.parts = parts
    self.places = places
  }

  /// Two parts that share bytes are how an archive of a few bytes claims to hold very much.
  private static func requireSeparateParts(
    _ parts: [Part], _ reader: ZipReader
  ) throws(PyTorchError) {
    var previous: Part?
    for part in parts.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
    where !part.range.isEmpty {
      if let previous, previous.range.upperBound > part.range.lowerBound {
        throw reader.failure(
          part.range.lowerBound,
          "the parts \(quotedName(previous.name)) and \(quotedName(part.name)) overlap")
      }
      previous = part
    }
  }

  /// A part by its name; nil where there is none.
  func part(_ name: String) throws(PyTorchError) -> Part? {
    guard let place = places[ExactName(name)] else { return nil }
    let part = parts[place]
    if let packing = part.packing { throw .packed(path: path, part: name, how: packing) }
    return part
  }
}

/// Reads numbers of a zip archive, none past its end.
private struct ZipReader {
  struct Directory {
    let range: Range<Int>
    let count: Int
  }

  let bytes: UnsafeRawBufferPointer
  let path: String

  func failure(_ offset: Int, _ reason: String) -> PyTorchError {
    .malformedArchive(path: path, offset: offset, reason: reason)
  }

  private func number<Number: FixedWidthInteger & UnsignedInteger>(
    _: Number.Type, _ offset: Int
  ) throws(PyTorchError) -> Int {
    guard offset >= 0, bytes.count >= MemoryLayout<Number>.size,
      offset <= bytes.count - MemoryLayout<Number>.size
    else { throw failure(offset, "the file ends here; copy it again") }
    let value = bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    guard let fitting = Int(exactly: value) else {
      throw failure(offset, "the number \(value) is larger than any file")
    }
    return fitting
  }

  private func short(_ offset: Int) throws(PyTorchError) -> Int { try number(UInt16.self, offset) }
  private func word(_ offset: Int) throws(PyTorchError) -> Int { try number(UInt32.self, offset) }
  private func long(_ offset: Int) throws(PyTorchError) -> Int { try number(UInt64.self, offset) }

  /// The record at the end, which says where the directory is.
  func directory() throws(PyTorchError) -> Directory {
    let length = 22
    var end = bytes.count - length
    // A comment of at most 65,535 bytes may follow, and must reach to the end of the file.
    let lowest = max(0, end - 0xFFFF)
    while end >= lowest {
      if try word(end) == 0x0605_4B50, try short(end + 20) == bytes.count - end - length { break }
      end -= 1
    }
    guard end >= lowest else {
      throw failure(bytes.count, "no directory of parts at the end of the file; copy it again")
    }
    var count = try short(end + 10)
    var size = try word(end + 12)
    var start = try word(end + 16)
    var limit = end
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      let locator = end - 20
      guard locator >= 0, try word(locator) == 0x0706_4B50 else {
        throw failure(end, "its 64-bit directory record is missing")
      }
      limit = try long(locator + 8)
      guard limit <= locator - 56, try word(limit) == 0x0606_4B50 else {
        throw failure(locator, "its 64-bit directory record is not at \(limit)")
      }
      count = try long(limit + 32)
      size = try long(limit + 40)
      start = try long(limit + 48)
    } else {
      let (disk, first) = (try short(end + 4), try short(end + 6))
      guard disk == 0, first == 0 else { throw failure(end, "an archive of several disks") }
    }
    guard start <= limit, size <= limit - start else {
      throw failure(end, "its directory of \(size) bytes from \(start) reaches past \(limit)")
    }
    guard count <= size / 46 else {
      throw failure(end, "\(count) parts do not fit a directory of \(size) bytes")
    }
    return Directory(range: start..<start + size, count: count)
  }

  /// One entry of the directory and the part it leads to.
  func takePart(at offset: inout Int, of directory: Directory) throws(PyTorchError)
    -> ZipArchive.Part
  {
    let entry = offset
    guard directory.range.upperBound - entry >= 46, try word(entry) == 0x0201_4B50 else {
      throw failure(entry, "an entry of the directory was expected")
    }
    let flags = try short(entry + 8)
    let method = try short(entry + 10)
    var compressed = try word(entry + 20)
    var size = try word(entry + 24)
    var start = try word(entry + 42)
    let nameEnd = entry + 46 + (try short(entry + 28))
    let extraEnd = nameEnd + (try short(entry + 30))
    offset = extraEnd + (try short(entry + 32))
    guard offset <= directory.range.upperBound else {
      throw failure(entry, "an entry reaches past the end of the directory")
    }
    let nameBytes = UnsafeRawBufferPointer(rebasing: bytes[entry + 46..<nameEnd])
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw failure(entry + 46, "the name of a part is not UTF-8")
    }
    try takeLongSizes(
      nameEnd..<extraEnd, size: &size, compressed: &compressed, start: &start, of: name)
    let packing: String? =
      flags & 1 != 0 ? "encrypted" : method != 0 ? "compressed (method \(method))" : nil
    guard packing != nil || compressed == size else {
      throw failure(
        entry, "\(quotedName(name)) is stored as it is, yet has \(size) and \(compressed) bytes")
    }

    // The part's own header must tell the same.
    guard start <= directory.range.lowerBound - 30, try word(start) == 0x0403_4B50 else {
      throw failure(entry, "\(quotedName(name)) does not begin at \(start)")
    }
    let ownNameLength = try short(start + 26)
    let dataStart = start + 30 + ownNameLength + (try short(start + 28))
    guard dataStart <= directory.range.lowerBound,
      compressed <= directory.range.lowerBound - dataStart
    else {
      throw failure(
        start,
        "\(quotedName(name)) has \(compressed) bytes from \(dataStart) on, and the directory begins at "
          + "\(directory.range.lowerBound)")
    }
    guard try short(start + 8) == method,
      bytes[start + 30..<start + 30 + ownNameLength].elementsEqual(nameBytes)
    else {
      throw failure(start, "the header of \(quotedName(name)) and the directory do not agree")
    }
    return ZipArchive.Part(
      name: name, range: dataStart..<dataStart + compressed, packing: packing)
  }

  /// Sizes of 64 bits, for each of the 32-bit ones that says so, in this order.
  private func takeLongSizes(
    _ range: Range<Int>, size: inout Int, compressed: inout Int, start: inout Int, of name: String
  ) throws(PyTorchError) {
    let mark = 0xFFFF_FFFF
    guard size == mark || compressed == mark || start == mark else { return }
    var field = range.lowerBound
    while field + 4 <= range.upperBound {
      let length = try short(field + 2)
      guard length <= range.upperBound - field - 4 else { break }
      if try short(field) == 1 {
        var place = field + 4
        func next() throws(PyTorchError) -> Int {
          guard place + 8 <= field + 4 + length else {
            throw failure(field, "a 64-bit size of \(quotedName(name)) is missing")
          }
          defer { place += 8 }
          return try long(place)
        }
        if size == mark { size = try next() }
        if compressed == mark { compressed = try next() }
        if start == mark { start = try next() }
        return
      }
      field += 4 + length
    }
    throw failure(range.lowerBound, "the 64-bit sizes of \(quotedName(name)) are missing")
  }
}
