internal import FoundationEssentials

extension ModelConfiguration {
  /// Reads a `config.json` of Hugging Face's form.
  ///
  /// - Parameter path: The file.
  /// - Throws: `ModelError`; an option that would change the numbers and is not built is refused
  ///   by name.
  public init(path: String) throws(ModelError) {
    let contents: Data
    do {
      contents = try Data(contentsOf: URL(filePath: path))
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw .cannotRead(
        path: path, reason: exists ? "cannot be read as a file" : "no such file")
    }
    try self.init(json: Array(contents), path: path)
  }

  /// Reads the bytes of a `config.json`.
  ///
  /// - Parameters:
  ///   - json: The bytes.
  ///   - path: What to call them in messages.
  /// - Throws: `ModelError`.
  public init(json: [UInt8], path: String = "config.json") throws(ModelError) {
    guard case .object(let values) = try JSONValue.parse(json, path: path) else {
      throw .malformedJSON(path: path, reason: "a configuration is an object, { … }")
    }
    let reader = ConfigurationValues(path: path, values: values)
    let name = try reader.text("model_type")
    guard let family = Family(rawValue: name) else {
      let known = Family.allCases.map(\.rawValue).joined(separator: ", ")
      throw .unsupported(
        path: path, key: "model_type", value: "\"\(name)\"", reason: "this engine runs \(known)")
    }
    // Codes that are read here are decoded when tensors are asked for; others are refused by name.
    _ = try QuantizedStorage(reader)
    switch family {
    case .opt: self = try Self.opt(reader)
    case .gpt2: self = try Self.gpt2(reader)
    case .llama, .mistral, .qwen2: self = try Self.llama(reader, family)
    }
    try requireConsistency(path)
  }

  /// What must hold between sizes, whatever the family.
  func requireConsistency(_ path: String) throws(ModelError) {
    guard headCount % keyValueHeadCount == 0 else {
      throw .contradiction(
        path: path,
        reason: "\(headCount) attention heads cannot share \(keyValueHeadCount) heads of keys and "
          + "values evenly")
    }
    if case .rotary = positions, headSize % 2 != 0 {
      throw .contradiction(
        path: path, reason: "rotary positions turn pairs of channels, and a head has \(headSize)")
    }
    for (key, size) in [
      ("the queries' width", queryWidth.multipliedReportingOverflow(by: hiddenSize)),
      ("the feed-forward width", feedForwardSize.multipliedReportingOverflow(by: hiddenSize)),
      ("the vocabulary", vocabularySize.multipliedReportingOverflow(by: hiddenSize)),
    ] where size.overflow || size.partialValue > 1 << 40 {
      throw .contradiction(path: path, reason: "\(key) times the hidden size is beyond 2⁴⁰")
    }
  }

  /// The size of a head where it must divide a width.
  static func headSize(
    width: Int, heads: Int, path: String, widthKey: String, headsKey: String
  ) throws(ModelError) -> Int {
    guard width % heads == 0 else {
      throw .contradiction(
        path: path,
        reason: "\(headsKey) \(heads) does not divide \(widthKey) \(width), so heads have no size")
    }
    return width / heads
  }
}
