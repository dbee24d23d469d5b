import Foundation
import Glibc

/// A file that somebody named, read whole.
enum TextFile {
  /// Its bytes; a pipe is read to its end.
  static func bytes(of path: String) throws -> [UInt8] {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw Failure(
        .noInput, "\(path): " + (isMissing ? "no such file" : String(cString: strerror(errno))))
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw Failure(.noInput, "\(path): a folder stands there; name a file")
    }
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() ?? Data()
    else { throw Failure(.noInput, "\(path): cannot be read: \(String(cString: strerror(errno)))") }
    return [UInt8](data)
  }

  /// Its text, which must be UTF-8: a repaired text would give other tokens.
  static func text(of path: String) throws -> String {
    let bytes = try bytes(of: path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(
        .badData,
        "\(path): not a text in UTF-8 (the bytes from \(firstInvalid(bytes)) on are none); convert it first"
      )
    }
    return text
  }

  /// Where the first bytes are that are no UTF-8.
  private static func firstInvalid(_ bytes: [UInt8]) -> Int {
    var decoder = UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var place = 0
    while case .valid(let scalar) = decoder.parseScalar(from: &iterator) { place += scalar.count }
    return place
  }
}
