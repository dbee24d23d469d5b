/// A part of a zip archive, taken out by name.
///
/// Archives come here only once their digest is known to be the published one, and what is taken out has
/// a digest of its own; so this reads what a plain archive has and refuses the rest in words.
///
/// Source: PKWARE, APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
enum ZipMember {
  /// Takes a part out.
  ///
  /// - Parameters:
  ///   - name: The part's name, folders included.
  ///   - archive: The whole archive.
  ///   - bytes: How long the part is.
  /// - Returns: The part.
  /// - Throws: `Inflate.Failure`, in words, for an archive that does not hold it.
  static func bytes(
    of name: String, in archive: [UInt8], bytes: Int
  ) throws(Inflate.Failure) -> [UInt8] {
    let reader = LittleEndianReader(archive)
    var entry = try directory(reader)
    for _ in 0..<entry.count {
      guard try reader.four(entry.offset) == 0x0201_4B50 else { throw damaged }
      let nameLength = try reader.two(entry.offset + 28)
      let skipped = try reader.two(entry.offset + 30) + reader.two(entry.offset + 32)
      let found = try reader.bytes(entry.offset + 46, nameLength)
      if found.elementsEqual(name.utf8) {
        return try part(reader, entry.offset, name: name, bytes: bytes)
      }
      entry.offset += 46 + nameLength + skipped
    }
    throw Inflate.Failure(reason: "there is no \(name) in it")
  }

  private static let damaged = Inflate.Failure(reason: "it is no zip archive, or a damaged one")

  /// Where the directory begins and how many parts it lists; its record is the last thing but a remark.
  private static func directory(
    _ reader: LittleEndianReader
  ) throws(Inflate.Failure) -> (offset: Int, count: Int) {
    let last = reader.count - 22
    guard last >= 0 else { throw damaged }
    for start in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
    where try reader.four(start) == 0x0605_4B50 {
      return (try reader.four(start + 16), try reader.two(start + 10))
    }
    throw damaged
  }

  private static func part(
    _ reader: LittleEndianReader, _ entry: Int, name: String, bytes: Int
  ) throws(Inflate.Failure) -> [UInt8] {
    let method = try reader.two(entry + 10)
    let packed = try reader.four(entry + 20)
    guard try reader.four(entry + 24) == bytes else {
      throw Inflate.Failure(reason: "its \(name) has not \(bytes) bytes")
    }
    let header = try reader.four(entry + 42)
    guard try reader.four(header) == 0x0403_4B50 else { throw damaged }
    let start = try header + 30 + reader.two(header + 26) + reader.two(header + 28)
    let content = try Array(reader.bytes(start, packed))
    switch method {
    case 0: return content
    case 8: return try Inflate.unpacked(content, limit: bytes)
    default: throw Inflate.Failure(reason: "its \(name) is packed by method \(method)")
    }
  }
}
