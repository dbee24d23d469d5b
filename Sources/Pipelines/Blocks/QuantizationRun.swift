internal import Models
internal import Quantization
internal import Tensors

/// A model quantized into a folder, block by block, so that it can be interrupted at any moment.
///
/// Memory is that of one block: its float weights, which are mapped, its quantized ones, its Hessians, and the
/// vectors of the calibration. The same settings give the same bytes, in one run or in twenty.
public struct QuantizationRun: Sendable {
  /// What is told while it runs.
  public enum Event: Sendable {
    /// An earlier run had set the output aside to replace it, and was stopped before the new one was there: it
    /// is back under its name.
    case putBack(output: String)
    /// An interrupted run goes on after so many blocks.
    case resumed(blocks: Int, of: Int)
    /// A stage is at work, which folds something into the model before it is quantized.
    case folding(FoldStage)
    /// A stage is done, by this run or by the one that it goes on from.
    case stage(StageRecord)
    /// A layer is done.
    case layer(LayerRecord)
    /// A block is done.
    case block(Int, of: Int)
    /// The output is being put together.
    case writing
  }

  /// The model.
  public let source: SourceModel
  /// What is done to its layers.
  public let recipe: QuantizationRecipe
  /// What methods look at and errors are measured on; nil for neither.
  public let calibration: CalibrationSet?
  /// The output's format.
  public let format: FormatChoice
  /// The program's version, part of the fingerprint.
  public let version: String
  /// How many threads the methods' own loops use; nil for every core.
  public var threads: Int?
  /// Whether an interrupted run's work is taken up.
  public var resumes = true
  /// Whether the work stays when the output is there, until ``finish(_:)``: for who has more to write, and wants
  /// the same call to tell everything again after an end in between.
  public var keepsWork = false
  /// Whether an output that is there is replaced.
  public var replaces = false
  /// Whether a block's inputs are summed for one set of layers after the other: less memory, more passes, the same
  /// bytes.
  public var inTurn = false
  /// The most bytes of tensors in one file of the output, and so in memory while it is written.
  public var shardSize = 1 << 30

  /// What people must know who open the output: a sentence for each reader that does not take all of it.
  public let remarks: [String]

  let plans: [LayerPlan]
  let writer: any OutputFormat

  /// Plans a run; nothing is written yet.
  ///
  /// - Parameters:
  ///   - source: The model.
  ///   - recipe: What is done to its layers.
  ///   - calibration: What methods look at.
  ///   - format: The output's format.
  ///   - version: The program's version.
  /// - Throws: `PipelineError` where the recipe does not fit the model, or the format not the recipe.
  public init(
    _ source: SourceModel, recipe: QuantizationRecipe, calibration: CalibrationSet?,
    format: FormatChoice, version: String
  ) throws(PipelineError) {
    try source.configuration.requireNumbers(of: source.path)
    self.source = source
    self.recipe = recipe
    self.calibration = calibration
    self.format = format
    self.version = version
    plans = try LayerPlan.layers(recipe, of: source.model)
    writer = try RunChecks(
      shape: source.model.configuration, recipe: recipe, plans: plans, format: format,
      isCalibrated: calibration != nil, longest: calibration?.longest ?? 0
    ).writer(program: "nibble:\(version)")
    try calibration?.check(for: source.model.configuration)
    remarks = writer.remarks(plans)
  }

  /// Whether the work of an interrupted run lies beside an output, or the output waits for its last step.
  ///
  /// - Parameter output: The folder that the run was to make.
  /// - Returns: Whether the same call would go on with it.
  public static func isUnfinished(_ output: String) -> Bool {
    WorkFolder.isOwn(folder: WorkFolder.path(for: output))
  }

  /// Refuses an output beside which something stands where the run's work is to be kept.
  ///
  /// - Parameter output: The folder or file that is to be made.
  /// - Throws: `PipelineError.inTheWay` for a file, a link or a folder that no run has made.
  public static func requireRoom(beside output: String) throws(PipelineError) {
    try WorkFolder.requireNothingElse(at: WorkFolder.path(for: output))
  }

  /// Removes what the tidying up after a finished run has left because it was killed in it.
  ///
  /// - Parameter output: The folder or file that the run made.
  public static func tidyUp(after output: String) { WorkFolder.removeDiscarded(for: output) }

  /// Removes the work of a run whose output is there.
  ///
  /// - Parameter output: The folder that the run made.
  /// - Throws: `PipelineError` where it cannot be removed, or another run has it.
  public static func finish(_ output: String) throws(PipelineError) {
    if isUnfinished(output) { try WorkFolder(for: output).remove() }
  }

  /// Quantizes.
  ///
  /// - Parameters:
  ///   - output: The folder to make; its parent exists.
  ///   - onEvent: Told of what is done.
  /// - Returns: What is to be said of each layer, in the order of the model.
  /// - Throws: `PipelineError`; what is done by then is kept, for the same call to go on with.
  public func run(
    to output: String, onEvent: (Event) -> Void = { _ in }
  ) throws(PipelineError) -> [LayerRecord] {
    // Before hours of work, and before the model is read.
    if !Files.exists(output) || replaces { try checkRoom(for: output) }
    let fingerprint = try fingerprint()
    let count = source.model.blocks.count
    let folder = try workFolder(for: output, onEvent)
    if !resumes { try folder.clear() }
    let earlier = try folder.fingerprint()
    if Files.kind(of: output) != .nothing, !replaces {
      // An end between the output's last step and the tidying up: everything is there already.
      guard earlier == fingerprint, folder.blocksDone(of: count) == count,
        Files.kind(of: folder.output) == .nothing
      else {
        // Made by this call alone.
        if earlier == nil, !folder.isWorthKeeping { try folder.remove() }
        throw .outputExists(path: output)
      }
      _ = try folded(in: folder, onEvent)  // for what the stages did
      let records = try records(in: folder)
      if !keepsWork { try folder.remove() }
      return records
    }
    if earlier != fingerprint {
      // Where nothing was done yet, nothing is lost.
      if let earlier, folder.blocksDone(of: count) > 0 {
        throw .otherRun(path: folder.path, differences: earlier.differences(from: fingerprint))
      }
      try folder.begin(fingerprint)
    }
    let folded: FoldedSource
    do {
      folded = try self.folded(in: folder, onEvent)
      try quantizeBlocks(of: folded, in: folder, onEvent)
    } catch {
      // Where no block was done, there is nothing to go on with.
      if !folder.isWorthKeeping { try? folder.remove() }
      throw error
    }
    onEvent(.writing)
    // What the blocks took is free and not given back; the output's tensors would come on top of it.
    FreeMemory.giveBack()
    let records = try records(in: folder)
    try assemble(folder, from: folded.source, records, fingerprint)
    try folder.place(folder.output, replacing: replaces)
    if !keepsWork { try folder.remove() }
    return records
  }

  /// The work folder, locked; an output that may not be replaced is refused before one is made.
  func workFolder(
    for output: String, _ onEvent: (Event) -> Void
  ) throws(PipelineError) -> WorkFolder {
    if Files.kind(of: output) != .nothing, !replaces, !Self.isUnfinished(output) {
      throw .outputExists(path: output)
    }
    let folder = try WorkFolder(for: output)
    if folder.hasPutBack { onEvent(.putBack(output: output)) }
    return folder
  }

  /// The blocks that are not done yet.
  private func quantizeBlocks(
    of folded: FoldedSource, in folder: WorkFolder, _ onEvent: (Event) -> Void
  ) throws(PipelineError) {
    let count = source.model.blocks.count
    let done = folder.blocksDone(of: count)
    if done > 0 { onEvent(.resumed(blocks: done, of: count)) }
    guard done < count else { return }
    let model = folded.source.model
    let coordinates = folded.state.byLayer
    var states = try states(before: done, of: model, in: folder)
    for index in done..<count {
      let quantizer = BlockQuantizer(
        model: model, index: index, plans: plans.filter { $0.id.block == index },
        order: recipe.order, seed: recipe.seed, threads: threads, format: writer, inTurn: inTurn,
        coordinates: coordinates)
      let outcome = try quantizer.quantized(on: states) { onEvent(.layer($0)) }
      if index + 1 < count, var current = states {
        states = nil  // the only owner, so that vectors are replaced where they are
        quantizer.advance(&current, through: outcome.model)
        states = current
      } else {
        states = nil
      }
      try folder.keep(
        block: index, try writer.joined(outcome.stored), outcome.records, next: states)
      onEvent(.block(index + 1, of: count))
    }
  }

  /// What the first block that is not done is given.
  private func states(
    before index: Int, of model: Transformer, in folder: WorkFolder
  ) throws(PipelineError) -> HiddenStates? {
    guard let calibration else { return nil }
    let exact = plans.contains { $0.rule?.comparesWithFloatModel ?? false }
    if index == 0 {
      return try HiddenStates(embedding: calibration, in: model, keepingExact: exact)
    }
    return try folder.states(
      before: index, sequences: calibration.sequences.count, keepingExact: exact)
  }

  private func records(in folder: WorkFolder) throws(PipelineError) -> [LayerRecord] {
    var records: [LayerRecord] = []
    for index in source.model.blocks.indices { records += try folder.stored(index).records }
    return records
  }

  /// Puts the output together inside the work folder, anew each time.
  private func assemble(
    _ folder: WorkFolder, from source: SourceModel, _ records: [LayerRecord],
    _ fingerprint: Fingerprint
  ) throws(PipelineError) {
    try Files.remove(folder.output)
    try Files.makeFolder(folder.output)
    var blocks: [SafetensorsFile] = []
    for index in source.model.blocks.indices { blocks.append(try folder.stored(index).file) }
    let quantized = plans.filter { $0.rule != nil }
    try ModelFolderWriter(
      source: source, blocks: blocks, replaced: Set(quantized.map { $0.name + ".weight" }),
      shardSize: shardSize
    ).write(to: folder.output)
    var configuration = source.configuration
    let kept = plans.kept
    for (key, json) in writer.configuration(records, kept: kept, recipe) {
      let isRenamed = key == "torch_dtype" && configuration.members.contains { $0.key == "dtype" }
      configuration.set(isRenamed ? "dtype" : key, json)
    }
    try Files.write(Array(configuration.text.utf8), to: folder.output + "/config.json")
    try Files.write(
      Array((fingerprint.json.description + "\n").utf8),
      to: folder.output + "/nibble-quantization.json")
  }

  /// All that decides the output's bits.
  private func fingerprint() throws(PipelineError) -> Fingerprint {
    var values = try fingerprintOfLayers()
    if shardSize != 1 << 30 { values.append(("shard-size", "\(shardSize)")) }
    values.append(("arithmetic", BLASCore.name))
    return Fingerprint(values)
  }

  /// All of that but how the output is cut into files, and with what it was computed.
  func fingerprintOfLayers() throws(PipelineError) -> [(key: String, value: String)] {
    var values: [(key: String, value: String)] = [("version", version)]
    values.append(("weights", try source.checksum()))
    values += recipe.written
    if let calibration {
      var sum = Checksum()
      for sequence in calibration.sequences { sum.add(sequence) }
      values.append(("calibration", calibration.name))
      values.append(("samples", "\(calibration.sequences.count)"))
      values.append(("sequence-length", "\(calibration.longest)"))
      values.append(("calibration tokens", sum.text))
    } else {
      values.append(("calibration", "none"))
    }
    values.append(("format", format.name))
    if case .dequantized(let type) = format { values.append(("dtype", type.rawValue)) }
    return values
  }
}
