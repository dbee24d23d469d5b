/// Why a checkpoint could not be read.
public enum CheckpointError: Error, Equatable, Sendable {
  /// There is no file or folder at the path.
  case noSuchFile(path: String)
  /// The file or folder is there but cannot be opened or mapped.
  case cannotRead(path: String, reason: String)
  /// A folder without any file that is a checkpoint.
  case emptyFolder(path: String)
  /// A folder with more than one checkpoint and nothing that says which is meant.
  case severalCheckpoints(path: String, names: [String])
  /// The file is of no format that is read.
  case unknownFormat(path: String, found: String)
  /// A file that lists shards is not JSON of the right form.
  case malformedIndex(path: String, offset: Int, reason: String)
  /// A shard is not there.
  case missingShard(path: String, shard: String, tensor: String?)
  /// A shard does not hold a tensor that the list of shards promises.
  case missingFromShard(path: String, shard: String, tensor: String, nearest: [String])
  /// Two shards hold a tensor of one name, or two formats make up one checkpoint.
  case shardsDisagree(path: String, shard: String, reason: String)
  /// A llama2.c file breaks a rule of its format.
  case malformedLlama2C(path: String, reason: String)
  /// No tensor has the name; `nearest` are present names that resemble it.
  case noSuchTensor(path: String, name: String, nearest: [String], count: Int)
  /// A tensor in blocks, or of a type without a meaning as a number, asked for as numbers.
  case notNumbers(path: String, name: String, type: StoredType)
  /// What is wrong with a safetensors file.
  case safetensors(SafetensorsError)
  /// What is wrong with a GGUF file.
  case gguf(GGUFError)
  /// What is wrong with a PyTorch file.
  case pytorch(PyTorchError)

  /// Whether something is not there, as opposed to being something else than expected.
  public var isMissingInput: Bool {
    switch self {
    case .noSuchFile, .cannotRead, .emptyFolder, .missingShard: true
    case .safetensors(let error): error.kind == .noSuchInput
    case .gguf(let error): error.isMissingInput
    default: false
    }
  }
}

extension CheckpointError: CustomStringConvertible {
  /// The file, the tensor, what is wrong, what was expected, and what to do.
  public var description: String {
    switch self {
    case .noSuchFile(let path): "\(path): no such file or folder"
    case .cannotRead(let path, let reason): "\(path): cannot be read: \(reason)"
    case .emptyFolder(let path):
      "\(path): no checkpoint in this folder; expected are .safetensors, .gguf, or PyTorch's or "
        + "llama2.c's .bin, .pt or .pth"
    case .severalCheckpoints(let path, let names):
      "\(path): holds \(names.count) checkpoints (\(listed(names))); give the path of one of them"
    case .unknownFormat(let path, let found):
      "\(path): no checkpoint of a known format: \(found); read are safetensors, PyTorch, GGUF and "
        + "llama2.c"
    case .malformedIndex(let path, let offset, let reason):
      "\(path): not a valid list of shards: byte \(offset): \(reason)"
    case .missingShard(let path, let shard, let tensor):
      "\(path): the shard \(quotedName(shard)) is not there"
        + (tensor.map { "; it holds \(quotedName($0)) among others" } ?? "")
        + ": copy it beside the others"
    case .missingFromShard(let path, let shard, let tensor, let nearest):
      "\(path): promises tensor \(quotedName(tensor)) in \(quotedName(shard)), which has none of this "
        + "name"
        + (nearest.isEmpty
          ? "" : "; the nearest there: " + nearest.map(quotedName).joined(separator: ", "))
        + ": the files are not of one checkpoint, copy all of them again"
    case .shardsDisagree(let path, let shard, let reason):
      "\(path): the shard \(quotedName(shard)) \(reason): the files are not of one checkpoint"
    case .malformedLlama2C(let path, let reason):
      "\(path): not a valid llama2.c file: \(reason)"
    case .noSuchTensor(let path, let name, let nearest, let count):
      "\(path): no tensor \(quotedName(name)); "
        + (count == 0
          ? "the checkpoint has no tensors"
          : nearest.isEmpty
            ? "none of its \(count) tensors has a name like it"
            : "the nearest of its \(count) names: "
              + nearest.map(quotedName).joined(separator: ", "))
    case .notNumbers(let path, let name, let type):
      switch type {
      case .blocks(let type):
        "\(path): tensor \(quotedName(name)) is stored in \(type.name) blocks; decode it with that "
          + "format"
      case .numbers(let type):
        "\(path): tensor \(quotedName(name)) holds \(type.rawValue), which cannot be read as "
          + "single-precision numbers"
      }
    case .safetensors(let error): "\(error)"
    case .gguf(let error): "\(error)"
    case .pytorch(let error): "\(error)"
    }
  }

  private func listed(_ names: [String]) -> String {
    names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
  }
}

extension FileBytes {
  /// Maps a file, saying in a checkpoint's words why that cannot be done.
  static func mapped(_ path: String) throws(CheckpointError) -> FileBytes {
    do {
      return try FileBytes(path: path)
    } catch {
      switch error {
      case .noSuchFile: throw .noSuchFile(path: path)
      case .notARegularFile: throw .cannotRead(path: path, reason: "it is not a file")
      case .cannotRead(_, let reason): throw .cannotRead(path: path, reason: reason)
      default: throw .safetensors(error)
      }
    }
  }
}
