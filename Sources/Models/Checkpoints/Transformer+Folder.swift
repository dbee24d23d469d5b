internal import FoundationEssentials
internal import Tensors

extension Transformer {
  /// Opens a model folder: `config.json` and `model.safetensors`.
  ///
  /// - Parameter folder: The folder's path.
  /// - Throws: `ModelError`, which says what is missing and where.
  public init(folder: String) throws(ModelError) {
    let start = folder.hasSuffix("/") ? folder : folder + "/"
    let configuration = try ModelConfiguration(path: start + "config.json")
    try self.init(configuration, from: Self.source(start + "model.safetensors"))
  }

  private static func source(_ path: String) throws(ModelError) -> SafetensorsFile {
    do {
      return try SafetensorsFile(path: path)
    } catch {
      throw ModelError(error)
    }
  }
}

extension ModelError {
  /// The same failure in this module's words.
  init(_ error: SafetensorsError) {
    let kind: Kind =
      switch error.kind {
      case .noSuchInput: .noSuchInput
      case .badData, .cannotWrite: .badData
      }
    self = .brokenFile("\(error)", kind)
  }
}
