internal import Glibc

/// Finds the checkpoint in a folder.
///
/// The order is that of Hugging Face's loaders: safetensors before PyTorch, one file before shards;
/// then GGUF; then whatever else is a checkpoint by its content.
struct CheckpointFolder {
  /// What was found: one file, a list of shards, or shards without a list.
  enum Found: Equatable {
    case file(String)
    case index(String)
    case shards([String])
  }

  let path: String
  let names: [String]

  /// Lists a folder; nil where the path leads to something else.
  init?(path: String) throws(CheckpointError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { throw .noSuchFile(path: path) }
      throw .cannotRead(path: path, reason: errorText(code))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return nil }
    guard let folder = opendir(path) else {
      throw .cannotRead(path: path, reason: errorText(errno))
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    self.path = path
    self.names = names.sorted { ExactName($0) < ExactName($1) }
  }

  /// The path of a file in it.
  func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

  /// The checkpoint, or why there is none or more than one.
  func checkpoint() throws(CheckpointError) -> Found {
    for name in ["model.safetensors", "model.safetensors.index.json"] where names.contains(name) {
      return name.hasSuffix(".json") ? .index(name) : .file(name)
    }
    if let found = try only(ending: ".safetensors.index.json") { return .index(found[0]) }
    if let found = try only(ending: ".safetensors") { return Self.fileOrShards(found) }
    for name in ["pytorch_model.bin", "pytorch_model.bin.index.json"] where names.contains(name) {
      return name.hasSuffix(".json") ? .index(name) : .file(name)
    }
    if let found = try only(ending: ".bin.index.json") { return .index(found[0]) }
    if let found = try only(ending: ".gguf") { return Self.fileOrShards(found) }
    let others = names.filter { name in
      [".bin", ".pt", ".pth"].contains { name.hasSuffix($0) } && !Self.isOfTraining(name)
        && isCheckpoint(name)
    }
    if let found = try only(others) { return Self.fileOrShards(found) }
    throw .emptyFolder(path: path)
  }

  private static func fileOrShards(_ names: [String]) -> Found {
    names.count == 1 ? .file(names[0]) : .shards(names)
  }

  /// What a training run leaves beside the weights.
  private static func isOfTraining(_ name: String) -> Bool {
    ["training_args.", "optimizer.", "scheduler.", "scaler.", "rng_state"].contains {
      name.hasPrefix($0)
    }
  }

  private func isCheckpoint(_ name: String) -> Bool {
    guard let file = try? FileBytes(path: path(of: name)) else { return false }
    return file.withBytes { CheckpointFormat(of: $0) } != nil
  }

  private func only(ending: String) throws(CheckpointError) -> [String]? {
    try only(names.filter { $0.hasSuffix(ending) })
  }

  /// One name, or the names of one complete set of shards; nil where there is none at all.
  private func only(_ found: [String]) throws(CheckpointError) -> [String]? {
    guard let first = found.first else { return nil }
    guard let set = ShardName(first) else {
      if found.count == 1 { return found }
      throw .severalCheckpoints(path: path, names: found)
    }
    guard found.allSatisfy({ ShardName($0)?.isBeside(set) == true }) else {
      throw .severalCheckpoints(path: path, names: found)
    }
    guard found.count == set.count else {
      let missing = (1...set.count).lazy.map(set.name).first { !found.contains($0) }
      throw .missingShard(path: path, shard: missing ?? first, tensor: nil)
    }
    return found
  }
}

/// The name of one file of several: `model-00002-of-00005.safetensors`.
struct ShardName: Equatable {
  /// The most files of a checkpoint.
  static let countLimit = 99_999

  let prefix: String
  let number: Int
  let count: Int
  /// With its dot.
  let suffix: String

  init(prefix: String, number: Int, count: Int, suffix: String) {
    self.prefix = prefix
    self.number = number
    self.count = count
    self.suffix = suffix
  }

  /// Takes a name apart; nil where it is no such name.
  init?(_ name: String) {
    let letters = Array(name.utf8)
    guard let dot = letters.lastIndex(of: 0x2E), dot > 15 else { return nil }
    // prefix-00001-of-00002
    let tail = letters[dot - 15..<dot]
    let digits = [Array(tail.dropFirst(1).prefix(5)), Array(tail.suffix(5))]
    guard tail.first == 0x2D, tail.dropFirst(6).prefix(4).elementsEqual("-of-".utf8),
      let number = Int(String(decoding: digits[0], as: UTF8.self)),
      let count = Int(String(decoding: digits[1], as: UTF8.self)), number >= 1, number <= count
    else { return nil }
    self.init(
      prefix: String(decoding: letters[..<(dot - 15)], as: UTF8.self), number: number, count: count,
      suffix: String(decoding: letters[dot...], as: UTF8.self))
    guard self.name(number) == name else { return nil }  // "+0001" is a number too
  }

  /// The name of a file of the set.
  func name(_ number: Int) -> String {
    func five(_ number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
    return "\(prefix)-\(five(number))-of-\(five(count))\(suffix)"
  }

  /// Whether two names are of one set.
  func isBeside(_ other: ShardName) -> Bool {
    prefix == other.prefix && count == other.count && suffix == other.suffix
  }
}
