internal import Tensors

extension Transformer {
  /// Opens a model: a folder with a `config.json` and a checkpoint beside it, a GGUF or a llama2.c file.
  ///
  /// The checkpoint may be safetensors or PyTorch, in one file or in shards. It is mapped, so that
  /// opening takes no longer for a large one.
  ///
  /// - Parameters:
  ///   - path: The folder, or the file.
  ///   - keepsBlocks: Whether weights that are stored as codes stay so, a ``PackedBlockLinear`` of a GGUF
  ///     file's blocks each, a ``PackedGroupLinear`` of GPTQ's or compressed-tensors' groups; otherwise they
  ///     are decoded into single precision, four to sixteen times the memory.
  ///   - withoutOutliers: Whether planted outlier channels are taken back, as the course's own models
  ///     have them: the twin computes the same.
  /// - Throws: `ModelError`, which says what is missing or wrong, and where.
  public init(
    path: String, keepsBlocks: Bool = true, withoutOutliers: Bool = false
  ) throws(ModelError) {
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(path: path)
    } catch {
      throw ModelError(error)
    }
    try self.init(
      checkpoint: checkpoint, at: path, keepsBlocks: keepsBlocks, withoutOutliers: withoutOutliers)
  }

  /// Builds the model of a checkpoint that is open.
  init(
    checkpoint: Checkpoint, at path: String, keepsBlocks: Bool = true, withoutOutliers: Bool = false
  ) throws(ModelError) {
    switch checkpoint.format {
    case .llama2c where withoutOutliers, .gguf where withoutOutliers:
      throw .nothingPlanted(path: path)
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
      let configPath = folder + "/config.json"
      let configuration = try ModelConfiguration(path: configPath)
      let source: any TensorSource
      if let storage = try QuantizedStorage(path: configPath) {
        source = try QuantizedCheckpoint(checkpoint, storage, keepsCodes: keepsBlocks)
      } else {
        source = checkpoint
      }
      guard withoutOutliers else {
        try self.init(configuration, from: source)
        return
      }
      try self.init(
        configuration,
        from: OutlierFreeSource(source, configuration: configuration, describedIn: configPath))
    }
  }
}
