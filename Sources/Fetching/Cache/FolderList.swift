internal import Foundation

/// What was taken out of an archive into a folder, listed in it: `manifest.json`.
struct FolderList: Codable, Equatable {
  static let name = "manifest.json"

  /// A file; its path is that in the archive.
  struct File: Codable, Equatable {
    var path: String
    var bytes: Int
    var sha256: String

    var identity: FileIdentity { FileIdentity(bytes: bytes, sha256: sha256) }
  }

  /// The archive's SHA-256.
  var archive: String
  var files: [File]

  /// The list in a folder; nil where there is none, or one of another form.
  static func read(in folder: String) -> FolderList? {
    guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return nil }
    return try? JSONDecoder().decode(FolderList.self, from: data)
  }

  /// Writes the list into a folder that has none.
  func write(in folder: String) throws(FetchError) {
    let path = "\(folder)/\(Self.name)"
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      throw .cannotWrite(path: path, reason: "the list of files cannot be encoded")
    }
    let file = try NewFile(path)
    var failure: FetchError?
    data.withUnsafeBytes { bytes in
      do throws(FetchError) { try file.append(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
    try file.finish()
  }
}
