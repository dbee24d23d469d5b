/// What a response brings, into the beginning of the file; refuses what cannot be the rest of it.
final class PartReceiver: TransferReceiver, @unchecked Sendable {
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
