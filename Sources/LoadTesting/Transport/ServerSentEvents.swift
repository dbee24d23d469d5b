internal import Foundation

/// A stream of server-sent events, cut into messages that keep the time their last byte came.
///
/// Source: WHATWG HTML, "9.2.6 Interpreting an event stream". Only `data` matters here.
struct ServerSentEvents {
  /// One message.
  struct Message: Sendable, Equatable {
    /// The `data` lines, joined by line feeds.
    var data: String
    var at: ContinuousClock.Instant
  }

  private var line: [UInt8] = []
  private var data: [String] = []
  private var hasCarriageReturn = false
  private(set) var messages: [Message] = []
  /// Whether any line was one of an event stream.
  private(set) var isEventStream = false

  /// The messages of an answer; one whose closing empty line never came is not among them.
  init(_ arrivals: [Arrival]) {
    var isFirst = true
    for arrival in arrivals {
      var bytes = arrival.bytes[...]
      if isFirst, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
      isFirst = isFirst && arrival.bytes.isEmpty
      for byte in bytes { take(byte, at: arrival.at) }
    }
  }

  /// Lines end with a line feed, a carriage return, or both.
  private mutating func take(_ byte: UInt8, at instant: ContinuousClock.Instant) {
    let isSecondOfPair = hasCarriageReturn && byte == UInt8(ascii: "\n")
    hasCarriageReturn = byte == UInt8(ascii: "\r")
    if isSecondOfPair { return }
    guard byte == UInt8(ascii: "\n") || hasCarriageReturn else {
      line.append(byte)
      return
    }
    endLine(at: instant)
    line.removeAll(keepingCapacity: true)
  }

  private mutating func endLine(at instant: ContinuousClock.Instant) {
    if line.isEmpty {
      if !data.isEmpty {
        messages.append(Message(data: data.joined(separator: "\n"), at: instant))
        data = []
      }
      return
    }
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
    let field = String(decoding: line[..<colon], as: UTF8.self)
    if ["", "data", "event", "id", "retry"].contains(field) { isEventStream = true }
    guard field == "data" else { return }
    var value = line[colon...].dropFirst()
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    data.append(String(decoding: value, as: UTF8.self))
  }
}
