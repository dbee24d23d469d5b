extension GGUFWriter {
  /// The whole file as bytes.
  ///
  /// - Returns: What ``write(to:replacing:durable:)`` would write.
  /// - Throws: `GGUFError.cannotStore` for a tensor whose producer gives another number of bytes.
  public func serialized() throws(GGUFError) -> [UInt8] {
    var result: [UInt8] = []
    try emit { (piece) throws(GGUFError) in result.append(contentsOf: piece) }
    return result
  }

  /// Writes the file: under a temporary name in the same folder, then renamed.
  ///
  /// Tensors are produced one after the other and none is kept.
  ///
  /// - Parameters:
  ///   - path: Where the file goes; the folder exists.
  ///   - replacing: Whether a file that is there is replaced.
  ///   - durable: Whether to wait until the disk has it, so that it outlives a power cut.
  /// - Throws: `GGUFError.outputExists`, `GGUFError.cannotWrite` or `GGUFError.cannotStore`.
  public func write(
    to path: String, replacing: Bool = false, durable: Bool = false
  ) throws(GGUFError) {
    let output: AtomicOutput
    do {
      output = try AtomicOutput(path: path, replacing: replacing)
    } catch { throw GGUFError(writing: error, path: path) }
    try emit { (piece) throws(GGUFError) in
      do throws(SafetensorsError) {
        try output.write(piece)
      } catch { throw GGUFError(writing: error, path: path) }
    }
    do {
      try output.commit(durable: durable)
    } catch { throw GGUFError(writing: error, path: path) }
  }

  /// What tensors are aligned to.
  private var alignment: Int {
    keys.first { $0.name == GGUFHeader.alignmentKey }?.value.integer
      ?? GGUFHeader.usualAlignment
  }

  /// Hands over the file from its first byte to its last.
  private func emit(
    _ emit: (UnsafeRawBufferPointer) throws(GGUFError) -> Void
  ) throws(GGUFError) {
    let alignment = alignment
    func padding(_ count: Int) -> [UInt8] {
      [UInt8](repeating: 0, count: (alignment - count % alignment) % alignment)
    }
    var head = header(padding: padding)
    head.bytes += padding(head.bytes.count)
    try head.bytes.withRawBytes(emit)
    for tensor in tensors {
      var count = 0
      try tensor.produce { (piece) throws(GGUFError) in
        count += piece.count
        guard count <= tensor.byteCount else { throw Self.miscounted(tensor, count) }
        try emit(piece)
      }
      guard count == tensor.byteCount else { throw Self.miscounted(tensor, count) }
      try padding(count).withRawBytes(emit)
    }
  }

  private static func miscounted(_ tensor: Tensor, _ count: Int) -> GGUFError {
    .cannotStore(
      name: tensor.name,
      reason: "\(count) bytes were produced and \(tensor.byteCount) are needed")
  }

  /// Everything before the data.
  private func header(padding: (Int) -> [UInt8]) -> GGUFBytesBuilder {
    var head = GGUFBytesBuilder()
    head.bytes += GGUFHeader.magic
    head.add(UInt32(3))
    head.add(UInt64(tensors.count))
    head.add(UInt64(keys.count))
    for key in keys {
      head.add(key.name)
      head.add(key.value, as: key.type)
    }
    var offset = 0
    for tensor in tensors {
      head.add(tensor.name)
      head.add(UInt32(tensor.shape.count))
      for size in tensor.shape.reversed() { head.add(UInt64(size)) }
      head.add(tensor.type.id)
      head.add(UInt64(offset))
      offset += tensor.byteCount + padding(tensor.byteCount).count
    }
    return head
  }
}

/// Puts the numbers and texts of a header one after the other.
struct GGUFBytesBuilder {
  var bytes: [UInt8] = []

  mutating func add<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// A value with its type, which it fits.
  mutating func add(_ value: GGUFValue, as type: GGUFValueType) {
    func addList(_ count: Int) {
      add(GGUFValueType.array.rawValue)
      add(type.rawValue)
      add(UInt64(count))
    }
    switch value {
    case .integer(let value):
      add(type.rawValue)
      add(value, as: type)
    case .unsigned(let value):
      add(type.rawValue)
      add(value)
    case .number(let value):
      add(type.rawValue)
      add(value, as: type)
    case .boolean(let value):
      add(type.rawValue)
      add(UInt8(value ? 1 : 0))
    case .string(let value):
      add(type.rawValue)
      add(value)
    case .integers(let values):
      addList(values.count)
      for value in values { add(value, as: type) }
    case .numbers(let values):
      addList(values.count)
      for value in values { add(value, as: type) }
    case .booleans(let values):
      addList(values.count)
      for value in values { add(UInt8(value ? 1 : 0)) }
    case .strings(let values):
      addList(values.count)
      for value in values { add(value) }
    }
  }

  /// A whole number, little-endian, in as many bytes as the type has.
  private mutating func add(_ value: Int64, as type: GGUFValueType) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0.prefix(type.size)) }
  }

  private mutating func add(_ value: Double, as type: GGUFValueType) {
    if type == .float32 { add(Float(value).bitPattern) } else { add(value.bitPattern) }
  }
}
