internal import Quantization
public import Tensors

extension Checkpoint: TensorSource {
  /// The shape and type of a tensor; nil if there is none of the name.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: Its sizes and the name of its type.
  public func info(_ name: String) -> (shape: [Int], type: String)? {
    guard let info = try? info(named: name) else { return nil }
    return (info.shape, info.type.name)
  }

  /// A tensor as a matrix of `Float`; blocks of a GGUF file are decoded.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The matrix.
  /// - Throws: `ModelError.missingTensor` or `.wrongType`.
  public func matrix(_ name: String) throws(ModelError) -> Matrix {
    do {
      return try decodedMatrix(named: name)
    } catch {
      switch error {
      case .noSuchTensor: throw missing(name)
      case .notNumbers(_, _, let type): throw .wrongType(path: path, name: name, type: type.name)
      default: throw ModelError(error)
      }
    }
  }

  /// A tensor in place, if it is F32, F16 or BF16.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: Its bytes in the mapped file; nil for other types, and for F32 at an address that
  ///   four does not divide.
  public func inPlace(_ name: String) -> StoredWeight? {
    guard let mapped = try? mapped(named: name), case .numbers(let type) = mapped.type else {
      return nil
    }
    return mapped.withBytes { bytes in
      switch type {
      case .float32 where UInt(bitPattern: bytes.baseAddress) % 4 == 0:
        StoredWeight(bytes: bytes, element: .float32, owner: mapped)
      case .float16: StoredWeight(bytes: bytes, element: .float16, owner: mapped)
      case .bfloat16: StoredWeight(bytes: bytes, element: .bfloat16, owner: mapped)
      default: nil
      }
    }
  }
}

extension Checkpoint {
  /// A tensor's blocks in the mapped file.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: Its blocks; nil for numbers, and for blocks that have no format here.
  public func blocks(_ name: String) -> StoredBlocks? {
    guard let mapped = try? mapped(named: name), case .blocks(let type) = mapped.type,
      let format = BlockFormat(type)
    else { return nil }
    return mapped.withBytes { StoredBlocks(bytes: $0, format: format, owner: mapped) }
  }
}

extension ModelError {
  /// The same failure in this module's words.
  init(_ error: CheckpointError) {
    self = .brokenFile("\(error)", error.isMissingInput ? .noSuchInput : .badData)
  }
}
