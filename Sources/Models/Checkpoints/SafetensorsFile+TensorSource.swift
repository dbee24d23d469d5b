public import Tensors

extension SafetensorsFile: TensorSource {
  /// The shape and type of a tensor; nil if there is none of the name.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: Its sizes and the name of its type in the header.
  public func info(_ name: String) -> (shape: [Int], type: String)? {
    guard let info = try? info(named: name) else { return nil }
    return (info.shape, info.type.rawValue)
  }

  /// A tensor as a matrix of `Float`.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The matrix.
  /// - Throws: `ModelError.missingTensor` or `.wrongType`.
  public func matrix(_ name: String) throws(ModelError) -> Matrix {
    do {
      return try matrix(named: name)
    } catch {
      switch error {
      case .noSuchTensor: throw missing(name)
      case .unreadableType(_, _, let type, _):
        throw .wrongType(path: path, name: name, type: type.rawValue)
      default: throw .brokenFile("\(error)", .badData)
      }
    }
  }

  /// A tensor in place, if it is F32, F16 or BF16.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: Its bytes in the mapped file; nil for other types, and for F32 at an address that
  ///   four does not divide.
  public func inPlace(_ name: String) -> StoredWeight? {
    guard let stored = try? mapped(named: name) else { return nil }
    let element: StoredWeight.Element
    switch stored.info.type {
    case .float32 where UInt(bitPattern: stored.bytes.baseAddress) % 4 == 0: element = .float32
    case .float16: element = .float16
    case .bfloat16: element = .bfloat16
    default: return nil
    }
    return StoredWeight(bytes: stored.bytes, element: element, owner: stored)
  }
}
