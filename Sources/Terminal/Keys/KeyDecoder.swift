/// Turns the bytes a terminal sends into keys, however reads cut them.
///
/// A key is one byte, one character in UTF-8, or a sequence that begins with escape: `ESC [` with
/// parameters and a final byte (ECMA-48), or `ESC O` and a letter (VT100's application mode). Nothing
/// that arrives is ever more than a key: unknown sequences are swallowed whole.
package struct KeyDecoder {
  private enum State {
    case ground
    case escape
    case application
    case sequence([UInt8])
    case character([UInt8], missing: Int)
  }

  private var state = State.ground

  /// A longer sequence than any terminal sends.
  private static let longestSequence = 32

  package init() {}

  /// Whether a key has begun and not ended.
  package var isPending: Bool {
    if case .ground = state { return false }
    return true
  }

  /// Whether the only thing that has arrived is an escape, which may be a key of its own.
  package var isEscape: Bool {
    if case .escape = state { return true }
    return false
  }

  /// Takes bytes.
  ///
  /// - Parameter bytes: What was read.
  /// - Returns: The keys that they complete.
  package mutating func decode(_ bytes: some Sequence<UInt8>) -> [TerminalKey] {
    var keys: [TerminalKey] = []
    for byte in bytes { take(byte, into: &keys) }
    return keys
  }

  /// Ends what has begun, when nothing more comes.
  ///
  /// - Returns: The escape key, or that something unknown was pressed; nil when nothing has begun.
  package mutating func flush() -> TerminalKey? {
    defer { state = .ground }
    switch state {
    case .ground: return nil
    case .escape: return .escape
    case .application, .sequence, .character: return .unknown
    }
  }

  private mutating func take(_ byte: UInt8, into keys: inout [TerminalKey]) {
    switch state {
    case .ground: begin(byte, into: &keys)
    case .escape:
      switch byte {
      case UInt8(ascii: "["): state = .sequence([])
      case UInt8(ascii: "O"): state = .application
      case 0x1B: keys.append(.escape)
      default:
        state = .ground
        keys.append(Self.alternate(byte))
      }
    case .application:
      state = .ground
      keys.append(Self.final(byte, parameters: []))
    case .sequence(let bytes):
      switch byte {
      case 0x20...0x3F where bytes.count < Self.longestSequence: state = .sequence(bytes + [byte])
      case 0x40...0x7E:
        state = .ground
        keys.append(Self.final(byte, parameters: bytes))
      default:
        state = .ground
        keys.append(.unknown)
        begin(byte, into: &keys)  // a sequence that was broken off; this byte begins anew
      }
    case .character(let bytes, let missing):
      guard byte & 0xC0 == 0x80 else {
        state = .ground
        keys.append(.unknown)
        begin(byte, into: &keys)
        return
      }
      let all = bytes + [byte]
      guard missing == 1 else {
        state = .character(all, missing: missing - 1)
        return
      }
      state = .ground
      let text = String(validating: all, as: UTF8.self)
      keys.append(text?.first.map { .character($0) } ?? .unknown)
    }
  }

  private mutating func begin(_ byte: UInt8, into keys: inout [TerminalKey]) {
    switch byte {
    case 0x1B: state = .escape
    case 0x0A, 0x0D: keys.append(.enter)
    case 0x09: keys.append(.tab)
    case 0x08, 0x7F: keys.append(.backspace)
    case 0x01...0x1A: keys.append(.control(Character(Unicode.Scalar(byte + 0x60))))
    case 0x20...0x7E: keys.append(.character(Character(Unicode.Scalar(byte))))
    case 0xC2...0xDF: state = .character([byte], missing: 1)
    case 0xE0...0xEF: state = .character([byte], missing: 2)
    case 0xF0...0xF4: state = .character([byte], missing: 3)
    default: keys.append(.unknown)
    }
  }

  /// Alt and a key arrive as escape and the key.
  private static func alternate(_ byte: UInt8) -> TerminalKey {
    switch byte {
    case UInt8(ascii: "b"): .wordLeft
    case UInt8(ascii: "f"): .wordRight
    case 0x7F: .control("w")
    default: .unknown
    }
  }

  private static func final(_ byte: UInt8, parameters: [UInt8]) -> TerminalKey {
    let isModified = parameters.contains(UInt8(ascii: ";"))
    switch byte {
    case UInt8(ascii: "A"): return .up
    case UInt8(ascii: "B"): return .down
    case UInt8(ascii: "C"): return isModified ? .wordRight : .right
    case UInt8(ascii: "D"): return isModified ? .wordLeft : .left
    case UInt8(ascii: "H"): return .home
    case UInt8(ascii: "F"): return .end
    case UInt8(ascii: "M") where parameters.isEmpty: return .enter
    case UInt8(ascii: "~"):
      switch String(decoding: parameters.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self) {
      case "1", "7": return .home
      case "4", "8": return .end
      case "3": return .delete
      case "5": return .pageUp
      case "6": return .pageDown
      default: return .unknown
      }
    default: return .unknown
    }
  }
}
