public import Models
public import Quantization
public import Tensors

/// Why a model could not be quantized, or not be written.
public enum PipelineError: Error, Sendable {
  /// What kind of failure it is, for a program's exit status.
  public enum Kind: Sendable, Hashable {
    /// The request makes no sense: 64 in `sysexits.h`.
    case usage
    /// A file, or something in it, is not what was expected: 65.
    case badData
    /// There is no such file: 66.
    case noSuchInput
    /// Something cannot be written, or is in the way: 73.
    case cannotWrite
  }

  /// A recipe has a key that means nothing.
  case unknownKey(place: String, key: String, nearest: [String], known: [String])
  /// A recipe has a value that cannot be.
  case wrongValue(place: String, key: String, value: String, expected: String)
  /// A recipe says something that cannot be followed, for a reason of its own.
  case recipe(place: String, reason: String)
  /// A pattern names no layer; `place` is the recipe it stands in, nil for one that was typed, and `names` are
  /// some layers that there are.
  case matchesNothing(place: String?, pattern: String, nearest: [String], names: [String])
  /// No layer is left to quantize; `place` is the recipe that says so, nil where it was typed.
  case nothingToQuantize(place: String?)
  /// A method needs calibration and there is none.
  case calibrationNeeded(method: String, layer: String)
  /// There is nothing to calibrate on, or too little.
  case calibration(String)
  /// A layer was refused by its method.
  case layer(name: String, QuantizationError)
  /// A layer cannot be stored in the format that was asked for; `remedy` is what to do about it.
  case cannotStore(layer: String, format: String, reason: String, remedy: String)
  /// Layers that each could be stored cannot be told apart by the format's configuration.
  case mixture(format: String, reason: String, remedy: String)
  /// The request cannot be carried out, for a reason of its own.
  case request(String)
  /// What the model was read from cannot be written back.
  case source(path: String, reason: String)
  /// The output is there already.
  case outputExists(path: String)
  /// A file or folder cannot be written.
  case cannotWrite(path: String, reason: String)
  /// Something that is no run's stands where a run keeps its work.
  case inTheWay(path: String, what: String)
  /// Another run is at work on the same output.
  case busy(path: String)
  /// What an interrupted run left belongs to another one; `differences` says in what it differs.
  case otherRun(path: String, differences: [String])
  /// What an interrupted run left cannot be read.
  case brokenState(path: String, reason: String)
  /// The model's own error.
  case model(ModelError)
  /// A weight file's own error.
  case safetensors(SafetensorsError)
  /// A checkpoint's own error.
  case checkpoint(CheckpointError)
  /// A GGUF file's own error.
  case gguf(GGUFError)
}

extension PipelineError {
  /// What kind of failure it is.
  public var kind: Kind {
    switch self {
    case .calibrationNeeded, .cannotStore, .mixture, .request: .usage
    // What stands in a recipe's file is data; the same on the command line is not.
    case .matchesNothing(let place, _, _, _), .nothingToQuantize(let place):
      place == nil ? .usage : .badData
    case .unknownKey, .wrongValue, .recipe: .badData
    case .calibration, .source, .brokenState: .badData
    case .outputExists, .cannotWrite, .inTheWay, .busy, .otherRun: .cannotWrite
    case .layer(_, let error): error.kind == .usage ? .usage : .badData
    case .model(let error):
      switch error.kind {
      case .noSuchInput: .noSuchInput
      case .badData: .badData
      case .badRequest: .usage
      }
    case .safetensors(let error):
      switch error.kind {
      case .noSuchInput: .noSuchInput
      case .badData: .badData
      case .cannotWrite: .cannotWrite
      }
    case .checkpoint(let error): error.isMissingInput ? .noSuchInput : .badData
    case .gguf(let error): error.isOutputRefused ? .cannotWrite : .badData
    }
  }
}

extension PipelineError: CustomStringConvertible {
  /// What was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .unknownKey(let place, let key, let nearest, let known):
      "\(place): there is no key '\(key)'; "
        + (nearest.first.map { "did you mean '\($0)'? The keys are " } ?? "use one of ")
        + known.joined(separator: ", ")
    case .wrongValue(let place, let key, let value, let expected):
      "\(place): \(key) is \(value); expected \(expected)"
    case .recipe(let place, let reason): "\(place): \(reason)"
    case .matchesNothing(let place, let pattern, let nearest, let names):
      (place.map { "\($0): " } ?? "") + "the pattern '\(pattern)' matches no layer; "
        + (nearest.first.map { "did you mean '\($0)'?" }
          ?? "layers are named like \(names.prefix(3).joined(separator: ", "))")
    case .nothingToQuantize(let place):
      (place.map { "\($0): " } ?? "")
        + "every layer is kept as it is, so there is nothing to quantize; take a pattern out of the recipe"
    case .calibrationNeeded(let method, let layer):
      "\(method) looks at the inputs of \(layer), and there are none: give --calibration a text file or the "
        + "name of a data set"
    case .calibration(let reason), .request(let reason): reason
    case .layer(let name, let error): "\(name): \(error)"
    case .cannotStore(let layer, let format, let reason, let remedy):
      "\(layer) cannot be stored as \(format): \(reason); \(remedy)"
    case .mixture(let format, let reason, let remedy):
      "this mixture cannot be stored as \(format): \(reason); \(remedy)"
    case .source(let path, let reason): "\(path): \(reason)"
    case .outputExists(let path): "\(path): exists already; use --force to replace it"
    case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
    case .inTheWay(let path, let what):
      "\(path): \(what) stands where a run keeps its work; move it away, or give --out another name"
    case .busy(let path):
      "\(path): another run is at work on this output; wait for it, or give --out another name"
    case .otherRun(let path, let differences):
      "\(path): an interrupted run with other settings is there (\(Self.some(differences))); "
        + "give the settings it had to go on with it, or --no-resume to begin anew"
    case .brokenState(let path, let reason):
      "\(path): what an interrupted run left cannot be read: \(reason); use --no-resume to begin anew"
    case .model(let error): "\(error)"
    case .safetensors(let error): "\(error)"
    case .checkpoint(let error): "\(error)"
    case .gguf(.outputExists(let path)): "\(path): exists already; use --force to replace it"
    case .gguf(let error): "\(error)"
    }
  }
}

extension PipelineError {
  /// The first few of many differences.
  private static func some(_ differences: [String]) -> String {
    let shown = differences.prefix(4).joined(separator: "; ")
    return differences.count > 4 ? shown + "; and \(differences.count - 4) more" : shown
  }
}

/// Runs a body whose errors are a model's.
func asModelWork<Result>(
  _ body: () throws(ModelError) -> Result
) throws(PipelineError) -> Result {
  do { return try body() } catch { throw .model(error) }
}

/// Runs a body whose errors are a weight file's.
func asFileWork<Result>(
  _ body: () throws(SafetensorsError) -> Result
) throws(PipelineError) -> Result {
  do { return try body() } catch { throw .safetensors(error) }
}

/// Runs a body whose errors are a method's, about one layer.
func asLayerWork<Result>(
  _ name: String, _ body: () throws(QuantizationError) -> Result
) throws(PipelineError) -> Result {
  do { return try body() } catch { throw .layer(name: name, error) }
}
