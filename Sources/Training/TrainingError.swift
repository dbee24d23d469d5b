/// Why a model cannot be made, trained or resumed.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The sizes of a model do not fit together.
  case impossibleShape(reason: String)
  /// A recipe asks for something that cannot be done.
  case impossibleRecipe(reason: String)
  /// A tensor that the model does not have, or that has another size there.
  case noSuchTensor(name: String, nearest: [String])
  /// As many numbers as a tensor does not have.
  case wrongCount(name: String, expected: Int, found: Int)
  /// A window holds a token outside of the vocabulary, or too many tokens.
  case impossibleWindow(reason: String)
  /// The loss or the gradient is no longer a number.
  case diverged(step: Int, loss: Double, gradientNorm: Double)
  /// A state file belongs to another run.
  case differentRun(path: String, reason: String)
  /// A file that is not there, or does not hold what it should.
  case unreadable(path: String, reason: String)
  /// A file that cannot be written.
  case unwritable(path: String, reason: String)

  /// What happened, what was expected, and what to do.
  public var description: String {
    switch self {
    case .impossibleShape(let reason): "the model's shape is impossible: \(reason)"
    case .impossibleRecipe(let reason): "the recipe cannot be followed: \(reason)"
    case .noSuchTensor(let name, let nearest):
      "the model has no tensor '\(name)'"
        + (nearest.isEmpty ? "" : "; the nearest are \(nearest.joined(separator: ", "))")
    case .wrongCount(let name, let expected, let found):
      "tensor '\(name)' has \(expected) elements, \(found) were given"
    case .impossibleWindow(let reason): "a window of tokens cannot be used: \(reason)"
    case .diverged(let step, let loss, let gradientNorm):
      "training diverged in step \(step): the loss is \(words(loss)), the gradient's norm "
        + "\(words(gradientNorm)); "
        + "use a lower learning rate or a longer warm-up"
    case .differentRun(let path, let reason):
      "\(path) is the state of another run: \(reason); resume with the recipe it was begun with, "
        + "or begin anew in another folder"
    case .unreadable(let path, let reason), .unwritable(let path, let reason):
      "\(path): \(reason)"
    }
  }

  /// A number; of a NaN, Swift also prints the sign, which says nothing.
  private func words(_ value: Double) -> String { value.isNaN ? "nan" : "\(value)" }
}
