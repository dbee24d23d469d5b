internal import Glibc

extension SafetensorsWriter {
  /// Writes a checkpoint folder as Hugging Face's loaders expect it: `model.safetensors`, or where that
  /// would be too large `model-00001-of-0000N.safetensors` and the list of which tensor is where.
  ///
  /// Tensors fill the shards in the order in which they were added; one that is larger than a shard gets
  /// its own. All shards are written under temporary names before the first gets its own name, and the
  /// list comes last, so a reader that goes by the list never sees a part. Whatever would be read in the
  /// place of the new checkpoint (a file `model.safetensors` beside new shards, an old list beside a new
  /// file) counts as in the way.
  ///
  /// - Parameters:
  ///   - folder: Where the files go; it exists.
  ///   - maximumShardSize: The most bytes of tensors in a file, 1 or more.
  ///   - replacing: Whether files that are there are replaced.
  ///   - durable: Whether to wait until the disk has them, so that they outlive a power cut.
  /// - Returns: The names of the files with tensors.
  /// - Throws: `SafetensorsError.outputExists`, `SafetensorsError.cannotWrite` or
  ///   `SafetensorsError.cannotStore`; then no file of this checkpoint is left, unless it replaced one.
  @discardableResult
  public func write(
    toFolder folder: String, maximumShardSize: Int, replacing: Bool = false, durable: Bool = false
  ) throws(SafetensorsError) -> [String] {
    let shards = shards(ofAtMost: maximumShardSize)
    func path(_ name: String) -> String {
      folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
    let (single, list) = ("model.safetensors", "model.safetensors.index.json")
    let rival = path(shards.count == 1 ? list : single)
    guard replacing || access(rival, F_OK) != 0 else { throw .outputExists(path: rival) }

    var names = [single]
    if shards.count > 1 {
      guard shards.count <= ShardName.countLimit else {
        throw .cannotWrite(
          path: folder,
          reason:
            "\(shards.count) shards, at most \(ShardName.countLimit) have a name; make them larger")
      }
      let set = ShardName(prefix: "model", number: 1, count: shards.count, suffix: ".safetensors")
      names = (1...shards.count).map(set.name)
    }
    var outputs: [AtomicOutput] = []
    for (name, shard) in zip(names, shards) {
      let output = try AtomicOutput(path: path(name), replacing: replacing)
      try shard.write(to: output)
      try output.finish(durable: durable)
      outputs.append(output)
    }
    if shards.count > 1 {
      let output = try AtomicOutput(path: path(list), replacing: replacing)
      try output.write(Self.index(of: zip(names, shards)))
      try output.finish(durable: durable)
      outputs.append(output)
      // An old list must not lead into new shards while they take their names.
      if replacing { unlink(path(list)) }
    }
    try Self.commit(outputs, replacing: replacing, durable: durable)
    if replacing { unlink(rival) }
    return names
  }

  /// Gives the files their names; after a failure those that are new lose them again.
  private static func commit(
    _ outputs: [AtomicOutput], replacing: Bool, durable: Bool
  ) throws(SafetensorsError) {
    for (count, output) in outputs.enumerated() {
      do {
        try output.commit(durable: durable)
      } catch {
        if !replacing { for earlier in outputs[..<count] { unlink(earlier.path) } }
        throw error
      }
    }
  }

  /// Writers of the single shards, at least one.
  private func shards(ofAtMost limit: Int) -> [SafetensorsWriter] {
    var shards: [[StoredTensor]] = [[]]
    var size = 0
    for tensor in tensorsAsAdded {
      if size > 0, tensor.byteCount > limit - size {
        shards.append([])
        size = 0
      }
      shards[shards.count - 1].append(tensor)
      size += tensor.byteCount
    }
    return shards.map { SafetensorsWriter(metadata: metadata, tensors: $0) }
  }

  /// The list of which tensor is where, as Hugging Face's writer lays it out.
  private static func index(
    of shards: some Sequence<(String, SafetensorsWriter)>
  ) -> [UInt8] {
    var total = 0
    var lines: [(tensor: String, shard: String)] = []
    for (name, writer) in shards {
      for tensor in writer.tensorsAsAdded {
        total += tensor.byteCount
        lines.append((tensor.name, name))
      }
    }
    lines.sort { ExactName($0.tensor) < ExactName($1.tensor) }
    var json = Array("{\n  \"metadata\": {\n    \"total_size\": \(total)\n  },\n".utf8)
    json += Array("  \"weight_map\": {\n".utf8)
    for (place, line) in lines.enumerated() {
      json += Array("    ".utf8) + jsonText(line.tensor) + Array(": ".utf8) + jsonText(line.shard)
      json += Array(place + 1 == lines.count ? "\n".utf8 : ",\n".utf8)
    }
    return json + Array("  }\n}\n".utf8)
  }
}
