internal import Tensors

/// Writes the folder of a quantized model: weights in one file or in shards, configuration, tokenizer.
struct ModelFolderWriter {
  let source: SourceModel
  /// Where the quantized blocks are kept.
  let blocks: [SafetensorsFile]
  /// The weights that the blocks stand for, which the output does not have.
  let replaced: Set<String>
  /// The most bytes of tensors in one file: that much is in memory while it is written.
  let shardSize: Int

  /// A tensor that is to be written, and where it is now.
  private struct Entry {
    let name: String
    let shape: [Int]
    let type: TensorType
    let byteCount: Int
    /// Which of the blocks; nil for the source's own.
    let block: Int?
  }

  /// Writes everything but the configuration.
  ///
  /// - Parameter folder: An empty folder.
  /// - Throws: `PipelineError`.
  func write(to folder: String) throws(PipelineError) {
    let shards = shards(try entries())
    for (number, shard) in shards.enumerated() {
      var writer = SafetensorsWriter(metadata: ["format": "pt"])
      for entry in shard {
        let bytes = try bytes(of: entry)
        try asFileWork { () throws(SafetensorsError) in
          try writer.add(entry.name, shape: entry.shape, bytes: bytes, as: entry.type)
        }
      }
      let path = "\(folder)/\(Self.name(number, of: shards.count))"
      try asFileWork { () throws(SafetensorsError) in
        try writer.write(to: path, replacing: true, durable: true)
      }
    }
    if shards.count > 1 {
      try Files.write(Array(index(shards).utf8), to: "\(folder)/model.safetensors.index.json")
    }
    for name in source.companions {
      try Files.copy("\(source.path)/\(name)", to: "\(folder)/\(name)")
    }
  }

  /// The source's tensors that stay, then the blocks'.
  private func entries() throws(PipelineError) -> [Entry] {
    var entries: [Entry] = []
    var taken = replaced
    for block in blocks { taken.formUnion(block.names) }
    for tensor in source.checkpoint.tensors where !taken.contains(tensor.name) {
      guard case .numbers(let type) = tensor.type else {
        throw .source(
          path: source.path,
          reason:
            "\(tensor.name) is stored in blocks of \(tensor.type.name), which safetensors files have no type for; "
            + "quantize the model that this one was made of")
      }
      entries.append(
        Entry(
          name: tensor.name, shape: tensor.shape, type: type, byteCount: tensor.byteCount,
          block: nil)
      )
    }
    for (index, block) in blocks.enumerated() {
      for info in block.entries {
        entries.append(
          Entry(
            name: info.name, shape: info.shape, type: info.type, byteCount: info.byteRange.count,
            block: index))
      }
    }
    return entries
  }

  private func bytes(of entry: Entry) throws(PipelineError) -> [UInt8] {
    if let block = entry.block {
      return try asFileWork { () throws(SafetensorsError) in
        try blocks[block].withBytes(named: entry.name) { Array($0) }
      }
    }
    do {
      return try source.checkpoint.bytes(named: entry.name)
    } catch {
      throw .checkpoint(error)
    }
  }

  /// Fills files one after the other; a tensor larger than a file has its own.
  private func shards(_ entries: [Entry]) -> [[Entry]] {
    var shards: [[Entry]] = [[]]
    var size = 0
    for entry in entries {
      if size > 0, entry.byteCount > shardSize - size {
        shards.append([])
        size = 0
      }
      shards[shards.count - 1].append(entry)
      size += entry.byteCount
    }
    return shards
  }

  private static func name(_ number: Int, of count: Int) -> String {
    func five(_ number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
    return count == 1
      ? "model.safetensors" : "model-\(five(number + 1))-of-\(five(count)).safetensors"
  }

  /// Which tensor is in which file, as loaders want it.
  private func index(_ shards: [[Entry]]) -> String {
    var map: [(key: String, json: JSONText)] = []
    var total = 0
    for (number, shard) in shards.enumerated() {
      for entry in shard {
        total += entry.byteCount
        map.append((entry.name, .text(Self.name(number, of: shards.count))))
      }
    }
    map.sort { $0.key < $1.key }
    return JSONText.object([
      ("metadata", .object([("total_size", .whole(total))])), ("weight_map", .object(map)),
    ]).description + "\n"
  }
}
