/// How a checkpoint stores a tensor's elements: as numbers, or in blocks of a GGUF file.
public enum StoredType: Hashable, Sendable {
  /// One number each.
  case numbers(TensorType)
  /// Blocks, which the floor above decodes.
  case blocks(GGUFTensorType)

  /// The name: `F32`, `BF16`, or `q4_k` for blocks.
  public var name: String {
    switch self {
    case .numbers(let type): type.rawValue
    case .blocks(let type): type.name
    }
  }

  /// Whether elements can be read as `Float` here, without the block formats.
  public var isReadableAsFloats: Bool {
    if case .numbers(let type) = self { type.isReadableAsFloats } else { false }
  }
}

/// What a checkpoint says of one tensor.
public struct CheckpointTensor: Hashable, Sendable {
  /// The tensor's name.
  public let name: String
  /// How its elements are stored.
  public let type: StoredType
  /// Its sizes, the outermost first; none for a single element.
  public let shape: [Int]
  /// How many bytes its elements take, each counted once.
  public let byteCount: Int
  /// Which of ``Checkpoint/files`` it lies in.
  public let fileIndex: Int
  /// Whether its elements lie row after row in the file, as all but views in PyTorch files do.
  public let isContiguous: Bool

  /// The number of elements.
  public var count: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

  /// The rows of its matrix.
  ///
  /// Of numbers: the first size, or 1 where there is at most one size. Of blocks, which run along the
  /// innermost size: all outer sizes multiplied.
  public var rows: Int { matrixShape.rows }

  /// The columns of its matrix: what ``rows`` leaves.
  public var columns: Int { matrixShape.columns }

  private var matrixShape: (rows: Int, columns: Int) {
    if case .blocks = type, let innermost = shape.last {
      return (innermost == 0 ? 0 : count / innermost, innermost)
    }
    return Matrix.shape(ofTensor: shape)
  }
}

extension Matrix {
  /// The rows and columns of a tensor's matrix: rank 2 as it is, rank 0 and 1 as one row, higher
  /// ranks with the first size as rows and the product of the others as columns.
  ///
  /// A tensor without elements may have sizes whose product does not fit; its columns are then 0.
  static func shape(ofTensor shape: [Int]) -> (rows: Int, columns: Int) {
    guard let first = shape.first, shape.count > 1 else { return (1, shape.first ?? 1) }
    return (first, TensorType.elementCount(shape: Array(shape.dropFirst())) ?? 0)
  }
}

/// A tensor whose place in a file has been checked: nothing in it leads outside the file.
struct PlacedTensor: Sendable {
  let name: String
  let type: StoredType
  let shape: [Int]
  /// Steps in elements from one index to the next, a size each; nil where elements lie row after row.
  let strides: [Int]?
  /// The file that holds it.
  let file: FileBytes
  /// Where in the file its elements lie, from the first to the end of the last.
  let range: Range<Int>

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: file.bytes[range]) }

  /// What the outside sees.
  func described(fileIndex: Int) -> CheckpointTensor {
    var byteCount = range.count
    if strides != nil, case .numbers(let type) = type {
      byteCount = type.byteCount(shape: shape) ?? 0
    }
    return CheckpointTensor(
      name: name, type: type, shape: shape, byteCount: byteCount, fileIndex: fileIndex,
      isContiguous: strides == nil)
  }

  /// Lends the elements' bytes, row after row; copied where they do not lie so.
  func withContiguousBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(file) {} }
    guard let strides, case .numbers(let type) = type else { return try body(bytes) }
    let gathered = gather(bytes, elementSize: type.bits / 8, shape: shape, strides: strides)
    return try gathered.withUnsafeBufferPointer {
      (buffer: UnsafeBufferPointer<UInt8>) throws(Failure) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}

/// Copies the elements of a strided view, row after row.
///
/// - Parameters:
///   - source: From the view's first element to the end of its last.
///   - elementSize: Bytes an element: 1, 2, 4 or 8.
///   - shape: The sizes.
///   - strides: Elements from one index to the next, as many as there are sizes.
/// - Returns: The elements' bytes, contiguous.
func gather(
  _ source: UnsafeRawBufferPointer, elementSize: Int, shape: [Int], strides: [Int]
) -> [UInt8] {
  guard !shape.contains(0) else { return [] }
  let count = shape.reduce(1, *)
  let inner = shape.last ?? 1
  let step = (strides.last ?? 0) * elementSize
  return [UInt8](unsafeUninitializedCapacity: count * elementSize) { target, filled in
    filled = count * elementSize
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    var index = [Int](repeating: 0, count: max(0, shape.count - 1))  // of the outer sizes
    var start = 0
    for row in 0..<count / inner {
      let output = UnsafeMutableRawPointer(to + row * inner * elementSize)
      switch elementSize {
      case _ where step == elementSize:
        output.copyMemory(from: from + start, byteCount: inner * elementSize)
      case 1: gatherRow(from + start, step, UInt8.self, inner, output)
      case 2: gatherRow(from + start, step, UInt16.self, inner, output)
      case 4: gatherRow(from + start, step, UInt32.self, inner, output)
      default: gatherRow(from + start, step, UInt64.self, inner, output)
      }
      // The next index, the innermost of the outer sizes first, as an odometer counts.
      for axis in index.indices.reversed() {
        index[axis] += 1
        start += strides[axis] * elementSize
        if index[axis] < shape[axis] { break }
        start -= shape[axis] * strides[axis] * elementSize
        index[axis] = 0
      }
    }
  }
}

/// Copies elements that lie a step of bytes apart.
@inline(__always) private func gatherRow<Bits: BitwiseCopyable>(
  _ source: UnsafeRawPointer, _ step: Int, _: Bits.Type, _ count: Int,
  _ output: UnsafeMutableRawPointer
) {
  for index in 0..<count {
    output.storeBytes(
      of: source.loadUnaligned(fromByteOffset: index * step, as: Bits.self),
      toByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
  }
}
