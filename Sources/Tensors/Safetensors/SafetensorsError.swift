/// Why a safetensors file could not be read or written.
public enum SafetensorsError: Error, Equatable, Sendable {
  /// What kind of failure it is, for a program's exit status.
  public enum Kind: Sendable, Hashable {
    /// There is no such file, or it may not be read: 66 in `sysexits.h`.
    case noSuchInput
    /// The file, or a tensor in it, is not what was expected: 65.
    case badData
    /// The output could not be written: 73.
    case cannotWrite
  }

  /// There is no file at the path.
  case noSuchFile(path: String)
  /// The file is there but cannot be opened or mapped.
  case cannotRead(path: String, reason: String)
  /// The path leads to a folder, a pipe or a device.
  case notARegularFile(path: String)
  /// The file breaks a rule of the format as a whole.
  case malformedFile(path: String, problem: FileProblem)
  /// The header of the file is not JSON of the right form.
  case malformedHeader(path: String, offset: Int, reason: String)
  /// The header's entry for one tensor breaks a rule.
  case malformedTensor(path: String, name: String, problem: TensorProblem)
  /// No tensor has the name; `nearest` are present names that resemble it.
  case noSuchTensor(path: String, name: String, nearest: [String], count: Int)
  /// The tensor's elements cannot be read in the way that was asked for.
  case unreadableType(path: String, name: String, type: TensorType, wanted: String)
  /// A whole number in the tensor does not fit what was asked for.
  case integerTooLarge(path: String, name: String, index: Int, value: UInt64)
  /// A file is in the way and replacing it was not allowed.
  case outputExists(path: String)
  /// The output could not be written.
  case cannotWrite(path: String, reason: String)
  /// A tensor that cannot be stored was given to the writer.
  case cannotStore(name: String, reason: String)

  /// A rule about the whole file.
  public enum FileProblem: Equatable, Sendable {
    /// Fewer than the eight bytes that hold the header's length.
    case tooShort(size: Int)
    /// The header's length is beyond what the format allows.
    case headerTooLong(length: UInt64, limit: Int)
    /// The header reaches past the end of the file.
    case headerPastEnd(length: Int, size: Int)
    /// The header does not begin with a brace.
    case headerDoesNotStartWithBrace(firstByte: UInt8?)
    /// Bytes of the data belong to no tensor.
    case hole(from: Int, to: Int, next: String?)
    /// The tensors' bytes reach past the end of the file.
    case truncated(tensor: String, needed: Int, available: Int)
  }

  /// A rule about one tensor's entry.
  public enum TensorProblem: Equatable, Sendable {
    /// The element type's name is unknown.
    case unknownType(String)
    /// A part of the entry is not there.
    case missing(String)
    /// The begin lies after the end.
    case reversedOffsets(begin: Int, end: Int)
    /// The number of bytes overflows, or its bits do not fill whole bytes.
    case impossibleSize(shape: [Int], type: TensorType)
    /// The byte range does not hold what shape and type say.
    case sizeMismatch(shape: [Int], type: TensorType, expected: Int, found: Int)
    /// Some bytes belong to another tensor too.
    case overlap(other: String, begin: Int, otherEnd: Int)
  }

  /// What kind of failure this is, for a program's exit status.
  public var kind: Kind {
    switch self {
    case .noSuchFile, .cannotRead, .notARegularFile: .noSuchInput
    case .malformedFile, .malformedHeader, .malformedTensor, .noSuchTensor, .unreadableType,
      .integerTooLarge:
      .badData
    case .outputExists, .cannotWrite, .cannotStore: .cannotWrite
    }
  }
}
