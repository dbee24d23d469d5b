internal import FoundationEssentials
internal import Tensors

// The state of a run in one safetensors file: weights and both moments in full precision, the step,
// and the recipe. Windows depend on their place alone and their places on the step, so the step is
// the data's position and the generator's state too. A resumed run goes on bit for bit.

extension Trainer {
  private static let parts = ["weight", "mean", "square"]

  private func buffer(of part: String) -> FloatBuffer {
    switch part {
    case "mean": means
    case "square": squares
    default: model.weights
    }
  }

  /// What a loop learns beside the weights, by name in the file.
  private var loopBuffers: [(String, FloatBuffer)] {
    guard let loop, loop.extras.count > 0 else { return [] }
    return [
      ("loop/value", loop.extras), ("loop/mean", loop.extraMeans),
      ("loop/square", loop.extraSquares),
    ]
  }

  /// Writes the state, in place of an older one: a reader sees the old file or the new one.
  ///
  /// - Parameter path: Where the file goes; the folder exists.
  /// - Throws: `TrainingError.unwritable`.
  public func saveState(to path: String) throws(TrainingError) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      let recipe = String(decoding: try encoder.encode(recipe), as: UTF8.self)
      var writer = SafetensorsWriter(
        metadata: ["format": "nibble training state 1", "step": "\(step)", "recipe": recipe])
      for part in Self.parts {
        for tensor in model.layout.tensors {
          try writer.add(
            "\(part)/\(tensor.name)", shape: tensor.shape,
            buffer(of: part).elements(tensor.range))
        }
      }
      for (name, buffer) in loopBuffers {
        try writer.add(name, shape: [buffer.count], buffer.elements(0..<buffer.count))
      }
      try writer.write(to: path, replacing: true, durable: true)
    } catch {
      throw .unwritable(path: path, reason: "the state cannot be written: \(error)")
    }
  }

  /// Goes on where a state file was written.
  ///
  /// - Parameter path: Where the file is.
  /// - Throws: `TrainingError.unreadable`, or `TrainingError.differentRun` where the file's recipe is
  ///   not this run's.
  public func resume(from path: String) throws(TrainingError) {
    let file: SafetensorsFile
    do { file = try SafetensorsFile(path: path) } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
    let step = try checkedStep(of: file)
    // Read everything before anything is changed.
    var contents: [(FloatBuffer, Range<Int>, [Float])] = []
    for part in Self.parts {
      for tensor in model.layout.tensors {
        let values: [Float]
        do { values = try file.floats(named: "\(part)/\(tensor.name)") } catch {
          throw .unreadable(path: path, reason: "\(error)")
        }
        guard values.count == tensor.count else {
          throw .wrongCount(
            name: "\(part)/\(tensor.name)", expected: tensor.count, found: values.count)
        }
        contents.append((buffer(of: part), tensor.range, values))
      }
    }
    for (name, buffer) in loopBuffers {
      let values: [Float]
      do { values = try file.floats(named: name) } catch {
        throw .unreadable(path: path, reason: "\(error)")
      }
      guard values.count == buffer.count else {
        throw .wrongCount(name: name, expected: buffer.count, found: values.count)
      }
      contents.append((buffer, 0..<buffer.count, values))
    }
    for (buffer, range, values) in contents { buffer.replace(range, with: values) }
    self.step = step
  }

  /// The step of a state file that belongs to this run.
  private func checkedStep(of file: SafetensorsFile) throws(TrainingError) -> Int {
    let path = file.path
    guard file.metadata["format"] == "nibble training state 1" else {
      throw .unreadable(
        path: path, reason: "it is no training state; its format is not given as one")
    }
    guard let text = file.metadata["step"], let step = Int(text), step >= 0,
      let json = file.metadata["recipe"]
    else {
      throw .unreadable(path: path, reason: "it does not say which step of which recipe it holds")
    }
    let other: TrainingRecipe
    do { other = try JSONDecoder().decode(TrainingRecipe.self, from: Data(json.utf8)) } catch {
      throw .unreadable(path: path, reason: "its recipe cannot be read: \(error)")
    }
    if let difference = Self.difference(other, recipe) {
      throw .differentRun(path: path, reason: difference)
    }
    return step
  }

  /// The first field in which two recipes differ.
  private static func difference(_ other: TrainingRecipe, _ own: TrainingRecipe) -> String? {
    if other == own { return nil }
    let fields: [(String, Bool)] = [
      ("shape", other.shape == own.shape), ("seed", other.seed == own.seed),
      ("schedule", other.schedule == own.schedule), ("optimizer", other.optimizer == own.optimizer),
      ("supplies", other.supplies == own.supplies), ("length", other.length == own.length),
      ("windowsPerStep", other.windowsPerStep == own.windowsPerStep),
      ("shards", other.shards == own.shards), ("clip", other.clip == own.clip),
      ("inLoop", other.inLoop == own.inLoop),
      ("distillation", other.distillation == own.distillation),
    ]
    let names = fields.filter { !$0.1 }.map(\.0)
    return "its recipe differs in " + (names.isEmpty ? "the text" : names.joined(separator: ", "))
  }
}
