import Foundation
public import Testing

/// Compares text with what a person has looked at and kept, in `Snapshots` of the caller's test target.
///
/// A missing or changed snapshot fails and prints the difference. With `NIBBLE_RECORD_SNAPSHOTS` set
/// the text is recorded, and the test fails all the same: somebody has to look.
///
/// - Parameters:
///   - text: What there is now.
///   - name: The file of what was kept.
///   - caller: A file of the test target, `Tests/TARGET/…`.
///   - sourceLocation: Where a difference is reported.
/// - Throws: Where the snapshot cannot be written.
public func expectSnapshot(
  _ text: String, _ name: String, from caller: String = #filePath,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let folder = TestFiles.target(of: caller).appendingPathComponent("Snapshots")
  let file = folder.appendingPathComponent(name)
  let kept = try? String(contentsOf: file, encoding: .utf8)
  if kept == text { return }
  if ProcessInfo.processInfo.environment["NIBBLE_RECORD_SNAPSHOTS"] != nil {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    Issue.record(
      "\(name): recorded; look at it, then run again without recording",
      sourceLocation: sourceLocation)
    return
  }
  guard let kept else {
    Issue.record(
      "\(name): no such snapshot; set NIBBLE_RECORD_SNAPSHOTS to record it",
      sourceLocation: sourceLocation)
    return
  }
  let old = kept.split(separator: "\n", omittingEmptySubsequences: false)
  let new = text.split(separator: "\n", omittingEmptySubsequences: false)
  let changes = new.difference(from: old).map { change in
    switch change {
    case .remove(let offset, let line, _): "-\(offset + 1): \(line)"
    case .insert(let offset, let line, _): "+\(offset + 1): \(line)"
    }
  }
  Issue.record(
    "\(name) changed:\n\(changes.joined(separator: "\n"))", sourceLocation: sourceLocation)
}
