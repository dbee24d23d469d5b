/// What `torch.save` wrote before PyTorch 1.6: five pickles in a row, then the storages.
///
/// In turn: a number that marks the format, its version, facts of the machine, the object, the keys of
/// the storages in their order; and for each storage its count of elements in eight bytes and their
/// bytes.
enum LegacyPyTorch {
  /// The first pickle: protocol 2, a number of ten bytes, the end.
  static let magic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  static func source(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(PyTorchError) -> PyTorchFile.Source {
    var offset = magic.count
    func next() throws(PyTorchError) -> (graph: PickleGraph, root: PickleGraph.Index) {
      var reader = PickleReader(bytes, from: offset)
      let result = try PyTorchFile.read(&reader, part: "the file", base: 0, path: path)
      offset = reader.offset
      return result
    }
    func malformed(_ reason: String) -> PyTorchError {
      .malformedPickle(path: path, part: "the file", offset: offset, reason: reason)
    }

    let version = try next()
    guard version.graph.integer(version.root) == 1_001 else {
      throw malformed("version 1001 of the format was expected")
    }
    let machine = try next()
    if let order = littleEndian(machine.graph, machine.root), !order {
      throw .byteOrder(path: path, found: "big")
    }
    let start = offset
    let object = try next()
    let keys = try next()
    guard case .list(let place) = keys.graph.values[Int(keys.root)] else {
      throw malformed("a list of the storages' keys was expected")
    }

    var sizes: [ExactName: Int] = [:]  // bytes an element, by key
    for storage in object.graph.storages {
      sizes[ExactName(storage.key)] = (storage.type?.bits ?? 8) / 8
    }
    var storages: [ExactName: Range<Int>] = [:]
    for index in keys.graph.contents[place] {
      guard let key = keys.graph.text(index), let size = sizes[ExactName(key)] else {
        throw malformed("a storage that no tensor refers to")
      }
      guard bytes.count - offset >= 8 else { throw malformed("the file ends here; copy it again") }
      let count = bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)
      let length = Int(count).multipliedReportingOverflow(by: size)
      guard count >= 0, !length.overflow, length.partialValue <= bytes.count - offset - 8 else {
        throw malformed(
          "the storage \(quotedName(key)) of \(count) elements does not fit the "
            + "\(bytes.count - offset - 8) bytes that are left; copy the file again")
      }
      let range = offset + 8..<offset + 8 + length.partialValue
      guard storages.updateValue(range, forKey: ExactName(key)) == nil else {
        throw malformed("the storage \(quotedName(key)) stands twice")
      }
      offset = range.upperBound
    }
    guard offset == bytes.count else {
      throw malformed("\(bytes.count - offset) bytes are left over")
    }
    return PyTorchFile.Source(
      graph: object.graph, root: object.root, part: "the file", offset: start, storages: storages)
  }

  private static func littleEndian(_ graph: PickleGraph, _ root: PickleGraph.Index) -> Bool? {
    guard case .dictionary(let place) = graph.values[Int(root)] else { return nil }
    let content = graph.contents[place]
    for pair in stride(from: 0, to: content.count, by: 2)
    where graph.text(content[pair]) == "little_endian" {
      if case .boolean(let value) = graph.values[Int(content[pair + 1])] { return value }
    }
    return nil
  }
}
