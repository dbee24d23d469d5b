internal import Glibc

/// Writes a file that appears under its name only when all of it has been written.
enum OutputFile {
  static func write(_ contents: [UInt8], to path: String) throws(TokenizerError) {
    let temporary = path + "." + String(UInt64.random(in: .min ... .max), radix: 36) + ".partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .cannotWrite(path: path, reason: InputFile.reason(errno))
    }
    var failure: Int32?
    var rest = contents[...]
    while failure == nil, !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno != EINTR { failure = errno }
      } else {
        rest = rest.dropFirst(written)
      }
    }
    if close(descriptor) != 0, failure == nil { failure = errno }
    if failure == nil, rename(temporary, path) != 0 { failure = errno }
    guard let failure else { return }
    unlink(temporary)
    throw .cannotWrite(path: path, reason: InputFile.reason(failure))
  }

  /// Makes a folder, unless it is there.
  static func makeFolder(_ path: String) throws(TokenizerError) {
    guard mkdir(path, 0o777) != 0 else { return }
    let code = errno
    if code == EEXIST, InputFile.kind(of: path) == .folder { return }
    throw .cannotWrite(path: path, reason: InputFile.reason(code))
  }
}
