internal import Tensors

extension Transformer {
  /// Opens a model: a folder with a `config.json` and a checkpoint beside it, a GGUF or a llama2.c file.
  ///
  /// The checkpoint may be safetensors or PyTorch, in one file or in shards. It is mapped, so that
  /// opening takes no longer for a large one.
  ///
  /// - Parameters:
  ///   - path: The folder, or the file.
  ///   - keepsBlocks: Whether weights that a GGUF file stores in blocks stay so, a ``PackedBlockLinear``
  ///     each; otherwise they are decoded into single precision, four to sixteen times the memory.
  /// - Throws: `ModelError`, which says what is missing or wrong, and where.
  public init(path: String, keepsBlocks: Bool = true) throws(ModelError) {
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(path: path)
    } catch {
      throw ModelError(error)
    }
    try self.init(checkpoint: checkpoint, at: path, keepsBlocks: keepsBlocks)
  }

  /// Builds the model of a checkpoint that is open.
  init(checkpoint: Checkpoint, at path: String, keepsBlocks: Bool = true) throws(ModelError) {
    switch checkpoint.format {
    case .llama2c: try self.init(ModelConfiguration(llama2C: checkpoint), from: checkpoint)
    case .gguf where keepsBlocks:
      try self.init(ModelConfiguration(gguf: checkpoint), from: checkpoint)
    case .gguf:
      try self.init(
        ModelConfiguration(gguf: checkpoint), from: DecodedTensors(checkpoint: checkpoint))
    default:
      // A file stands beside its configuration.
      let isFolder = checkpoint.files.first != path && !path.hasSuffix(".json")
      let folder =
        isFolder ? path : path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
      try self.init(
        ModelConfiguration(path: folder + "/config.json"), from: checkpoint)
    }
  }
}
