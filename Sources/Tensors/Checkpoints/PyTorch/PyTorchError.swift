/// Why a file of PyTorch could not be read.
public enum PyTorchError: Error, Equatable, Sendable {
  /// The zip archive breaks a rule of its format.
  case malformedArchive(path: String, offset: Int, reason: String)
  /// The archive has no part that this reader needs.
  case missingPart(path: String, part: String)
  /// A part is compressed or encrypted.
  case packed(path: String, part: String, how: String)
  /// The pickle names something other than tensors: code.
  case code(path: String, part: String, offset: Int, name: String)
  /// The pickle breaks a rule of its format, or a limit of this reader.
  case malformedPickle(path: String, part: String, offset: Int, reason: String)
  /// The file is for another kind of machine.
  case byteOrder(path: String, found: String)
  /// A tensor does not fit the bytes it is said to lie in.
  case malformedTensor(path: String, name: String, reason: String)
}

extension PyTorchError: CustomStringConvertible {
  /// The file, the place, what is wrong, what was expected, and what to do.
  public var description: String {
    switch self {
    case .malformedArchive(let path, let offset, let reason):
      "\(path): not a valid PyTorch file: byte \(offset) of its zip archive: \(reason)"
    case .missingPart(let path, let part):
      "\(path): a zip archive without \(part), so not what torch.save writes"
    case .packed(let path, let part, let how):
      "\(path): \(quotedName(part)) is \(how), and torch.save stores its parts as they are; load the "
        + "file in PyTorch and save it again"
    case .code(let path, let part, let offset, let name):
      "\(path): contains code: \(quotedName(name)) at byte \(offset) of \(part); refused: only tensors "
        + "in dictionaries and lists are read, and nothing is run; if you trust the file, load it in "
        + "PyTorch and save its state_dict()"
    case .malformedPickle(let path, let part, let offset, let reason):
      "\(path): not a valid PyTorch file: byte \(offset) of \(part): \(reason)"
    case .byteOrder(let path, let found):
      "\(path): its numbers are stored \(quotedName(found))-endian; little-endian ones are read: save "
        + "it again on a little-endian machine"
    case .malformedTensor(let path, let name, let reason):
      "\(path): not a valid PyTorch file: tensor \(quotedName(name)): \(reason)"
    }
  }
}
