/// The block before each part of a tar archive: its name, its length, what kind of part it is.
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format"; for numbers with the first bit set, GNU tar's
/// manual, "Basic Tar Format".
struct TarHeader {
  /// Why a block is no header, in words.
  struct Failure: Error, Equatable {
    let reason: String
  }

  /// Bytes of a block; contents are filled up to whole ones.
  static let blockBytes = 512

  /// The name as it stands there: the prefix, a slash, the name.
  let name: [UInt8]
  /// Bytes that follow, fillers not counted; at least 0.
  let size: Int
  /// The letter that says which kind of part it is.
  let kind: UInt8

  /// Reads a block.
  ///
  /// - Parameter block: 512 bytes.
  /// - Throws: `Failure` where the block is none, or its sum another one.
  init(_ block: [UInt8]) throws(Failure) {
    precondition(block.count == Self.blockBytes, "a block has 512 bytes, not \(block.count)")
    // The sum counts its own field as eight spaces.
    let sum =
      block.reduce(0) { $0 + Int($1) } - block[148..<156].reduce(0) { $0 + Int($1) } + 8 * 32
    guard Self.number(block[148..<156]) == sum else {
      throw Failure(reason: "a header's sum is another one: it is no tar archive, or a damaged one")
    }
    guard let size = Self.number(block[124..<136]) else {
      throw Failure(reason: "a header's length is no number")
    }
    self.size = size
    kind = block[156]
    let name = Self.text(block[0..<100])
    // GNU's own form, with two spaces after the word, has times where the prefix would be.
    let isPOSIX = block[257..<263].elementsEqual(Array("ustar".utf8) + [0])
    let prefix = isPOSIX ? Self.text(block[345..<500]) : []
    self.name = prefix.isEmpty ? name : prefix + Array("/".utf8) + name
  }

  /// A field up to its first zero, or all of it.
  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
    Array(field.prefix { $0 != 0 })
  }

  /// Octal digits between spaces and zeros; or, with the first bit set, a number of bytes.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    if let first = field.first, first & 0x80 != 0 {
      // The second bit set means a number below 0, which none of these is.
      guard first & 0x40 == 0 else { return nil }
      var value = Int(first & 0x3F)
      for byte in field.dropFirst() {
        guard value <= Int.max >> 8 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    let rest = field[digits.endIndex...]
    guard !digits.isEmpty, digits.allSatisfy({ 0x30...0x37 ~= $0 }),
      rest.allSatisfy({ $0 == 0x20 || $0 == 0 })
    else { return nil }
    // Twelve digits are 36 bits.
    return digits.reduce(0) { $0 << 3 | Int($1 & 7) }
  }
}
