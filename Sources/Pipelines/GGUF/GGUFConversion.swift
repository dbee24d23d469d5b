internal import Models
internal import Quantization
internal import Synchronization
internal import Tensors
internal import Tokenizers

/// A model written as a GGUF file, each tensor in the type that a mixture gives it.
///
/// Tensors are quantized one after the other, some rows at a time and on all cores, while the file is
/// written: no more than a few rows are in memory, whatever the model's size. The bytes of a tensor are those
/// that llama.cpp's own quantizer makes of the same numbers.
public struct GGUFConversion: Sendable {
  /// What is told while it runs.
  public enum Event: Sendable {
    /// An earlier run had set the output aside to replace it, and was stopped before the new one was there: it
    /// is back under its name.
    case putBack(output: String)
    /// A tensor is done.
    case tensor(name: String, type: String, done: Int, of: Int)
  }

  /// A tensor as it is to be written.
  public struct Plan: Sendable {
    /// Its name.
    public let name: String
    /// Its sizes, the outermost first.
    public let shape: [Int]
    /// The type's name, such as `q4_k`.
    public let type: String
    /// The type that the mixture wanted, where another was taken because rows do not end with a block.
    public let isFallback: Bool
    /// Its bytes in the file.
    public let bytes: Int
  }

  /// The model's folder.
  public let source: SourceModel
  /// Which type each tensor gets.
  public let mixture: GGUFMixture
  /// What each input matters; nil for none.
  public let importance: ImportanceMatrix?
  /// How many threads the blocks' loops use; nil for every core.
  public var threads: Int?
  /// Whether the work of an interrupted run on the same output is left alone, and the conversion refused.
  public var resumes = true

  /// Whether the file has the model's tokenizer in it; without one it takes token ids only.
  public let hasTokenizer: Bool

  /// Whether types are chosen as with an importance matrix.
  private let isWeighed: Bool
  private let description: GGUFModel
  private let types: [GGUFTensorType]

  /// Plans a conversion; nothing is written yet.
  ///
  /// - Parameters:
  ///   - source: The model.
  ///   - mixture: Which type each tensor gets.
  ///   - importance: What each input matters, where blocks are to be chosen by that.
  ///   - willBeWeighed: Whether there will be an importance matrix, for a plan that does without one.
  /// - Throws: `PipelineError.model` for a model that llama.cpp has no reader for, or a tokenizer that the
  ///   file cannot describe.
  public init(
    _ source: SourceModel, mixture: GGUFMixture, importance: ImportanceMatrix? = nil,
    willBeWeighed: Bool = false
  ) throws(PipelineError) {
    self.source = source
    self.mixture = mixture
    self.importance = importance
    let model = source.model
    let path = source.path
    let (description, hasTokenizer) = try asModelWork { () throws(ModelError) in
      let tokenizer = try Self.tokenizer(at: path)
      return (try GGUFModel(model, tokenizer: tokenizer, path: path), tokenizer != nil)
    }
    self.description = description
    self.hasTokenizer = hasTokenizer
    isWeighed = importance != nil || willBeWeighed
    let isWeighed = isWeighed
    types = description.tensors.map { tensor in
      mixture.type(
        of: tensor.part, columns: tensor.weight.columns, in: model.configuration,
        hasImportance: isWeighed)
    }
  }

  /// The model's tokenizer; nil where there is none beside it.
  private static func tokenizer(at path: String) throws(ModelError) -> Tokenizer? {
    do throws(ModelError) {
      return try Tokenizer.ofModel(at: path)
    } catch {
      if case .tokenizer(_, .noSuchInput) = error { return nil }
      throw error
    }
  }

  /// The tensors, in the order of the file.
  public var plans: [Plan] {
    zip(description.tensors, types).map { tensor, type in
      let count = tensor.weight.rows * tensor.weight.columns
      // A row of one block length takes every type.
      let wanted = mixture.type(
        of: tensor.part, columns: 256, in: source.model.configuration,
        hasImportance: isWeighed)
      return Plan(
        name: tensor.name, shape: tensor.shape, type: type.name, isFallback: wanted != type,
        bytes: count / type.blockLength * type.bytesPerBlock)
    }
  }

  /// Writes a file, or a folder with the file in it.
  ///
  /// It is put together in the output's work folder, as a ``QuantizationRun``'s is, so that two runs do not write
  /// one output, and what a killed one leaves is removed by the next.
  ///
  /// - Parameters:
  ///   - path: A name that ends in `.gguf`, or that of a folder to make, with a `model.gguf`; it appears whole
  ///     or not at all.
  ///   - replacing: Whether what is there is replaced.
  ///   - onEvent: Told of what is done.
  /// - Returns: What is to be said of each linear layer and of the embedding and the head.
  /// - Throws: `PipelineError`.
  public func write(
    to path: String, replacing: Bool = false,
    onEvent: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws(PipelineError) -> [LayerRecord] {
    if Files.kind(of: path) != .nothing, !replacing, !QuantizationRun.isUnfinished(path) {
      throw .outputExists(path: path)
    }
    try checkRoom(for: path)
    let folder = try WorkFolder(for: path)
    if folder.hasPutBack { onEvent(.putBack(output: path)) }
    if !resumes { try folder.clear() }
    if folder.holdsWork {
      let earlier = try folder.fingerprint()?.values.first { $0.key == "format" }?.value
      let difference = earlier.map { "format was \($0) and is gguf:\(mixture.name)" }
      throw .otherRun(
        path: folder.path, differences: [difference ?? "it was to share bits out among layers"])
    }
    do throws(PipelineError) {
      // A rest of the work of a run that got nowhere.
      try folder.clear()
      if Files.kind(of: path) != .nothing, !replacing { throw .outputExists(path: path) }
      let isFile = path.hasSuffix(".gguf")
      let whole = isFile ? folder.output + ".gguf" : folder.output
      if !isFile { try Files.makeFolder(whole) }
      let records = try writeFile(isFile ? whole : whole + "/model.gguf", onEvent)
      try folder.place(whole, replacing: replacing)
      try folder.remove()
      return records
    } catch {
      if !folder.isWorthKeeping { try? folder.remove() }
      throw error
    }
  }

  /// Removes what a conversion that is given up has written so far.
  ///
  /// - Parameter path: Its output. The conversion may be at work meanwhile, but may not come to an end after this.
  public static func giveUp(_ path: String) {
    WorkFolder.giveUp(path)
  }

  /// Writes the file.
  ///
  /// - Parameters:
  ///   - path: Where it goes.
  ///   - onEvent: Told of what is done.
  /// - Returns: What is to be said of each linear layer and of the embedding and the head.
  /// - Throws: `PipelineError`.
  private func writeFile(
    _ path: String, _ onEvent: @escaping @Sendable (Event) -> Void
  ) throws(PipelineError) -> [LayerRecord] {
    let work = Work()
    let count = types.count
    do throws(GGUFError) {
      var writer = GGUFWriter()
      for key in description.keys { try writer.set(key.name, key.value, as: key.type) }
      if mixture.hasBlocks { try writer.set("general.quantization_version", .integer(2)) }
      try writer.set("general.file_type", .integer(Int64(mixture.fileType)))
      for (place, tensor) in description.tensors.enumerated() {
        let type = types[place]
        let job = TensorJob(
          tensor: tensor, type: type, importance: importance(of: tensor.part, type),
          threads: threads)
        try writer.add(tensor.name, shape: tensor.shape, type: type) { (emit) throws(GGUFError) in
          do throws(PipelineError) {
            let record = try job.write { (bytes) throws(GGUFError) in try emit(bytes) }
            work.add(record)
          } catch {
            work.fail(error)
            throw .cannotStore(name: job.tensor.name, reason: "\(error)")
          }
          onEvent(.tensor(name: job.tensor.name, type: type.name, done: place + 1, of: count))
        }
      }
      try writer.write(to: path, replacing: true, durable: true)
    } catch {
      throw work.failure ?? .gguf(error)
    }
    return work.records
  }

  private func importance(of part: GGUFModel.Part, _ type: GGUFTensorType) -> [Float]? {
    guard case .linear(let id) = part, BlockFormat(type)?.usesImportance ?? false else {
      return nil
    }
    return importance?.meanSquares[id]
  }
}

/// What has become of a conversion so far.
private final class Work: Sendable {
  private let state = Mutex<(records: [LayerRecord], failure: PipelineError?)>(([], nil))

  func add(_ record: LayerRecord?) {
    guard let record else { return }
    state.withLock { $0.records.append(record) }
  }

  func fail(_ error: PipelineError) { state.withLock { $0.failure = $0.failure ?? error } }

  var records: [LayerRecord] { state.withLock { $0.records } }
  var failure: PipelineError? { state.withLock { $0.failure } }
}
