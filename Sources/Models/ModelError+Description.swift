internal import Quantization

extension ModelError {
  /// What kind of failure it is.
  public var kind: Kind {
    switch self {
    case .cannotRead: .noSuchInput
    case .brokenFile(_, let kind), .tokenizer(_, let kind): kind
    case .tokenOutOfRange, .contextTooLong, .promptTooLong, .nothingPlanted, .noTokens,
      .invalidRequest, .vocabulariesDiffer,
      .tooFewTokens, .replacementShape, .noSuchLayer:
      .badRequest
    default: .badData
    }
  }
}

extension ModelError: CustomStringConvertible {
  /// What went wrong, where, what was expected, and what to do.
  public var description: String {
    switch self {
    case .cannotRead(let path, let reason): "\(path): \(reason)"
    case .malformedJSON(let path, let reason): "\(path) is not JSON: \(reason)"
    case .missingValue(let path, let key):
      "\(path) has no \"\(key)\", which this kind of model needs"
    case .invalidValue(let path, let key, let value, let expected):
      "\(path): \"\(key)\" is \(value); expected \(expected)"
    case .contradiction(let path, let reason): "\(path) contradicts itself: \(reason)"
    case .unsupported(let path, let key, let value, let reason):
      "\(path): \"\(key)\" is \(value); \(reason)"
    case .missingTensor(let path, let name, let nearest, let count):
      "\(path) has no tensor \(name)"
        + (nearest.isEmpty
          ? " among its \(count)" : "; the nearest of its \(count) are " + list(nearest))
    case .unexpectedTensors(let path, let names):
      "\(path) holds tensors that the configuration does not speak of: \(list(names)); a model "
        + "without them would not be the one that was trained"
    case .wrongShape(let path, let name, let shape, let expected, let meaning):
      "\(path): tensor \(name) has shape \(shape), and the configuration says \(expected) "
        + "(\(meaning)); the two do not belong together"
    case .wrongType(let path, let name, let type):
      "\(path): tensor \(name) holds \(type); weights are read from F32, F16, BF16 and other "
        + "floating-point types, and from GGUF's blocks: "
        + BlockFormat.all.map(\.name).joined(separator: ", ")
    case .brokenFile(let text, _), .tokenizer(let text, _): text
    case .tokenizerDoesNotFit(let path, let tokens, let vocabulary):
      "\(path): the tokenizer has \(tokens) tokens and the model \(vocabulary); they do not belong "
        + "together: copy the tokenizer that came with the weights"
    case .notFinite(let place, let tensors):
      "\(place) became NaN or infinite; these weights hold such numbers: " + list(tensors)
    case .overflow(let place, let suspects):
      "\(place) became NaN or infinite; every weight is finite, so the numbers grew beyond single "
        + "precision"
        + (suspects.isEmpty
          ? ""
          : ", and these weights are larger than any model's, as a damaged file leaves them: "
            + list(suspects))
    case .tokenOutOfRange(let token, let position, let vocabulary):
      "token \(token) at position \(position) is not in the vocabulary, 0 to \(vocabulary - 1); "
        + "was the text encoded by another model's tokenizer?"
    case .contextTooLong(let tokens, let limit):
      "\(tokens) tokens, and the model has positions for \(limit); give it fewer"
    case .promptTooLong(let tokens, let positions):
      "the prompt has \(tokens) tokens and the model \(positions) positions, one of which the next "
        + "token needs; shorten the prompt by \(tokens + 1 - positions)"
    case .nothingPlanted(let path):
      "\(path) tells of no planted outlier channels (outlier_channels), so there are none to take back; "
        + "use the model as it is"
    case .noTokens: "there are no tokens to compute from; give at least one"
    case .invalidRequest(let reason): reason
    case .vocabulariesDiffer(let one, let other):
      "the models have vocabularies of \(one) and \(other) tokens; both must read the same tokens"
    case .tooFewTokens(let tokens, let needed, let name):
      "\(name) needs at least \(needed) tokens and the text has \(tokens); choose a longer text or "
        + "a protocol with shorter windows"
    case .replacementShape(let name, let outputs, let inputs, let expected):
      "a layer of \(outputs) × \(inputs) cannot stand in for \(name), which is \(expected[0]) × "
        + "\(expected[1])"
    case .noSuchLayer(let name, let nearest):
      "no linear layer is called \(name)" + (nearest.isEmpty ? "" : "; nearest: " + list(nearest))
    }
  }

  private func list(_ names: [String]) -> String {
    names.count <= 4
      ? names.joined(separator: ", ")
      : names.prefix(4).joined(separator: ", ") + " and \(names.count - 4) more"
  }
}
