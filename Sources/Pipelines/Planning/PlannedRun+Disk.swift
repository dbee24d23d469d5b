internal import FoundationEssentials
internal import Models

#if canImport(Glibc)
internal import Glibc
#endif

// What a run takes on the disk of its output: the work folder stands beside it until the output is whole.
extension PlannedRun {
  var disk: [ModelPlan.Part] {
    let copies = comparesWithFloatModel ? 2.0 : 1
    // The next block's vectors are written before the last one's are removed; with one block there are none.
    let sets = Double(max(0, min(2, shape.layerCount - 1)))
    let vectors = sets * copies * 4 * Double(tokens) * Double(shape.hiddenSize)
    let output = Double(outputBytes)
    let folded = recipe.stages.isEmpty ? 0 : Double(min(2, recipe.stages.count)) * foldedBytes
    // Vectors are gone when the output is put together: whichever of the two takes more.
    return [
      .init(name: "the output", amount: output),
      .init(name: "work folder: blocks that are done", amount: Double(blockBytes)),
      .init(name: "work folder: vectors between blocks", amount: max(0, vectors - output)),
      .init(name: "work folder: the model after its stages", amount: folded),
    ].filter { $0.amount > 0 || $0.name == "the output" }
  }

  /// A model after a stage: what will be quantized in single precision, tables as wide as they were.
  private var foldedBytes: Double {
    let linear = plans.reduce(0.0) { $0 + 4 * Double($1.weights) }
    let head = recipe.stages.contains(.rotation) && shape.tiesEmbeddings
    return linear + Double(otherBytes)
      + (head ? 2 * Double(shape.vocabularySize) * Double(shape.embeddingSize) : 0)
  }
}

/// The room on a file system.
enum DiskRoom {
  /// The bytes that are free where a path is, or will be; nil where the system does not say.
  static func free(at path: String) -> Double? {
    var place = path
    while !Files.exists(place) {
      let folder = Files.split(place).folder
      if folder == place { return nil }
      place = folder
    }
    var status = statvfs()
    // File systems that are no disk have no blocks at all.
    guard statvfs(place, &status) == 0, status.f_blocks > 0 else { return nil }
    return Double(status.f_bavail) * Double(status.f_frsize)
  }

  /// The bytes of all files below a folder; 0 where it is not there.
  static func used(by folder: String) -> Double {
    guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else { return 0 }
    return names.reduce(0) { sum, name in
      var status = stat()
      guard lstat("\(folder)/\(name)", &status) == 0 else { return sum }
      return sum + Double(status.st_size)
    }
  }

  /// Refuses an output that does not fit.
  ///
  /// - Parameters:
  ///   - parts: What it takes, all of it at once.
  ///   - there: How much of that is there already.
  ///   - free: What is free.
  ///   - path: The output.
  /// - Throws: `PipelineError.cannotWrite` with both numbers and the parts.
  static func check(
    _ parts: [ModelPlan.Part], there: Double = 0, free: Double, path: String
  ) throws(PipelineError) {
    let needed = parts.reduce(0) { $0 + $1.amount } - there
    guard needed > free else { return }
    let list = parts.map { "\($0.name) \(words($0.amount))" }.joined(separator: ", ")
    throw .cannotWrite(
      path: path,
      reason:
        "the file system has \(words(free)) free there, and \(words(needed)) are needed"
        + (there > 0 ? " more" : "") + " (\(list)); make room, or give --out a place that has it")
  }

  /// Bytes as people read them.
  private static func words(_ bytes: Double) -> String {
    var (value, place) = (bytes, 0)
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024, place + 1 < units.count { (value, place) = (value / 1024, place + 1) }
    let rounded = (value * 10).rounded() / 10
    return (place == 0 ? "\(Int(value))" : "\(rounded)") + " " + units[place]
  }
}

extension QuantizationRun {
  /// Refuses an output that its disk has no room for, as ``run(to:onEvent:)`` does before it begins.
  ///
  /// - Parameters:
  ///   - output: The folder to make.
  ///   - free: What is free there; nil to ask the system.
  /// - Throws: `PipelineError.cannotWrite` with what is needed and what is free.
  public func checkRoom(for output: String, free: Double? = nil) throws(PipelineError) {
    guard let free = free ?? DiskRoom.free(at: output) else { return }
    try DiskRoom.check(
      ModelPlan(self).disk, there: DiskRoom.used(by: WorkFolder.path(for: output)), free: free,
      path: output)
  }
}

extension SharedBitsPlan {
  /// Refuses an output that its disk has no room for, whichever widths are chosen.
  ///
  /// - Parameters:
  ///   - output: The folder to make.
  ///   - free: What is free there; nil to ask the system.
  /// - Throws: `PipelineError.cannotWrite` with what the narrowest widths need and what is free.
  public func checkRoom(for output: String, free: Double? = nil) throws(PipelineError) {
    guard let free = free ?? DiskRoom.free(at: output) else { return }
    try DiskRoom.check(
      widths[0].plan.disk, there: DiskRoom.used(by: WorkFolder.path(for: output)), free: free,
      path: output)
  }
}
