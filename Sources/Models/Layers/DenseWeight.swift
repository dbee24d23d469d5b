public import Tensors

/// A matrix of floating-point numbers as a checkpoint stores them, read in place.
///
/// Half-precision numbers stay as they are, half the bytes to read for each new token, and are widened
/// exactly where they are used: results are the same as if they had been converted before.
public struct DenseWeight: WeightMatrix {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  let storage: StoredWeight
  private let firstByte: Int

  /// Takes a matrix in memory.
  ///
  /// - Parameters:
  ///   - storage: Its elements, row after row.
  ///   - rows: The number of rows.
  ///   - columns: The number of columns.
  public init(_ storage: StoredWeight, rows: Int, columns: Int) {
    precondition(
      rows * columns * storage.element.bytes == storage.byteCount,
      "\(storage.byteCount) bytes for \(rows) × \(columns)")
    self.init(storage, rows: rows, columns: columns, firstByte: 0)
  }

  /// Copies a matrix.
  ///
  /// - Parameter matrix: The matrix.
  public init(_ matrix: Matrix) {
    let owner = OwnedFloats(matrix.elements)
    self.init(
      StoredWeight(bytes: owner.bytes, element: .float32, owner: owner), rows: matrix.rows,
      columns: matrix.columns)
  }

  private init(_ storage: StoredWeight, rows: Int, columns: Int, firstByte: Int) {
    self.storage = storage
    self.rows = rows
    self.columns = columns
    self.firstByte = firstByte
  }

  /// Some of the rows, sharing the memory.
  ///
  /// - Parameter range: Which.
  /// - Returns: A weight of those rows.
  public func rows(_ range: Range<Int>) -> DenseWeight {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return DenseWeight(
      storage, rows: range.count, columns: columns,
      firstByte: firstByte + range.lowerBound * rowBytes)
  }

  /// The type of the stored elements.
  public var element: StoredWeight.Element { storage.element }
  /// The bytes of all elements.
  public var byteCount: Int { rows * rowBytes }

  var rowBytes: Int { columns * storage.element.bytes }
  var start: UnsafeRawPointer { storage.start + firstByte }

  /// The elements of single precision; nil for other types.
  var floats: UnsafePointer<Float>? {
    storage.element == .float32 ? start.assumingMemoryBound(to: Float.self) : nil
  }

  /// Writes some rows as floats.
  ///
  /// - Parameters:
  ///   - range: Which rows.
  ///   - target: Room for them.
  public func copyRows(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    let count = range.count * columns
    let source = UnsafeRawBufferPointer(
      start: start + range.lowerBound * rowBytes, count: range.count * rowBytes)
    let output = UnsafeMutableBufferPointer(start: target, count: count)
    switch storage.element {
    case .float32: UnsafeMutableRawBufferPointer(output).copyMemory(from: source)
    case .float16: HalfPrecision.widen(source, as: .float16, into: output)
    case .bfloat16: HalfPrecision.widen(source, as: .bfloat16, into: output)
    }
  }

  /// The linear layer of this weight.
  ///
  /// - Parameter bias: One number a row, or none.
  /// - Returns: A ``DenseLayer``.
  public func layer(bias: [Float]?) -> any LinearLayer { DenseLayer(self, bias: bias) }
}

/// Floats in memory of their own, at the beginning of a cache line.
private final class OwnedFloats: @unchecked Sendable {
  // Sendable although it holds a pointer: nothing writes after `init`.
  let bytes: UnsafeRawBufferPointer

  init(_ values: [Float]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(4, values.count * 4), alignment: 64)
    values.withUnsafeBytes { copy.copyMemory(from: $0) }
    bytes = UnsafeRawBufferPointer(rebasing: copy[0..<values.count * 4])
  }

  deinit { bytes.deallocate() }
}
