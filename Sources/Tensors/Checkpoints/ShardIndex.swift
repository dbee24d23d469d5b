/// Which file of a checkpoint holds which tensor, from `model.safetensors.index.json` or
/// `pytorch_model.bin.index.json`.
///
/// Only `weight_map` is used. `metadata.total_size` is not compared with the files: writers disagree on
/// whether a tensor that is stored once and used twice counts once.
struct ShardIndex {
  /// The longest list that is read.
  static let byteLimit = 100_000_000

  /// Tensor and file, by the tensors' names in the order of their bytes.
  let entries: [(tensor: String, shard: String)]

  /// The files, each once, by name.
  var shards: [String] { Set(entries.map { ExactName($0.shard) }).sorted().map(\.text) }

  init(_ file: FileBytes, path: String) throws(CheckpointError) {
    self = try file.withBytes { (bytes) throws(CheckpointError) in
      try ShardIndex(bytes, path: path)
    }
  }

  private init(_ bytes: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
    guard bytes.count <= Self.byteLimit else {
      throw .malformedIndex(
        path: path, offset: Self.byteLimit, reason: "the list is longer than is read")
    }
    var map: [ExactName: String]?
    var scanner = JSONScanner(bytes)
    do throws(JSONScanner.Failure) {
      try scanner.takeObject { (scanner, key) throws(JSONScanner.Failure) in
        guard key == "weight_map" else { return try scanner.skipValue() }
        guard map == nil else { throw scanner.failure("weight_map stands twice") }
        map = try Self.takeMap(from: &scanner)
      }
      try scanner.takeEnd()
    } catch {
      throw .malformedIndex(path: path, offset: error.offset, reason: error.reason)
    }
    guard let map, !map.isEmpty else {
      throw .malformedIndex(
        path: path, offset: bytes.count, reason: "no weight_map, which gives each tensor its file")
    }
    entries = map.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
  }

  private static func takeMap(
    from scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) -> [ExactName: String] {
    var map: [ExactName: String] = [:]
    try scanner.takeObject { (scanner, tensor) throws(JSONScanner.Failure) in
      let shard = try scanner.takeString()
      // A shard lies beside the list: no path leads out of the folder.
      guard !shard.isEmpty, shard != ".", shard != "..", shard.utf8.count <= 255,
        !shard.utf8.contains(where: { $0 == 0x2F || $0 == 0 })
      else {
        throw scanner.failure("\(quotedName(shard)) is not the name of a file beside the list")
      }
      guard map.updateValue(shard, forKey: ExactName(tensor)) == nil else {
        throw scanner.failure("the tensor \(quotedName(tensor)) stands twice")
      }
    }
    return map
  }

  /// Whether a file begins as a list of shards does: JSON, and no safetensors file, whose first byte
  /// would be the header's length.
  static func isLikely(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !SafetensorsHeader.isLikely(bytes) else { return false }
    var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: bytes.prefix(64)))
    return scanner.takes("{") && (scanner.peek() == UInt8(ascii: "\""))
  }
}
