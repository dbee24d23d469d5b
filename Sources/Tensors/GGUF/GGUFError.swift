/// Why a GGUF file could not be read.
public enum GGUFError: Error, Equatable, Sendable {
  /// There is no file at the path.
  case noSuchFile(path: String)
  /// The file is there but cannot be opened or mapped.
  case cannotRead(path: String, reason: String)
  /// The first four bytes are not "GGUF".
  case notGGUF(path: String)
  /// A version this reader does not know.
  case version(path: String, found: UInt32)
  /// The file ends inside something.
  case truncated(path: String, offset: Int, what: String, needed: UInt64, available: Int)
  /// Something in the header breaks a rule of the format.
  case malformed(path: String, offset: Int, what: String, reason: String)
  /// No tensor has the name.
  case noSuchTensor(path: String, name: String, nearest: [String], count: Int)
  /// A tensor in blocks, read as plain numbers.
  case notPlainNumbers(path: String, name: String, type: String)
  /// A file is in the way and replacing it was not allowed.
  case outputExists(path: String)
  /// The output could not be written.
  case cannotWrite(path: String, reason: String)
  /// A key or a tensor that cannot be stored was given to the writer.
  case cannotStore(name: String, reason: String)

  /// Whether the file is not there, as opposed to being something else than expected.
  public var isMissingInput: Bool {
    switch self {
    case .noSuchFile, .cannotRead: true
    default: false
    }
  }

  /// Whether the failure is one of writing.
  public var isOutputRefused: Bool {
    switch self {
    case .outputExists, .cannotWrite, .cannotStore: true
    default: false
    }
  }

  /// A failure of writing, in this format's words.
  init(writing error: SafetensorsError, path: String) {
    switch error {
    case .outputExists(let path): self = .outputExists(path: path)
    case .cannotWrite(let path, let reason): self = .cannotWrite(path: path, reason: reason)
    default: self = .cannotWrite(path: path, reason: "\(error)")
    }
  }
}

extension GGUFError: CustomStringConvertible {
  /// The file, the place, what is wrong, what was expected, and what to do.
  public var description: String {
    switch self {
    case .noSuchFile(let path): "\(path): no such file"
    case .cannotRead(let path, let reason): "\(path): cannot be read: \(reason)"
    case .notGGUF(let path):
      "\(path): not a GGUF file: it does not begin with the letters GGUF; it is another format, or "
        + "damaged"
    case .version(let path, let found) where found.byteSwapped == 2 || found.byteSwapped == 3:
      "\(path): a big-endian GGUF file; little-endian ones are read: convert it with "
        + "gguf_convert_endian.py of the gguf package"
    case .version(let path, let found):
      "\(path): GGUF version \(found); versions 2 and 3, little-endian, are read: convert the file "
        + "again"
    case .truncated(let path, let offset, let what, let needed, let available):
      "\(path): not a valid GGUF file: \(what) at byte \(offset) needs \(needed) bytes, only "
        + "\(available) are left; copy the file again"
    case .malformed(let path, let offset, let what, let reason):
      "\(path): not a valid GGUF file: \(what) at byte \(offset): \(reason)"
    case .noSuchTensor(let path, let name, let nearest, let count):
      "\(path): no tensor \(quotedName(name)); "
        + (count == 0
          ? "the file has no tensors"
          : nearest.isEmpty
            ? "none of its \(count) tensors has a name like it"
            : "the nearest of its \(count) names: "
              + nearest.map(quotedName).joined(separator: ", "))
    case .notPlainNumbers(let path, let name, let type):
      "\(path): tensor \(quotedName(name)) is stored in \(type) blocks; decode it with that format"
    case .outputExists(let path):
      "\(path): exists already; name another output, or allow it to be replaced"
    case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
    case .cannotStore(let name, let reason): "\(quotedName(name)) cannot be stored: \(reason)"
    }
  }
}
