/// The state of a text that is being decoded.
struct DecodingCore: Sendable {
  /// Bytes whose meaning the next ones may still decide.
  private var held: [UInt8] = []
  /// Whether a space at the front is still to be taken away.
  private var isAtStart = true
  private var tookSpace = false
  private var isEmpty = true
  private var spacesTaken = 0

  /// Takes one id; appends the text that is settled.
  mutating func append(
    _ id: Int, of parts: Tokenizer.Parts, skippingSpecial: Bool, to output: inout [UInt8]
  ) {
    if skippingSpecial, parts.hiddenIDs.contains(id) {
      guard case .sentencePiece = parts.decoding else { return }
      endRun(parts.decoding, to: &output)
      if tookSpace || !isEmpty { isAtStart = false }
      tookSpace = false
      return
    }
    let piece = parts.vocabulary.contents(of: id)
    switch parts.decoding {
    case .byteLevel:
      if held.isEmpty, piece.allSatisfy({ $0 < 0x80 }) {  // nothing to repair, nothing to hold
        output += piece
        return
      }
      held += piece
      repairHeld(atEnd: false, bytewise: false, to: &output)
    case .sentencePiece(let dropsFirst, let dropsAll):
      if parts.vocabulary.kinds[id] == .byte {
        held += piece
        return repairHeld(atEnd: false, bytewise: true, to: &output)
      }
      endRun(parts.decoding, to: &output)
      if tookSpace || !isEmpty { isAtStart = false }
      tookSpace = false
      var rest = piece
      let isText = parts.vocabulary.kinds[id] != .unknown
      if isText, isAtStart, dropsFirst || dropsAll, rest.first == UInt8(ascii: " ") {
        rest = rest.dropFirst()
        tookSpace = !dropsAll
      }
      emit(rest, to: &output)
    case .fallbackRuns:
      if parts.vocabulary.kinds[id] == .byte {
        held += piece
      } else {
        endRun(parts.decoding, to: &output)
        emitStripped(piece, parts.decoding, to: &output)
      }
    case .metaspace(let dropsFirst):
      if isAtStart, dropsFirst {
        output += piece.filter { $0 != UInt8(ascii: " ") }
      } else {
        output += piece
      }
      isAtStart = false
    }
  }

  /// Ends the text.
  mutating func finish(_ decoding: Decoding, to output: inout [UInt8]) {
    switch decoding {
    case .byteLevel: repairHeld(atEnd: true, bytewise: false, to: &output)
    default: endRun(decoding, to: &output)
    }
  }

  /// Ends a run of byte tokens.
  private mutating func endRun(_ decoding: Decoding, to output: inout [UInt8]) {
    guard !held.isEmpty else { return }
    switch decoding {
    case .fallbackRuns:
      let run = held
      held.removeAll()
      if UTF8Step.firstInvalid(in: run) == nil {
        emitStripped(run[...], decoding, to: &output)
      } else {
        for _ in run { emit(Self.replacement, to: &output) }
        spacesTaken = .max
      }
    default: repairHeld(atEnd: true, bytewise: true, to: &output)
    }
  }

  /// U+FFFD.
  private static let replacement: [UInt8] = [0xef, 0xbf, 0xbd]

  private mutating func emit(_ bytes: some Collection<UInt8>, to output: inout [UInt8]) {
    if !bytes.isEmpty { isEmpty = false }
    output += bytes
  }

  /// Emits, but takes spaces at the very front away, up to the number wanted.
  private mutating func emitStripped(
    _ bytes: ArraySlice<UInt8>, _ decoding: Decoding, to output: inout [UInt8]
  ) {
    var rest = bytes
    if case .fallbackRuns(let firstSpaces) = decoding {
      while spacesTaken < firstSpaces, rest.first == UInt8(ascii: " ") {
        rest = rest.dropFirst()
        spacesTaken += 1
      }
    }
    if !rest.isEmpty { spacesTaken = .max }
    emit(rest, to: &output)
  }

  /// Emits what is held, except a sequence that may still be completed.
  ///
  /// Bytewise, each byte that cannot be UTF-8 is replaced by itself; else each maximal part.
  private mutating func repairHeld(atEnd: Bool, bytewise: Bool, to output: inout [UInt8]) {
    var done = 0
    held.withUnsafeBufferPointer { buffer in
      while done < buffer.count {
        switch UTF8Step(at: done, in: buffer) {
        case .scalar(let length):
          output += buffer[done..<done + length]
          done += length
        case .incomplete(let length):
          guard atEnd else { return }
          output += Self.replacement
          done += bytewise ? 1 : length
        case .invalid(let length):
          output += Self.replacement
          done += bytewise ? 1 : length
        }
      }
    }
    if done > 0 { isEmpty = false }
    held.removeFirst(done)
  }
}
