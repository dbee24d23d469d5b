internal import Tensors

extension Transformer {
  /// Opens a model: a folder with a `config.json` and a checkpoint beside it, a GGUF or a llama2.c file.
  ///
  /// The checkpoint may be safetensors or PyTorch, in one file or in shards. It is mapped, so that
  /// opening takes no longer for a large one.
  ///
  /// - Parameter path: The folder, or the file.
  /// - Throws: `ModelError`, which says what is missing or wrong, and where.
  public init(path: String) throws(ModelError) {
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(path: path)
    } catch {
      throw ModelError(error)
    }
    try self.init(checkpoint: checkpoint, at: path)
  }

  /// Builds the model of a checkpoint that is open.
  init(checkpoint: Checkpoint, at path: String) throws(ModelError) {
    switch checkpoint.format {
    case .llama2c: try self.init(ModelConfiguration(llama2C: checkpoint), from: checkpoint)
    case .gguf: try self.init(ModelConfiguration(gguf: checkpoint), from: checkpoint)
    default:
      // A file stands beside its configuration.
      let isFolder = checkpoint.files.first != path && !path.hasSuffix(".json")
      let folder =
        isFolder ? path : path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
      let configuration = try ModelConfiguration(path: folder + "/config.json")
      if let storage = try QuantizedStorage(path: folder + "/config.json") {
        try self.init(configuration, from: QuantizedCheckpoint(checkpoint, storage))
      } else {
        try self.init(configuration, from: checkpoint)
      }
    }
  }
}
