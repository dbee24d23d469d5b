extension SafetensorsWriter {
  /// The whole file as bytes.
  ///
  /// - Returns: What ``write(to:replacing:durable:)`` would write.
  /// - Throws: `SafetensorsError.cannotStore` where the header would be longer than readers accept.
  public func serialized() throws(SafetensorsError) -> [UInt8] {
    var result = try header()
    emitData { (piece: UnsafeRawBufferPointer) in result.append(contentsOf: piece) }
    return result
  }

  /// Writes the file: under a temporary name in the same folder, then renamed.
  ///
  /// A reader sees the old file or the new one, never a part; after a failure nothing is left.
  ///
  /// - Parameters:
  ///   - path: Where the file goes; the folder exists.
  ///   - replacing: Whether a file that is there is replaced.
  ///   - durable: Whether to wait until the disk has it, so that it outlives a power cut.
  /// - Throws: `SafetensorsError.outputExists`, `SafetensorsError.cannotWrite` or
  ///   `SafetensorsError.cannotStore`.
  public func write(
    to path: String, replacing: Bool = false, durable: Bool = false
  ) throws(SafetensorsError) {
    let output = try AtomicOutput(path: path, replacing: replacing)
    try write(to: output)
    try output.commit(durable: durable)
  }

  /// Writes the file's bytes.
  func write(to output: AtomicOutput) throws(SafetensorsError) {
    try output.write(try header())
    try emitData { (piece: UnsafeRawBufferPointer) throws(SafetensorsError) in
      try output.write(piece)
    }
  }

  /// Length, JSON and padding, so that the data begin at a multiple of eight bytes.
  private func header() throws(SafetensorsError) -> [UInt8] {
    var json: [UInt8] = [UInt8(ascii: "{")]
    var isFirst = true
    func separate() {
      if !isFirst { json.append(UInt8(ascii: ",")) }
      isFirst = false
    }
    if !metadata.isEmpty {
      separate()
      let pairs = metadata.sorted { ExactName($0.key) < ExactName($1.key) }
      json += Array("\"__metadata__\":{".utf8)
      json += pairs.map { jsonText($0.key) + Array(":".utf8) + jsonText($0.value) }
        .joined(separator: Array(",".utf8))
      json.append(UInt8(ascii: "}"))
    }
    var offset = 0
    for tensor in sortedTensors {
      separate()
      let end = offset + tensor.byteCount
      let shape = tensor.shape.map { "\($0)" }.joined(separator: ",")
      json += jsonText(tensor.name)
      json += Array(
        (":{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}").utf8)
      offset = end
    }
    json.append(UInt8(ascii: "}"))
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    guard json.count <= SafetensorsHeader.lengthLimit else {
      throw .cannotStore(
        name: sortedTensors.last?.name ?? "__metadata__",
        reason: "the header would have \(json.count) bytes, readers accept "
          + "\(SafetensorsHeader.lengthLimit); split the tensors over several files")
    }
    return withUnsafeBytes(of: UInt64(json.count)) { Array($0) } + json
  }

  /// Hands the tensors' bytes over in the order of the file, rounding as it goes.
  private func emitData<Failure: Error>(
    _ emit: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    for tensor in sortedTensors {
      switch tensor.payload {
      case .bytes(let bytes):
        try bytes.withRawBytes(emit)
      case .floats(let values):
        try values.withRawBytes(emit)
      case .rounded(let values):
        let chunk = 1 << 16
        for first in stride(from: 0, to: values.count, by: chunk) {
          let part = values[first..<min(first + chunk, values.count)]
          let bits = HalfPrecision.narrow(part, as: tensor.type)
          try bits.withRawBytes(emit)
        }
      }
    }
  }
}
