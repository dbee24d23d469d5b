public import Tensors

/// A linear layer with its weight as it is stored: what dense and packed layers have in common.
public protocol StoredLayer: LinearLayer {
  /// How the weight is stored.
  associatedtype Weight: WeightMatrix

  /// The weight in place.
  var stored: Weight { get }
}

extension StoredLayer {
  /// The number of outputs.
  public var outputs: Int { stored.rows }
  /// The number of inputs.
  public var inputs: Int { stored.columns }
  /// The bytes of everything stored, and of the bias.
  public var byteCount: Int { stored.byteCount + 4 * (bias?.count ?? 0) }
  /// The weight as floats; a copy.
  public var weight: Matrix { stored.matrix }
  /// The weight in place.
  public var storedWeight: any WeightMatrix { stored }

  static func requireFit(_ weight: Weight, _ bias: [Float]?) {
    precondition(
      bias == nil || bias?.count == weight.rows,
      "\(bias?.count ?? 0) biases for \(weight.rows) outputs")
  }

  func withBias(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let bias else { return body(nil) }
    bias.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
