public import Tensors

extension BlockFormat {
  /// The format of a tensor's type in a GGUF file; nil for plain numbers and for blocks without a
  /// format here.
  ///
  /// - Parameter type: The type.
  public init?(_ type: GGUFTensorType) {
    guard let found = Self.all.first(where: { $0.typeID == Int(type.id) }) else { return nil }
    self = found
  }
}

extension Checkpoint {
  /// A tensor as a matrix, its blocks decoded where it is stored in some.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - threads: How many threads share the rows of blocks.
  /// - Returns: The matrix, of ``CheckpointTensor/rows`` × ``CheckpointTensor/columns``.
  /// - Throws: `CheckpointError.noSuchTensor`, or `CheckpointError.notNumbers` for blocks that have no
  ///   format here and for types without a conversion.
  public func decodedMatrix(
    named name: String, threads: Int? = nil
  ) throws(CheckpointError) -> Matrix {
    let info = try info(named: name)
    guard case .blocks(let type) = info.type else { return try matrix(named: name) }
    guard let format = BlockFormat(type) else {
      throw .notNumbers(path: path, name: name, type: info.type)
    }
    let (rows, columns) = (info.rows, info.columns)
    guard info.count > 0 else { return Matrix(rows: rows, columns: columns, repeating: 0) }
    let size = format.bytesPerRow(columns: columns)
    return try withBytes(named: name) { bytes in
      Matrix(rows: rows, columns: columns) { (values: UnsafeMutableBufferPointer<Float>) in
        nonisolated(unsafe) let values = values
        nonisolated(unsafe) let blocks = bytes.assumingMemoryBound(to: UInt8.self)
        Parallel.split(rows, threads: Parallel.threads(threads, elements: info.count)) { part in
          guard let start = blocks.baseAddress else { return }
          for row in part {
            format.decodeRow(
              start + row * size,
              UnsafeMutableBufferPointer(rebasing: values[row * columns..<(row + 1) * columns]))
          }
        }
      }
    }
  }
}
