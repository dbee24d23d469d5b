public import Tensors

/// Named tensors of a checkpoint, whatever file they are in.
///
/// What a model is built from. Nothing is read before it is asked for, and what can be used where it
/// lies is not copied.
public protocol TensorSource: Sendable {
  /// What to call the checkpoint in messages: its path.
  var path: String { get }
  /// The tensors' names.
  var names: [String] { get }

  /// The shape and type of a tensor; nil if there is none of the name.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: Its sizes, outermost first, and what its elements are called.
  func info(_ name: String) -> (shape: [Int], type: String)?

  /// A tensor as a matrix of `Float`: the first size as rows, the product of the others as columns.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The matrix; a tensor of rank 1 is one row.
  /// - Throws: `ModelError.missingTensor`, `.wrongType` or `.brokenFile`.
  func matrix(_ name: String) throws(ModelError) -> Matrix

  /// A tensor in place, if its elements can be used as they are stored.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: Its bytes; nil if it must be converted, which ``matrix(_:)`` does.
  func inPlace(_ name: String) -> StoredWeight?

  /// A tensor's blocks in place, if it is stored in a format that products are computed from.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: Its blocks; nil if it is numbers, or to have ``matrix(_:)`` decode it.
  func blocks(_ name: String) -> StoredBlocks?

  /// A linear layer's weight packed for products, if it is stored as codes with scales.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The weight; nil if it is numbers or blocks, or to have ``matrix(_:)`` decode it.
  /// - Throws: `ModelError` for codes and scales that do not fit together.
  func packed(_ name: String) throws(ModelError) -> (any PackedWeight)?
}

extension TensorSource {
  /// No tensor in place: a source that converts everything needs nothing more.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: nil.
  public func inPlace(_ name: String) -> StoredWeight? { nil }

  /// No blocks in place: a source that decodes everything needs nothing more.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: nil.
  public func blocks(_ name: String) -> StoredBlocks? { nil }

  /// No codes to compute with: a source that decodes everything needs nothing more.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: nil.
  public func packed(_ name: String) -> (any PackedWeight)? { nil }

  /// The error for a name that is not there.
  ///
  /// - Parameter name: The name that was asked for.
  /// - Returns: An error that names the nearest ones.
  public func missing(_ name: String) -> ModelError {
    .missingTensor(
      path: path, name: name, nearest: nearestNames(to: name, among: names), count: names.count)
  }
}
