/// One file of a checkpoint, its header checked and its tensors placed.
struct LoadedFile {
  let path: String
  let size: Int
  let format: CheckpointFormat
  let tensors: [PlacedTensor]
  let metadata: [String: GGUFValue]

  /// Maps a file and checks it.
  init(path: String) throws(CheckpointError) {
    try self.init(FileBytes.mapped(path), path: path)
  }

  /// Checks a file, whose format its content tells.
  init(_ file: FileBytes, path: String) throws(CheckpointError) {
    defer { withExtendedLifetime(file) {} }
    guard let format = CheckpointFormat(of: file.bytes) else {
      throw .unknownFormat(path: path, found: CheckpointFormat.guess(file.bytes))
    }
    self.path = path
    size = file.bytes.count
    self.format = format
    switch format {
    case .safetensors:
      do {
        let opened = try SafetensorsFile(file, path: path)
        tensors = opened.entries.map { opened.placed($0) }
        metadata = opened.metadata.mapValues { .string($0) }
      } catch { throw .safetensors(error) }
    case .gguf:
      do {
        let opened = try GGUFFile(file, path: path)
        tensors = opened.entries.map { opened.placed($0) }
        metadata = opened.metadata
      } catch { throw .gguf(error) }
    case .pytorch:
      do {
        let opened = try PyTorchFile(file, path: path)
        tensors = opened.tensors
        metadata = opened.metadata
      } catch { throw .pytorch(error) }
    case .llama2c:
      let header = try Llama2CHeader(file.bytes, path: path)
      tensors = try header.tensors(in: file, path: path)
      metadata = header.metadata
    }
  }
}

extension SafetensorsFile {
  /// A tensor with its place in the file.
  func placed(_ info: TensorInfo) -> PlacedTensor {
    PlacedTensor(
      name: info.name, type: .numbers(info.type), shape: info.shape, strides: nil, file: file,
      range: dataStart + info.byteRange.lowerBound..<dataStart + info.byteRange.upperBound)
  }
}

extension GGUFFile {
  /// A tensor with its place in the file.
  func placed(_ info: GGUFTensorInfo) -> PlacedTensor {
    PlacedTensor(
      name: info.name, type: info.type.plain.map { .numbers($0) } ?? .blocks(info.type),
      shape: info.shape, strides: nil, file: file, range: info.byteRange)
  }
}
