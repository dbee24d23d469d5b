import Foundation
import Glibc
import Synchronization

/// An HTTP server of raw sockets that can misbehave in every way a download has to survive.
///
/// Each connection is one request and one answer, on a thread of its own; what to answer is a function of
/// the request and of how many came before it.
final class FlakyServer: Sendable {
  typealias Behaviour = @Sendable (FlakyRequest, Int) -> FlakyResponse

  let port: UInt16
  private let listener: Int32
  private let behaviour: Behaviour
  private let received = Mutex<[FlakyRequest]>([])

  /// Listens on a free port of this machine alone.
  init(_ behaviour: @escaping Behaviour) throws {
    self.behaviour = behaviour
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) == 0 && listen(listener, 64) == 0
          && getsockname(listener, address, &size) == 0
      }
    }
    guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    let thread = Thread { [self] in accepting() }
    thread.start()
  }

  var address: String { "http://127.0.0.1:\(port)" }

  /// What was asked, in the order it came.
  var requests: [FlakyRequest] { received.withLock { $0 } }

  /// Takes no more connections.
  ///
  /// The descriptor stays this server's as long as it lives. Closed here, its number could be the next
  /// server's before this one's thread came to `accept` again, which would then take and answer that
  /// server's connections.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  deinit { close(listener) }

  private func accepting() {
    while true {
      let connection = accept(listener, nil, nil)
      if connection < 0 { return }
      let thread = Thread { [self] in answer(connection) }
      thread.start()
    }
  }

  private func answer(_ connection: Int32) {
    defer { close(connection) }
    guard let request = FlakyRequest(readFrom: connection) else { return }
    let index = received.withLock { requests in
      requests.append(request)
      return requests.count - 1
    }
    behaviour(request, index).send(on: connection)
  }
}

/// A request's first line and headers.
struct FlakyRequest: Sendable {
  let path: String
  private let headers: [String: String]

  init?(readFrom connection: Int32) {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard read(connection, &byte, 1) == 1 else { return nil }
      bytes.append(byte)
    }
    var lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")[...]
    guard let first = lines.popFirst()?.split(separator: " "), first.count == 3, first[0] == "GET"
    else { return nil }
    path = String(first[1])
    var headers: [String: String] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
        .trimmingCharacters(in: .whitespaces)
    }
    self.headers = headers
  }

  subscript(header: String) -> String? { headers[header.lowercased()] }

  /// The first byte that is asked for.
  var offset: Int? {
    self["Range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
  }
}

/// An answer, and how it goes wrong.
struct FlakyResponse: Sendable {
  var status = 200
  var headers: [(String, String)] = []
  var body: [UInt8] = []
  /// The length that is promised; nil for none, and the end of the connection is the end.
  var promise: Int?
  /// So many bytes of the body are sent, and then the connection ends.
  var cut: Int?
  /// After what is sent, the connection stays open and silent for so many seconds.
  var silence: Double = 0
  /// So many bytes at a time, with a pause between them.
  var drops: (bytes: Int, pause: Double)?

  /// A response without anything.
  init(status: Int = 200, _ headers: [(String, String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
    promise = body.count
  }

  /// A file, or the part of it that is asked for, as a server that follows RFC 9110 sends it.
  static func file(
    _ bytes: [UInt8], for request: FlakyRequest, version: String? = "\"one\"",
    takesRanges: Bool = true, headedBy field: String = "ETag"
  ) -> FlakyResponse {
    let named = version.map { [(field, $0)] } ?? []
    let isSameVersion = request["If-Range"].map { $0 == version } ?? true
    guard takesRanges, isSameVersion, let offset = request.offset else {
      return FlakyResponse(named, body: bytes)
    }
    guard offset < bytes.count else {
      return FlakyResponse(status: 416, named + [("Content-Range", "bytes */\(bytes.count)")])
    }
    let range = "bytes \(offset)-\(bytes.count - 1)/\(bytes.count)"
    return FlakyResponse(
      status: 206, named + [("Content-Range", range)], body: Array(bytes[offset...]))
  }

  init(_ headers: [(String, String)], body: [UInt8]) {
    self.init(status: 200, headers, body: body)
  }

  /// The same, cut off.
  func cut(after bytes: Int) -> FlakyResponse {
    var response = self
    response.cut = bytes
    return response
  }

  fileprivate func send(on connection: Int32) {
    var head = "HTTP/1.1 \(status) Whatever\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let promise { head += "Content-Length: \(promise)\r\n" }
    guard put(Array((head + "\r\n").utf8), on: connection) else { return }
    var rest = body.prefix(cut ?? body.count)
    while !rest.isEmpty {
      let piece = rest.prefix(drops?.bytes ?? rest.count)
      guard put(Array(piece), on: connection) else { return }
      rest = rest.dropFirst(piece.count)
      if let drops { Thread.sleep(forTimeInterval: drops.pause) }
    }
    if silence > 0 { Thread.sleep(forTimeInterval: silence) }
  }

  private func put(_ bytes: [UInt8], on connection: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
