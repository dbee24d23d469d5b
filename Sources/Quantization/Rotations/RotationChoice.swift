/// Which rotation turns a layer's inputs before they are quantized.
public enum RotationChoice: String, CaseIterable, Hashable, Sendable {
  /// Random signs and a Hadamard matrix, as in QuaRot: n log n additions a vector, one bit an input.
  case hadamard
  /// A random orthogonal matrix, every one equally likely: any size, n² multiplications a vector.
  case random
  /// Learned on the weight from a Hadamard rotation on, in the sense of SpinQuant: n² numbers to store.
  case learned
}
