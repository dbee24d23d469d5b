/// The tensors of a checkpoint, whatever its format and however many files it has.
///
/// A file or a folder: safetensors, PyTorch, GGUF or llama2.c, told apart by content and not by name;
/// shards, with or without the list that says which holds what. Opening maps the files and checks every
/// name, type, shape, offset and length; a tensor's bytes come from the disk when they are first
/// touched. Nothing in a file is run.
///
/// Names are those of the files. Keys of nested dictionaries in a PyTorch file are joined by dots; a
/// llama2.c file has no names and gets those of llama2.c's `model.py`.
public final class Checkpoint: Sendable {
  /// The path it was opened at.
  public let path: String
  /// The format of its files.
  public let format: CheckpointFormat
  /// Its files, in the order of their names.
  public let files: [String]
  /// The size of each file in bytes.
  public let fileSizes: [Int]
  /// What the files say beside their tensors; in a PyTorch file, plain values by their keys.
  public let metadata: [String: GGUFValue]
  /// The tensors, file after file, in the order of each.
  public let tensors: [CheckpointTensor]
  /// Tensors that a shard holds and the list of shards does not name: left out, as loaders do.
  public let unlisted: [String]

  private let placed: [PlacedTensor]
  private let places: [ExactName: Int]

  /// Opens a file, a list of shards, or the checkpoint in a folder.
  ///
  /// - Parameter path: Where it is.
  /// - Throws: `CheckpointError`; its ``CheckpointError/isMissingInput`` tells what is not there from
  ///   what is malformed.
  public convenience init(path: String) throws(CheckpointError) {
    guard let folder = try CheckpointFolder(path: path) else {
      let file = try FileBytes.mapped(path)
      if file.withBytes(ShardIndex.isLikely) {
        try self.init(ShardIndex(file, path: path), at: path, path: path)
      } else {
        try self.init([LoadedFile(file, path: path)], path: path)
      }
      return
    }
    switch try folder.checkpoint() {
    case .file(let name):
      try self.init([LoadedFile(path: folder.path(of: name))], path: path)
    case .index(let name):
      let list = folder.path(of: name)
      try self.init(ShardIndex(FileBytes.mapped(list), path: list), at: list, path: path)
    case .shards(let names):
      var files: [LoadedFile] = []
      for name in names { files.append(try LoadedFile(path: folder.path(of: name))) }
      try self.init(files, path: path)
    }
  }

  /// Checks the bytes of a file that is in memory already.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - path: What to call it in messages.
  /// - Throws: `CheckpointError`.
  public convenience init(bytes: [UInt8], path: String = "memory") throws(CheckpointError) {
    try self.init([LoadedFile(FileBytes(bytes), path: path)], path: path)
  }

  /// The shards of a list, each tensor from the one that the list names.
  private convenience init(
    _ index: ShardIndex, at list: String, path: String
  ) throws(CheckpointError) {
    let folder = list.lastIndex(of: "/").map { String(list[...$0]) } ?? ""
    var files: [LoadedFile] = []
    for shard in index.shards {
      do {
        files.append(try LoadedFile(path: folder + shard))
      } catch {
        guard case .noSuchFile = error else { throw error }
        throw .missingShard(
          path: list, shard: shard, tensor: index.entries.first { $0.shard == shard }?.tensor)
      }
    }
    var listed: [ExactName: String] = [:]
    for entry in index.entries { listed[ExactName(entry.tensor)] = entry.shard }
    for (file, shard) in zip(files, index.shards) {
      let there = Set(file.tensors.map { ExactName($0.name) })
      for entry in index.entries
      where entry.shard == shard && !there.contains(ExactName(entry.tensor)) {
        throw .missingFromShard(
          path: list, shard: shard, tensor: entry.tensor,
          nearest: nearestNames(to: entry.tensor, among: file.tensors.map(\.name)))
      }
    }
    try self.init(files, path: path) { name, file in
      listed[ExactName(name)].map { folder + $0 == file } ?? false
    }
  }

  /// Puts files together.
  private init(
    _ loaded: [LoadedFile], path: String,
    isListed: (_ name: String, _ file: String) -> Bool = { _, _ in true }
  ) throws(CheckpointError) {
    self.path = path
    format = loaded.first?.format ?? .safetensors
    files = loaded.map(\.path)
    var placed: [PlacedTensor] = []
    var tensors: [CheckpointTensor] = []
    var unlisted: [String] = []
    var places: [ExactName: Int] = [:]
    var sizes: [Int] = []
    var metadata: [String: GGUFValue] = [:]
    for (number, file) in loaded.enumerated() {
      guard file.format == format else {
        throw .shardsDisagree(
          path: path, shard: file.path,
          reason: "is a \(file.format.rawValue) file and others are \(format.rawValue)")
      }
      sizes.append(file.size)
      metadata.merge(file.metadata) { first, _ in first }
      for tensor in file.tensors {
        guard isListed(tensor.name, file.path) else {
          unlisted.append(tensor.name)
          continue
        }
        guard places.updateValue(placed.count, forKey: ExactName(tensor.name)) == nil else {
          throw .shardsDisagree(
            path: path, shard: file.path,
            reason: "holds tensor \(quotedName(tensor.name)), which another holds too")
        }
        placed.append(tensor)
        tensors.append(tensor.described(fileIndex: number))
      }
    }
    fileSizes = sizes
    self.placed = placed
    self.tensors = tensors
    self.places = places
    self.unlisted = unlisted
    self.metadata = metadata
  }

  /// The tensors' names, file after file.
  public var names: [String] { tensors.map(\.name) }

  /// Whether there is a tensor of a name.
  ///
  /// - Parameter name: The name, compared byte for byte.
  /// - Returns: Whether one is there.
  public func contains(_ name: String) -> Bool { places[ExactName(name)] != nil }

  /// What the checkpoint says of a tensor.
  ///
  /// - Parameter name: The tensor's name, compared byte for byte.
  /// - Returns: Its type and shape.
  /// - Throws: `CheckpointError.noSuchTensor`, which names those that come nearest.
  public func info(named name: String) throws(CheckpointError) -> CheckpointTensor {
    tensors[try place(of: name)]
  }

  /// A tensor with its place.
  func placedTensor(named name: String) throws(CheckpointError) -> PlacedTensor {
    placed[try place(of: name)]
  }

  private func place(of name: String) throws(CheckpointError) -> Int {
    guard let place = places[ExactName(name)] else {
      throw .noSuchTensor(
        path: path, name: name, nearest: nearestNames(to: name, among: names),
        count: tensors.count)
    }
    return place
  }
}
