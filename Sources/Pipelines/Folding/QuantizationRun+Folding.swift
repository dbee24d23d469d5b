internal import FoundationEssentials
internal import Models

/// A model that stages have left in the work folder.
struct FoldedSource {
  let source: SourceModel
  let state: FoldState
}

/// What is kept of the stages beside their model.
struct FoldState: Codable {
  var records: [StageRecord] = []
  /// Block, role, coordinates.
  var coordinates: [Entry] = []

  struct Entry: Codable {
    let block: Int
    let role: String
    let coordinates: LayerCoordinates
  }

  var byLayer: ModelCoordinates {
    var all = ModelCoordinates()
    for entry in coordinates {
      guard let role = LinearLayerID.Role(rawValue: entry.role) else { continue }
      all[LinearLayerID(block: entry.block, role: role)] = entry.coordinates
    }
    return all
  }

  init() {}

  init(_ records: [StageRecord], _ coordinates: ModelCoordinates) {
    self.records = records
    self.coordinates = coordinates.map {
      Entry(block: $0.key.block, role: $0.key.role.rawValue, coordinates: $0.value)
    }
  }
}

extension QuantizationRun {
  /// The model that is quantized: the source, or what its stages make of it, in the work folder.
  ///
  /// Each stage leaves a folder there; the list of what they did is written when the last one is whole, so that an
  /// end before that begins them anew.
  func folded(
    in folder: WorkFolder, _ onEvent: (Event) -> Void
  ) throws(PipelineError) -> FoldedSource {
    guard let last = recipe.stages.indices.last else {
      return FoldedSource(source: source, state: FoldState())
    }
    func path(_ stage: Int) -> String { "\(folder.path)/folded-\(stage)" }
    let stateFile = folder.path + "/folded.json"
    if Files.exists(stateFile) {
      guard
        let state = try? JSONDecoder().decode(
          FoldState.self, from: Data(try Files.contents(stateFile))),
        let folded = try? SourceModel(path: path(last))
      else { throw .brokenState(path: stateFile, reason: "the folded model is not whole") }
      for record in state.records { onEvent(.stage(record)) }
      return FoldedSource(source: folded, state: state)
    }
    var (current, coordinates, records) = (source, ModelCoordinates(), [StageRecord]())
    for (index, stage) in recipe.stages.enumerated() {
      onEvent(.folding(stage))
      let fold = StageFold(
        model: current.model, stage: stage, plans: plans, coordinates: coordinates,
        seed: recipe.seed, threads: threads)
      var output = try FoldedFolder(path(index), from: current)
      var outcome = try fold.run(on: calibration) { (parts) throws(PipelineError) in
        try output.add(parts)
      }
      try output.finish(outcome.outside)
      let next = try SourceModel(path: path(index))
      outcome.record.logitChange = try current.model.logitChange(to: next.model, on: calibration)
      if let type = output.roundedTables {
        outcome.record.notes.append(
          "tables that were turned are stored in 16 bits, as \(type)")
      }
      (current, coordinates) = (next, outcome.coordinates)
      records.append(outcome.record)
      onEvent(.stage(outcome.record))
      if index > 0 { try Files.remove(path(index - 1)) }
    }
    let state = FoldState(records, coordinates)
    guard let data = try? JSONEncoder().encode(state) else {
      throw .cannotWrite(path: stateFile, reason: "what the stages did is not finite")
    }
    try Files.write([UInt8](data), to: stateFile)
    return FoldedSource(source: current, state: state)
  }
}
