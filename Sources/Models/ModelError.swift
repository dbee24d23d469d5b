/// Why a model could not be read, or could not do what it was asked.
public enum ModelError: Error, Equatable, Sendable {
  /// What kind of failure it is, for a program's exit status.
  public enum Kind: Sendable, Hashable {
    /// There is no such file, or it may not be read: 66 in `sysexits.h`.
    case noSuchInput
    /// A file, or something in it, is not what was expected: 65.
    case badData
    /// What was asked cannot be done with this model: 64.
    case badRequest
  }

  /// There is no file at the path, or it cannot be read.
  case cannotRead(path: String, reason: String)
  /// A configuration is not JSON.
  case malformedJSON(path: String, reason: String)
  /// A configuration lacks a value.
  case missingValue(path: String, key: String)
  /// A value of a configuration has the wrong type or lies outside what can be.
  case invalidValue(path: String, key: String, value: String, expected: String)
  /// Two values of a configuration contradict each other.
  case contradiction(path: String, reason: String)
  /// A kind of model, or an option of it, that this engine does not run.
  case unsupported(path: String, key: String, value: String, reason: String)
  /// No tensor has the name; `nearest` are present names that resemble it.
  case missingTensor(path: String, name: String, nearest: [String], count: Int)
  /// The checkpoint holds tensors of the model that the configuration does not speak of.
  case unexpectedTensors(path: String, names: [String])
  /// A tensor's shape is not what the configuration says.
  case wrongShape(path: String, name: String, shape: [Int], expected: [Int], meaning: String)
  /// A tensor's elements are not numbers that can be weights.
  case wrongType(path: String, name: String, type: String)
  /// A checkpoint file is broken; the text is the reader's own.
  case brokenFile(String, Kind)
  /// A tokenizer cannot be read; the text is the reader's own.
  case tokenizer(String, Kind)
  /// A tokenizer has ids that the model does not have, or far fewer than the model's.
  case tokenizerDoesNotFit(path: String, tokens: Int, vocabulary: Int)
  /// Numbers became NaN or infinite; `tensors` names the weights that hold such numbers.
  case notFinite(place: String, tensors: [String])
  /// Numbers grew beyond single precision although every weight is finite; `suspects` names the weights
  /// that hold larger numbers than any model has.
  case overflow(place: String, suspects: [String])
  /// A token is not in the model's vocabulary.
  case tokenOutOfRange(token: Int, position: Int, vocabulary: Int)
  /// More tokens than the model has positions.
  case contextTooLong(tokens: Int, limit: Int)
  /// A prompt leaves no position for a token to follow.
  case promptTooLong(tokens: Int, positions: Int)
  /// Planted outlier channels were to be taken back, and the model tells of none.
  case nothingPlanted(path: String)
  /// There is nothing to compute.
  case noTokens
  /// A number that was asked for makes no sense.
  case invalidRequest(String)
  /// Two models that must share a vocabulary do not.
  case vocabulariesDiffer(Int, Int)
  /// A text is too short for a protocol; neither number counts the beginning token.
  case tooFewTokens(tokens: Int, needed: Int, protocolName: String)
  /// A layer of another shape was offered as a replacement.
  case replacementShape(name: String, outputs: Int, inputs: Int, expected: [Int])
  /// No linear layer has the name.
  case noSuchLayer(name: String, nearest: [String])
}
