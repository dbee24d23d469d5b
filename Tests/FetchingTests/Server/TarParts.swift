import Digests
import Fetching

/// A part of a tar archive, every field of which can lie.
struct TarPart {
  var name: [UInt8]
  var content: [UInt8] = []
  var kind = UInt8(ascii: "0")
  /// What the header says of the length; nil for the truth.
  var size: [UInt8]?
  /// What the header says of its own sum; nil for the truth.
  var sum: [UInt8]?
  var prefix: [UInt8] = []

  init(_ name: String, _ content: String = "", kind: Character = "0") {
    self.init(Array(name.utf8), Array(content.utf8), kind: kind)
  }

  init(_ name: [UInt8], _ content: [UInt8], kind: Character = "0") {
    (self.name, self.content) = (name, content)
    self.kind = kind.asciiValue ?? 0
  }

  /// The same, with fields changed.
  func with(_ change: (inout TarPart) -> Void) -> TarPart {
    var part = self
    change(&part)
    return part
  }

  /// Its header, its content, and zeros up to a whole block.
  var bytes: [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: [UInt8], _ offset: Int) {
      header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
    put(Array(name.prefix(100)), 0)
    put(Array("0000644\0".utf8), 100)
    put(size ?? Self.octal(content.count, 11), 124)
    header[156] = kind
    put(Array("ustar\u{0}00".utf8), 257)
    put(prefix, 345)
    TarPart.correctSum(of: &header)
    if let sum { put(sum, 148) }
    return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  /// Makes a header's sum right.
  static func correctSum(of header: inout [UInt8], at start: Int = 0) {
    header.replaceSubrange(start + 148..<start + 156, with: Array(repeating: 0x20, count: 8))
    let sum = header[start..<start + 512].reduce(0) { $0 + Int($1) }
    header.replaceSubrange(start + 148..<start + 155, with: octal(sum, 6))
  }

  /// Octal digits and a zero.
  static func octal(_ value: Int, _ digits: Int) -> [UInt8] {
    let text = String(value, radix: 8)
    return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8) + [0]
  }

  /// A record of an extended header.
  static func record(_ key: String, _ value: String) -> String {
    let body = " \(key)=\(value)\n"
    var length = body.utf8.count
    while length != body.utf8.count + String(length).utf8.count {
      length = body.utf8.count + String(length).utf8.count
    }
    return "\(length)\(body)"
  }
}

/// An archive, ended by two blocks of zeros.
func tar(_ parts: [TarPart], zeros: Int = 1024) -> [UInt8] {
  parts.flatMap(\.bytes) + [UInt8](repeating: 0, count: zeros)
}

/// An entry of one folder in an archive.
func entry(tar archive: [UInt8]) -> CatalogueEntry {
  CatalogueEntry(
    name: "questions", kind: .dataset, summary: "", licence: "", page: "",
    folders: [
      CatalogueFolder(
        name: "data", parts: ["dev", "test"], suffix: ".csv",
        archive: CatalogueArchive(
          name: "data.tar",
          identity: FileIdentity(bytes: archive.count, sha256: SHA256.hex(archive)),
          remotePath: "datasets/some/one/resolve/abc/data.tar"))
    ])
}
