internal import Glibc

/// A connection to a server on this machine, in plain bytes.
///
/// What the benchmark and the tests listen with: they time a message to the moment it arrives, and ask
/// for addresses that no well-behaved client would send.
package final class LoopbackConnection {
  private let descriptor: Int32
  /// Everything received so far.
  package private(set) var received: [UInt8] = []

  /// Everything received so far, as text.
  package var text: String { String(decoding: received, as: UTF8.self) }

  /// Connects to a port of 127.0.0.1.
  package init(port: UInt16) throws(ServingError) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw .refused(port: port, reason: reason)
    }
  }

  deinit {
    close(descriptor)
  }

  /// Sends a request for an address, as it is written.
  ///
  /// - Returns: Whether all of it went out.
  @discardableResult
  package func request(_ method: String, _ address: String) -> Bool {
    let text = "\(method) \(address) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Receives until the text holds what is waited for, the other side closes, or time is up.
  ///
  /// - Parameters:
  ///   - isEnough: Looks at everything received so far; nil receives until the other side closes.
  ///   - limit: The longest to wait for more.
  /// - Returns: Whether it was enough.
  @discardableResult
  package func receive(
    until isEnough: ((String) -> Bool)? = nil, within limit: Duration = .seconds(20)
  ) -> Bool {
    let end = ContinuousClock.now + limit
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let isEnough, isEnough(text) { return true }
      let left = end - ContinuousClock.now
      guard left > .zero else { return false }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let milliseconds =
        left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
      guard poll(&waiting, 1, Int32(clamping: milliseconds + 1)) > 0 else { continue }
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return isEnough == nil && count == 0 }
      received += buffer[..<count]
    }
  }
}
