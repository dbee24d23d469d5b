internal import Glibc

/// Writes records to the file the judge named, each whole or not at all.
///
/// The descriptor is this process's own, apart from standard output, which belongs to the step. A
/// program that runs without a judge (no `NIBBLE_RECORDS`) writes nothing.
struct RecordWriter {
  let descriptor: Int32

  init(path: String?) {
    guard let path else {
      descriptor = -1
      return
    }
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
  }

  func write(_ record: StepRecord) {
    guard descriptor >= 0 else { return }
    record.line().withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let written = Glibc.write(descriptor, part.baseAddress, part.count)
        if written > 0 {
          rest = rest.dropFirst(written)
        } else if errno != EINTR {
          return
        }
      }
    }
  }
}
