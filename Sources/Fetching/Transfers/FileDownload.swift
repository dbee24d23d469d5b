internal import Foundation

/// One published file, from its address to its final name: asked for again where it broke off, checked,
/// renamed.
struct FileDownload {
  let address: String
  let identity: FileIdentity
  /// The final path.
  let path: String
  /// What events call it.
  let name: String
  let policy: RetryPolicy
  let report: @Sendable (FetchEvent) -> Void

  /// Brings the file.
  ///
  /// - Throws: `FetchError`; what came is kept as a beginning unless it is worthless.
  func run() throws(FetchError) {
    guard let url = URL(string: address) else { throw .badMirror(address) }
    let part = try PartialFile(of: path, limit: identity.bytes) { report(.checking(file: name)) }
    // Pieces of different versions may have been joined, and only the digest can tell.
    var isJoined = part.length > 0
    while true {
      try complete(part, from: url, isJoined: &isJoined)
      let found = part.digest
      if found == identity.sha256 { break }
      guard isJoined else {
        part.discard()
        throw .digestDiffers(address: address, found: found, expected: identity.sha256)
      }
      report(.restarted(file: name, reason: "the pieces do not make the published file"))
      try part.restart()
      isJoined = false
    }
    try part.place()
    report(.placed(file: name))
  }

  /// Asks until the file has its length.
  private func complete(
    _ part: PartialFile, from url: URL, isJoined: inout Bool
  ) throws(FetchError) {
    var patience = Patience(policy, from: part.length)
    var hasConnected = false
    while part.length < identity.bytes {
      let receiver = PartReceiver(part, self)
      var request = Transfer.Request(url: url, silence: policy.silence)
      request.offset = part.length
      request.version = part.source?.address == address ? part.source?.version : nil
      if part.length > 0 { isJoined = true }
      report(.started(file: name, address: address, from: part.length))
      var asked: Double?
      let reason: String
      do throws(TransferFailure) {
        try Transfer.run(request, into: receiver)
        if part.length == identity.bytes { return }
        reason = "the connection ended early"
      } catch {
        switch error {
        case .fatal(let error): throw error
        case .unreachable(let text):
          // Where nothing ever answered there is no network, and waiting would not bring one.
          guard hasConnected else { throw .unreachable(address: address, reason: text) }
          reason = text
        case .dropped(let text): reason = text
        case .status(let status, let seconds):
          guard [408, 425, 429].contains(status) || 500..<600 ~= status else {
            throw .refused(address: address, status: status)
          }
          reason = "the host answers \(status)"
          asked = seconds
        case .startOver(let text):
          report(.restarted(file: name, reason: text))
          try part.restart()
          isJoined = false
          reason = text
        }
      }
      hasConnected = hasConnected || receiver.hasBegun
      guard let pause = patience.pause(at: part.length, asked: asked) else {
        throw .gaveUp(
          address: address, attempts: patience.failures, reason: reason, kept: part.length,
          of: identity.bytes)
      }
      report(.retrying(file: name, reason: reason, seconds: pause))
      Thread.sleep(forTimeInterval: pause)
    }
  }
}

/// What a response brings, into the beginning of the file; refuses what cannot be the rest of it.
private final class PartReceiver: TransferReceiver, @unchecked Sendable {
  private let part: PartialFile
  private let download: FileDownload
  /// Whether the host answered at all.
  private(set) var hasBegun = false

  init(_ part: PartialFile, _ download: FileDownload) {
    self.part = part
    self.download = download
  }

  func begin(_ head: ResponseHead) throws(TransferFailure) {
    hasBegun = true
    let expected = download.identity.bytes
    switch head.status {
    case 200:
      if let length = head.length, length != expected { throw wrongLength(length, head) }
      if part.length > 0 {
        download.report(
          .restarted(file: download.name, reason: "the host sends the file from its beginning"))
        do throws(FetchError) { try part.restart() } catch { throw .fatal(error) }
      }
    case 206:
      guard let range = head.range, let first = range.first else {
        throw .startOver(reason: "the host does not say which part it sends")
      }
      if let total = range.total, total != expected { throw wrongLength(total, head) }
      guard first == part.length else {
        throw .startOver(reason: "the host sends another part than was asked for")
      }
      if let before = part.source, before.address == download.address,
        let known = before.version, let version = head.version, known != version
      {
        throw .startOver(reason: "the file changed on the host")
      }
    case 416:
      if let total = head.range?.total, total != expected { throw wrongLength(total, head) }
      guard part.length > 0 else { throw .status(416, retryAfter: nil) }
      throw .startOver(reason: "the host has no such part of the file")
    case 412:
      throw .startOver(reason: "the file changed on the host")
    default:
      throw .status(head.status, retryAfter: head.retryAfter)
    }
    part.note(PartialSource(address: download.address, version: head.version))
  }

  func take(_ bytes: UnsafeRawBufferPointer) throws(TransferFailure) {
    let expected = download.identity.bytes
    guard part.length + bytes.count <= expected else {
      // Not even its beginning can be believed.
      part.discard()
      throw .fatal(
        .lengthDiffers(
          address: download.address, found: "more than \(expected) bytes come",
          expected: expected))
    }
    do throws(FetchError) { try part.append(bytes) } catch { throw .fatal(error) }
    download.report(.progress(file: download.name, bytes: part.length, of: expected))
  }

  private func wrongLength(_ length: Int, _ head: ResponseHead) -> TransferFailure {
    let type = head.type.map { " of \($0)" } ?? ""
    return .fatal(
      .lengthDiffers(
        address: download.address, found: "the host has \(length) bytes\(type)",
        expected: download.identity.bytes))
  }
}
