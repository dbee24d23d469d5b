internal import FoundationEssentials
internal import Grids
internal import Tensors

extension TrainableModel {
  /// Rounds every weight to the nearest bfloat16, as a saved checkpoint holds it.
  public func roundToBFloat16() {
    for index in weights.values.indices {
      weights.values[index] = Float(
        bfloat16Bits: weights.values[index].bfloat16Bits)
    }
  }

  /// Writes `model.safetensors` in bfloat16 and `config.json`, which `transformers` reads.
  ///
  /// - Parameters:
  ///   - folder: An existing folder.
  ///   - startToken: What a text begins with.
  ///   - endToken: What ends one.
  ///   - padToken: What fills short ones up, if the vocabulary has such a token.
  ///   - outliers: The channels that were planted, if any: `config.json` tells, so that a reader can
  ///     take them back.
  ///   - replacing: Whether files that are there are replaced.
  /// - Throws: `TrainingError.unwritable`; for OPT also `.impossibleShape` where the
  ///   epsilon is not 10⁻⁵, since its `config.json` cannot say so.
  public func save(
    to folder: String, startToken: Int, endToken: Int, padToken: Int? = nil,
    outliers: OutlierChannels? = nil, replacing: Bool = false
  ) throws(TrainingError) {
    if shape.architecture == .opt && shape.normEpsilon != 1e-5 {
      throw .impossibleShape(
        reason: "an OPT checkpoint always means a norm epsilon of 1e-05, not \(shape.normEpsilon)")
    }
    let path = folder + "/model.safetensors"
    do {
      var writer = SafetensorsWriter(metadata: ["format": "pt"])
      for tensor in layout.tensors {
        try writer.add(
          tensor.name, shape: tensor.shape, weights.elements(tensor.range), as: .bfloat16)
      }
      try writer.write(to: path, replacing: replacing)
    } catch { throw .unwritable(path: path, reason: "\(error)") }
    let configPath = folder + "/config.json"
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      let config = HuggingFaceConfig(
        shape: shape, startToken: startToken, endToken: endToken, padToken: padToken,
        outliers: outliers)
      let data = try encoder.encode(config) + Data("\n".utf8)
      try data.write(
        to: URL(filePath: configPath), options: replacing ? [.atomic] : [.withoutOverwriting])
    } catch { throw .unwritable(path: configPath, reason: "\(error)") }
  }

  /// Reads the weights of a checkpoint this model's shape fits.
  ///
  /// - Parameter path: A safetensors file with this model's tensor names.
  /// - Throws: `TrainingError.unreadable` or `TrainingError.wrongCount`.
  public func load(from path: String) throws(TrainingError) {
    var contents: [(Range<Int>, [Float])] = []
    for tensor in layout.tensors {
      let values: [Float]
      do {
        values = try SafetensorsFile(path: path).floats(named: tensor.name)
      } catch { throw .unreadable(path: path, reason: "\(error)") }
      guard values.count == tensor.count else {
        throw .wrongCount(name: tensor.name, expected: tensor.count, found: values.count)
      }
      contents.append((tensor.range, values))
    }
    for (range, values) in contents { weights.replace(range, with: values) }
  }
}
