internal import FoundationEssentials
internal import Models
internal import Tensors

/// Writes a folded float model, block by block, as a folder that ``SourceModel`` opens.
///
/// What will be quantized, and norms and biases, are in single precision, so that nothing is rounded on the way;
/// tables, which stay in the output, are as wide as the checkpoint's.
struct FoldedFolder {
  let path: String
  let source: SourceModel
  /// Which file each tensor is in.
  private var files: [(name: String, file: String)] = []
  private var written: Set<String> = []
  /// The type that tables were rounded to, where that is not single precision.
  private(set) var roundedTables: String?

  init(_ path: String, from source: SourceModel) throws(PipelineError) {
    try Self.requireWritable(source.model.configuration)
    self.path = path
    self.source = source
    try Files.remove(path)
    try Files.makeFolder(path)
  }

  /// Refuses a model whose tensors are not its layers.
  static func requireWritable(_ shape: ModelConfiguration) throws(PipelineError) {
    guard shape.family != .gpt2 else {
      throw .request(
        "GPT-2's linear layers are stored turned, and queries, keys and values in one, so stages cannot be written for "
          + "it; leave the stages out")
    }
  }

  /// Writes a block.
  mutating func add(_ parts: BlockParts) throws(PipelineError) {
    let model = source.model
    var tensors: [StoredTensor] = []
    for part in [
      ModelPart.attentionNorm(block: parts.index), .feedForwardNorm(block: parts.index),
    ] {
      let norm =
        part == .attentionNorm(block: parts.index) ? parts.attentionNorm : parts.feedForwardNorm
      if norm != model.norm(part) { tensors += Self.tensors(norm, model.tensorName(of: part)) }
    }
    for role in parts.changed.sorted(by: { $0.rawValue < $1.rawValue }) {
      guard let weight = parts.weights[role] else { continue }
      let name = model.tensorName(of: LinearLayerID(block: parts.index, role: role))
      tensors.append(
        StoredTensor(
          name, shape: [weight.rows, weight.columns], weight.elements, as: .float32))
      if let bias = parts.biases[role] {
        tensors.append(
          StoredTensor(
            name.dropLast("weight".count) + "bias", shape: [bias.count], bias, as: .float32))
      }
    }
    try write(tensors, to: "block-\(parts.index).safetensors")
  }

  /// Writes what stands outside the blocks and everything that is as it was.
  ///
  /// - Parameter outside: The model with what stands outside the blocks changed.
  /// - Throws: `PipelineError`.
  mutating func finish(_ outside: Transformer) throws(PipelineError) {
    let before = source.model
    for part in ModelPart.outside {
      let name = before.tensorName(of: part)
      if let norm = outside.norm(part) {
        guard norm != before.norm(part) else { continue }
        try write(Self.tensors(norm, name), to: "\(part).safetensors")
      } else if let table = outside.table(part), isChanged(part, outside) {
        let type = tableType(part, table)
        if type != .float32 { roundedTables = type.rawValue }
        let stored = StoredTensor(
          name, shape: [table.rows, table.columns], table.elements, as: type)
        try write([stored], to: "\(part).safetensors")
      }
    }
    // One at a time in memory: a file a tensor.
    for (index, tensor) in source.checkpoint.tensors.enumerated()
    where !written.contains(tensor.name) {
      guard case .numbers(let type) = tensor.type else { continue }
      let bytes: [UInt8]
      do {
        bytes = try source.checkpoint.bytes(named: tensor.name)
      } catch {
        throw .checkpoint(error)
      }
      try write(
        [StoredTensor(tensor.name, shape: tensor.shape, type: type, bytes: bytes)],
        to: "kept-\(index).safetensors")
    }
    try writeIndex()
    var configuration = source.configuration
    configuration.remove("outlier_channels")  // no longer where they were planted
    if before.configuration.tiesEmbeddings, !outside.configuration.tiesEmbeddings {
      configuration.set("tie_word_embeddings", .flag(false))
    }
    for name in source.companions {
      try Files.copy("\(source.path)/\(name)", to: "\(path)/\(name)")
    }
    try Files.write(Array(configuration.text.utf8), to: path + "/config.json")
  }

  /// Whether a stage has changed a table: then it is no longer the checkpoint's, but floats in memory.
  private func isChanged(_ part: ModelPart, _ outside: Transformer) -> Bool {
    guard let now = outside.table(part), let before = source.model.table(part) else { return false }
    return now != before
  }

  /// Half precision for a table that has 16 bits in the checkpoint, whichever they are.
  ///
  /// Its eleven significant bits lose an eighth of what bfloat16's eight would. Single precision otherwise, and where
  /// half would overflow. A head that was tied is as wide as the embedding.
  private func tableType(_ part: ModelPart, _ table: Matrix) -> TensorType {
    for part in [part, .embedding] {
      if part == .head, source.model.configuration.tiesEmbeddings { continue }
      let name = source.model.tensorName(of: part)
      guard let tensor = source.checkpoint.tensors.first(where: { $0.name == name }),
        case .numbers(let type) = tensor.type
      else { continue }
      guard [.float16, .bfloat16].contains(type) else { return .float32 }
      let largest = table.elements.reduce(0) { max($0, abs($1)) }
      return largest < 60_000 && largest > 0x1p-8 ? .float16 : .float32
    }
    return .float32
  }

  private static func tensors(_ norm: NormalizationLayer, _ name: String) -> [StoredTensor] {
    let gain = StoredTensor(name + ".weight", shape: [norm.gain.count], norm.gain, as: .float32)
    guard let offset = norm.offset else { return [gain] }
    return [gain, StoredTensor(name + ".bias", shape: [offset.count], offset, as: .float32)]
  }

  private mutating func write(_ tensors: [StoredTensor], to file: String) throws(PipelineError) {
    guard !tensors.isEmpty else { return }
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for tensor in tensors {
      try asFileWork { () throws(SafetensorsError) in
        try writer.add(tensor.name, shape: tensor.shape, bytes: tensor.bytes, as: tensor.type)
      }
      files.append((tensor.name, file))
      written.insert(tensor.name)
    }
    try asFileWork { () throws(SafetensorsError) in
      try writer.write(to: "\(path)/\(file)", replacing: true, durable: true)
    }
  }

  private func writeIndex() throws(PipelineError) {
    let map = files.sorted { $0.name < $1.name }.map {
      (key: $0.name, json: JSONText.text($0.file))
    }
    let index = JSONText.object([("metadata", .object([])), ("weight_map", .object(map))])
    try Files.write(
      Array((index.description + "\n").utf8), to: path + "/model.safetensors.index.json")
  }
}
