/// The data a method needs besides the weight.
public enum LayerNeeds: String, Hashable, Sendable {
  /// The weight alone.
  case nothing
  /// What ``InputStatistics`` sums up: the Hessian and each channel's size.
  case statistics
  /// The inputs themselves, token by token.
  case activations
}
