/// What stands at a place in bytes that ought to be UTF-8.
package enum UTF8Step: Equatable {
  /// A scalar of so many bytes.
  case scalar(Int)
  /// The bytes end inside a sequence that could still become a scalar.
  case incomplete(Int)
  /// So many bytes can begin no scalar, together: the maximal subpart of the Unicode standard.
  case invalid(Int)

  /// Looks at the bytes from a place on; there is at least one.
  package init(at index: Int, in bytes: UnsafeBufferPointer<UInt8>) {
    let first = bytes[index]
    // The length, and which second bytes may follow: Unicode 15, table 3-7.
    let length: Int
    let second: ClosedRange<UInt8>
    switch first {
    case 0..<0x80:
      self = .scalar(1)
      return
    case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
    case 0xe0: (length, second) = (3, 0xa0...0xbf)
    case 0xed: (length, second) = (3, 0x80...0x9f)
    case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
    case 0xf0: (length, second) = (4, 0x90...0xbf)
    case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
    case 0xf4: (length, second) = (4, 0x80...0x8f)
    default:
      self = .invalid(1)
      return
    }
    for place in 1..<length {
      guard index + place < bytes.count else {
        self = .incomplete(place)
        return
      }
      guard place == 1 ? second.contains(bytes[index + 1]) : bytes[index + place] & 0xc0 == 0x80
      else {
        self = .invalid(place)
        return
      }
    }
    self = .scalar(length)
  }

  /// Where bytes stop being UTF-8, or nil.
  static func firstInvalid(in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBufferPointer { buffer in
      var index = 0
      while index < buffer.count {
        if buffer[index] < 0x80 {
          index += 1
          continue
        }
        guard case .scalar(let length) = UTF8Step(at: index, in: buffer) else { return index }
        index += length
      }
      return nil
    }
  }
}
