/// A tar archive from part to part: files and folders, and nothing else.
///
/// A name that leads out of the folder it is unpacked in, a link, a device: no archive of data has any, so
/// one that has is refused as a whole, whether the part is wanted or not. Long names are read in both ways
/// there are, GNU's and POSIX's.
///
/// Source: POSIX.1-2017, pax; GNU tar's manual, "Basic Tar Format", for the kinds `L` and `K`.
struct TarReader {
  /// A file or a folder.
  struct Part {
    /// Folders and the name; empty for the archive's own folder.
    let path: [String]
    let isFile: Bool
    /// Bytes of a file.
    let size: Int
  }

  /// Longer than any list of attributes that tools write.
  private static let longestExtension = 1 << 20
  /// What Linux takes in a path, and in one name.
  private static let (longestPath, longestName) = (4095, 255)

  private let stream: ArchiveStream
  /// Bytes of the last part, and fillers after them, that have not been read.
  private var (content, filler) = (0, 0)

  init(_ stream: ArchiveStream) { self.stream = stream }

  /// The next part, whose content may then be taken; nil after the last.
  mutating func next() throws(FetchError) -> Part? {
    var (longName, size): ([UInt8]?, Int?)
    while true {
      try stream.read(content + filler) { _ in }
      (content, filler) = (0, 0)
      let start = stream.offset
      guard let header = try header() else {
        guard longName == nil, size == nil else { throw damaged("it ends early") }
        return nil
      }
      switch header.kind {
      case UInt8(ascii: "x"), UInt8(ascii: "g"):
        let records = try pax(header)
        if records.isSparse { throw damaged("a part leaves out zeros (sparse), which is not read") }
        if header.kind == UInt8(ascii: "x") {
          longName = records.path ?? longName
          size = records.size ?? size
        } else if records.path != nil || records.size != nil {
          throw damaged("a header for all parts names one")
        }
      case UInt8(ascii: "L"): longName = Array(try text(header).prefix { $0 != 0 })
      // The name of what a link leads to; the link itself follows, and is refused.
      case UInt8(ascii: "K"): _ = try text(header)
      default:
        return try part(header, name: longName ?? header.name, size: size, at: start)
      }
    }
  }

  /// Hands on the content of the part that `next` gave, in pieces.
  mutating func take(
    _ piece: (UnsafeRawBufferPointer) throws(FetchError) -> Void
  ) throws(FetchError) {
    let count = content
    content = 0
    try stream.read(count, piece)
  }

  /// The next header; nil at the end, which is two blocks of zeros.
  ///
  /// What follows those is of no meaning, by the standard.
  private func header() throws(FetchError) -> TarHeader? {
    let block = try stream.bytes(TarHeader.blockBytes)
    if block.allSatisfy({ $0 == 0 }) {
      guard try stream.bytes(TarHeader.blockBytes).allSatisfy({ $0 == 0 }) else {
        throw damaged("a block of zeros stands alone at byte \(stream.offset - 1024)")
      }
      return nil
    }
    do throws(TarHeader.Failure) { return try TarHeader(block) } catch {
      throw damaged("\(error.reason), at byte \(stream.offset - TarHeader.blockBytes)")
    }
  }

  private mutating func part(
    _ header: TarHeader, name: [UInt8], size: Int?, at start: Int
  ) throws(FetchError) -> Part {
    let shown = Self.shown(name)
    let path = try path(name, shown: shown)
    switch header.kind {
    case UInt8(ascii: "5"): return Part(path: path, isFile: false, size: 0)
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      // Before 1988, a folder was a file whose name ends with a slash.
      if header.kind == 0, name.last == UInt8(ascii: "/") {
        return Part(path: path, isFile: false, size: 0)
      }
      guard !path.isEmpty else { throw damaged("a file has no name, at byte \(start)") }
      let size = size ?? header.size
      try announce(size, of: shown)
      return Part(path: path, isFile: true, size: size)
    case UInt8(ascii: "1"), UInt8(ascii: "2"):
      throw damaged("its \(shown) is a link, and only files and folders are unpacked")
    case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"):
      throw damaged("its \(shown) is a device or a pipe, and only files and folders are unpacked")
    default:
      throw damaged(
        "its \(shown) is of kind \(Self.shown([header.kind])), and only files and folders are "
          + "unpacked")
    }
  }

  /// Says how much content follows, if the archive has as much.
  private mutating func announce(_ size: Int, of shown: String) throws(FetchError) {
    guard size <= stream.left else {
      throw damaged(
        "its \(shown) would have \(size) bytes, and \(stream.left) follow: it ends early, or lies")
    }
    content = size
    filler = (TarHeader.blockBytes - size % TarHeader.blockBytes) % TarHeader.blockBytes
  }

  /// The content of a header of more than a block.
  private mutating func text(_ header: TarHeader) throws(FetchError) -> [UInt8] {
    try announce(header.size, of: "long header")
    guard header.size <= Self.longestExtension else {
      throw damaged("a header has \(header.size) bytes; at most \(Self.longestExtension) are read")
    }
    var text: [UInt8] = []
    try take { text += $0 }
    return text
  }

  private mutating func pax(_ header: TarHeader) throws(FetchError) -> PaxRecords {
    let text = try text(header)
    do throws(TarHeader.Failure) { return try PaxRecords(text) } catch {
      throw damaged("\(error.reason), before byte \(stream.offset)")
    }
  }

  /// A name's folders and the name itself; `.` leads nowhere and is left out.
  private func path(_ name: [UInt8], shown: String) throws(FetchError) -> [String] {
    guard let text = String(validating: name, as: UTF8.self),
      !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
    else { throw damaged("a name in it is no text: \(shown)") }
    guard !text.isEmpty else { throw damaged("a part of it has no name") }
    guard name.count <= Self.longestPath else {
      throw damaged("a name in it has \(name.count) bytes: \(shown)")
    }
    guard name.first != UInt8(ascii: "/") else {
      throw damaged("its \(shown) names a place of its own on the disk, which no part may")
    }
    let path = text.split(separator: "/").map(String.init).filter { $0 != "." }
    guard !path.contains("..") else {
      throw damaged("its \(shown) leads out of the folder it is unpacked in, which no part may")
    }
    guard path.allSatisfy({ $0.utf8.count <= Self.longestName }) else {
      throw damaged("a name in it is longer than \(Self.longestName) bytes: \(shown)")
    }
    return path
  }

  /// A name for people: short, and without what would disturb a terminal.
  private static func shown(_ name: [UInt8]) -> String {
    let text = String(decoding: name.prefix(100), as: UTF8.self).unicodeScalars.map {
      $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0)
    }.joined()
    return "'\(text)\(name.count > 100 ? "…" : "")'"
  }

  private func damaged(_ reason: String) -> FetchError {
    .badArchive(path: stream.path, reason: reason)
  }
}
