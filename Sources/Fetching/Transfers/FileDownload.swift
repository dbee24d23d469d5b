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
      // However the connection ended, nothing is missing.
      if part.length == identity.bytes { return }
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
