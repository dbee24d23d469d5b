/// The tensors of what `torch.save` wrote, each placed in the mapped file.
///
/// Two layouts: since PyTorch 1.6 a zip archive with one pickle, which describes the tensors, and a part
/// for each storage; before, pickles in a row and the storages behind them (``LegacyPyTorch``).
struct PyTorchFile {
  let tensors: [PlacedTensor]
  let metadata: [String: GGUFValue]

  init(_ file: FileBytes, path: String) throws(PyTorchError) {
    defer { withExtendedLifetime(file) {} }
    let source =
      file.bytes.starts(with: ZipArchive.magic)
      ? try Self.archive(file.bytes, path: path) : try LegacyPyTorch.source(file.bytes, path: path)
    let contents: PickleContents
    do {
      contents = try PickleContents(source.graph, root: source.root)
    } catch {
      throw .malformedPickle(
        path: path, part: source.part, offset: source.offset, reason: error.reason)
    }
    var placed: [PlacedTensor] = []
    for (name, tensor) in contents.tensors {
      placed.append(try source.placed(tensor, name: name, in: file, path: path))
    }
    tensors = placed
    metadata = contents.metadata
  }

  /// A pickle's values and where its storages lie.
  struct Source {
    let graph: PickleGraph
    let root: PickleGraph.Index
    /// What to call the pickle in messages, and where it begins in that.
    let part: String
    let offset: Int
    /// Where the bytes of each whole storage lie, by its key.
    let storages: [ExactName: Range<Int>]
  }

  /// Reads one pickle, in this floor's words where it fails.
  static func read(
    _ reader: inout PickleReader, part: String, base: Int, path: String
  ) throws(PyTorchError) -> (graph: PickleGraph, root: PickleGraph.Index) {
    do {
      return try reader.read()
    } catch {
      if let name = error.code {
        throw .code(path: path, part: part, offset: error.offset - base, name: name)
      }
      throw .malformedPickle(
        path: path, part: part, offset: error.offset - base, reason: error.reason)
    }
  }

  private static func archive(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(PyTorchError) -> Source {
    let archive = try ZipArchive(bytes, path: path)
    // All parts lie in one folder, named after the file as it was when it was written.
    let pickles = archive.parts.filter {
      $0.name == "data.pkl"
        || $0.name.hasSuffix("/data.pkl") && $0.name.utf8.count(where: { $0 == 0x2F }) == 1
    }
    guard let name = pickles.first?.name, pickles.count == 1, let pickle = try archive.part(name)
    else { throw .missingPart(path: path, part: "data.pkl") }
    let folder = name.dropLast("data.pkl".count)
    if let order = try archive.part(folder + "byteorder") {
      let text = String(decoding: bytes[order.range].prefix(16), as: UTF8.self)
      guard text == "little" else { throw .byteOrder(path: path, found: text) }
    }
    let start = pickle.range.lowerBound
    var reader = PickleReader(
      UnsafeRawBufferPointer(rebasing: bytes[..<pickle.range.upperBound]), from: start)
    let (graph, root) = try read(&reader, part: name, base: start, path: path)
    var storages: [ExactName: Range<Int>] = [:]
    for storage in graph.storages where storages[ExactName(storage.key)] == nil {
      let part = "\(folder)data/\(storage.key)"
      guard let found = try archive.part(part) else {
        throw .missingPart(path: path, part: quotedName(part))
      }
      storages[ExactName(storage.key)] = found.range
    }
    return Source(graph: graph, root: root, part: name, offset: 0, storages: storages)
  }
}

extension PyTorchFile.Source {
  /// The most elements of a view that repeats some; 64 MB as `Float`.
  private static var repeatingLimit: Int { 1 << 24 }

  /// A tensor in its storage, after every number that leads there has been checked.
  func placed(
    _ tensor: PickleGraph.Tensor, name: String, in file: FileBytes, path: String
  ) throws(PyTorchError) -> PlacedTensor {
    func refusal(_ reason: String) -> PyTorchError {
      .malformedTensor(path: path, name: name, reason: reason)
    }
    let storage = graph.storages[tensor.storage]
    let size = tensor.type.bits / 8
    guard let bytes = storages[ExactName(storage.key)] else {
      throw refusal("its storage \(quotedName(storage.key)) is not there")
    }
    // Elements that the storage has, and that the file has for it.
    let whole = storage.wholeCount.multipliedReportingOverflow(by: storage.type == nil ? 1 : size)
    guard !whole.overflow, whole.partialValue <= bytes.count,
      bytes.count - whole.partialValue < size
    else {
      throw refusal(
        "its storage \(quotedName(storage.key)) has \(bytes.count) bytes, "
          + "and \(storage.wholeCount) \(storage.type.map { "\($0.rawValue) elements" } ?? "bytes") "
          + "were announced")
    }
    let available = storage.type == nil ? storage.count / size : storage.count
    let first = bytes.lowerBound + storage.first * (storage.type == nil ? 1 : size)

    // The shape, no product of whose sizes overflows, with 0 counted as 1.
    guard tensor.shape.allSatisfy({ $0 >= 0 }), tensor.strides.allSatisfy({ $0 >= 0 }),
      tensor.offset >= 0
    else { throw refusal("a size, a stride or the offset is below zero") }
    guard let count = TensorType.elementCount(shape: tensor.shape.map { max($0, 1) }),
      count <= Int.max / 16
    else { throw refusal("more elements than fit") }
    guard !tensor.shape.contains(0) else {
      return PlacedTensor(
        name: name, type: .numbers(tensor.type), shape: tensor.shape, strides: nil, file: file,
        range: bytes.lowerBound..<bytes.lowerBound)
    }
    var last = tensor.offset
    for (size, stride) in zip(tensor.shape, tensor.strides) {
      let step = (size - 1).multipliedReportingOverflow(by: stride)
      let sum = last.addingReportingOverflow(step.partialValue)
      guard !step.overflow, !sum.overflow else { throw refusal("its strides lead out of any file") }
      last = sum.partialValue
    }
    guard last < available else {
      throw refusal(
        "its last element is number \(last) of a storage of \(available)")
    }
    guard count <= max(available, Self.repeatingLimit) else {
      throw refusal(
        "a view that repeats elements of a small storage \(count) times; save it as contiguous()")
    }
    return PlacedTensor(
      name: name, type: .numbers(tensor.type), shape: tensor.shape,
      strides: Self.isContiguous(tensor) ? nil : tensor.strides, file: file,
      range: first + tensor.offset * size..<first + (last + 1) * size)
  }

  /// Whether elements lie row after row: each stride is the product of the sizes further in.
  private static func isContiguous(_ tensor: PickleGraph.Tensor) -> Bool {
    var expected = 1
    for (size, stride) in zip(tensor.shape, tensor.strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }
}
