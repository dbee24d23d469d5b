import Foundation
import Glibc
import Synchronization

/// An HTTP server of raw sockets that answers as a language model's server does, and misbehaves in every
/// way that measuring one has to survive.
///
/// It listens on this machine alone. Each connection is one request and one answer, on a thread of its
/// own; what to answer is a function of the request and of how many came before it to the same path.
public final class ModelServer: Sendable {
  /// A request.
  public struct Request: Sendable {
    /// The method, such as POST.
    public let method: String
    /// The path, with its query.
    public let path: String
    /// The headers, names in lower case.
    public let headers: [String: String]
    /// The body as text.
    public let body: String

    /// The body as a JSON object; empty where it is none.
    public var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }
  }

  /// An answer: pieces, each after a pause.
  public struct Reply: Sendable {
    /// One piece of the body.
    public struct Piece: Sendable {
      /// Seconds before it.
      public var pause: Double
      /// What is sent.
      public var bytes: [UInt8]

      /// A piece of text.
      ///
      /// - Parameters:
      ///   - text: What is sent.
      ///   - pause: Seconds before it.
      public init(_ text: String, after pause: Double = 0) {
        self.init(bytes: Array(text.utf8), after: pause)
      }

      /// A piece of bytes, which need not be whole characters.
      ///
      /// - Parameters:
      ///   - bytes: What is sent.
      ///   - pause: Seconds before it.
      public init(bytes: [UInt8], after pause: Double = 0) {
        self.pause = pause
        self.bytes = bytes
      }
    }

    /// The status.
    public var status: Int
    /// The content type.
    public var type: String
    /// The body.
    public var pieces: [Piece]
    /// More headers.
    public var headers: [String: String] = [:]
    /// Whether the connection ends before the body has been closed.
    public var isCut = false
    /// Whether the pieces are sent as they are, without a head.
    public var isRaw = false
    /// Seconds of silence at the end, before the body is closed.
    public var silence = 0.0

    /// An answer.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - type: The content type.
    ///   - pieces: The body.
    public init(status: Int = 200, type: String = "application/json", _ pieces: [Piece]) {
      self.status = status
      self.type = type
      self.pieces = pieces
    }

    /// A stream of OpenAI's completions, one token a message.
    ///
    /// - Parameters:
    ///   - tokens: How many tokens, at least one.
    ///   - first: Seconds before the first.
    ///   - gap: Seconds before each other.
    ///   - counts: Whether a last message counts the tokens.
    /// - Returns: The answer.
    public static func completion(
      tokens: Int, first: Double = 0, gap: Double = 0, counts: Bool = false
    ) -> Reply {
      var pieces = (0..<tokens).map { index in
        let end = index == tokens - 1 ? "\"length\"" : "null"
        return Piece(
          "data: {\"choices\":[{\"index\":0,\"text\":\" w\(index)\",\"finish_reason\":\(end)}]}\n\n",
          after: index == 0 ? first : gap)
      }
      if counts {
        pieces.append(
          Piece("data: {\"choices\":[],\"usage\":{\"completion_tokens\":\(tokens)}}\n\n"))
      }
      pieces.append(Piece("data: [DONE]\n\n"))
      return Reply(type: "text/event-stream", pieces)
    }

    /// A refusal with words, as OpenAI's interfaces give it.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - message: The words.
    /// - Returns: The answer.
    public static func refusal(_ status: Int, _ message: String) -> Reply {
      Reply(
        status: status, [Piece("{\"error\":{\"message\":\"\(message)\",\"type\":\"made up\"}}")])
    }

    fileprivate func send(on connection: Int32) {
      if !isRaw {
        var head = "HTTP/1.1 \(status) Whatever\r\nConnection: close\r\nContent-Type: \(type)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        head += "Transfer-Encoding: chunked\r\n\r\n"
        guard put(Array(head.utf8), on: connection) else { return }
      }
      for piece in pieces {
        if piece.pause > 0 { Thread.sleep(forTimeInterval: piece.pause) }
        if piece.bytes.isEmpty { continue }  // an empty chunk would end the body
        let size = Array("\(String(piece.bytes.count, radix: 16))\r\n".utf8)
        let bytes = isRaw ? piece.bytes : size + piece.bytes + Array("\r\n".utf8)
        guard put(bytes, on: connection) else { return }
      }
      if silence > 0 { Thread.sleep(forTimeInterval: silence) }
      if !isCut, !isRaw { _ = put(Array("0\r\n\r\n".utf8), on: connection) }
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

  /// What to answer a request with, which is the so-manieth of its path, counted from 0.
  public typealias Behaviour = @Sendable (Request, Int) -> Reply

  /// Where it listens.
  public let port: UInt16
  private let listener: Int32
  private let behaviour: Behaviour
  private let received = Mutex<[Request]>([])
  private let underWay = Mutex((now: 0, most: 0))

  /// Listens on a free port of this machine.
  ///
  /// - Parameter behaviour: What to answer.
  /// - Throws: Where no port is to be had.
  public init(_ behaviour: @escaping Behaviour) throws {
    self.behaviour = behaviour
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) == 0 && listen(listener, 256) == 0
          && getsockname(listener, address, &size) == 0
      }
    }
    guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    let thread = Thread { [self] in accepting() }
    thread.start()
  }

  /// The server's address.
  public var address: String { "http://127.0.0.1:\(port)" }

  /// What was asked, in the order it came.
  public var requests: [Request] { received.withLock { $0 } }

  /// The most requests that were under way at once.
  public var mostAtOnce: Int { underWay.withLock { $0.most } }

  /// Takes no more connections.
  public func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

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
    guard let request = Request(readFrom: connection) else { return }
    let index = received.withLock { requests in
      requests.append(request)
      return requests.count { $0.path == request.path } - 1
    }
    underWay.withLock { ($0.now, $0.most) = ($0.now + 1, max($0.most, $0.now + 1)) }
    behaviour(request, index).send(on: connection)
    underWay.withLock { $0.now -= 1 }
  }
}

extension ModelServer.Request {
  fileprivate init?(readFrom connection: Int32) {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard read(connection, &byte, 1) == 1 else { return nil }
      bytes.append(byte)
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let first = lines[0].split(separator: " ")
    guard first.count == 3 else { return nil }
    method = String(first[0])
    path = String(first[1])
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
        .trimmingCharacters(in: .whitespaces)
    }
    self.headers = headers
    var body: [UInt8] = []
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    while body.count < length {
      guard read(connection, &byte, 1) == 1 else { return nil }
      body.append(byte)
    }
    self.body = String(decoding: body, as: UTF8.self)
  }
}
