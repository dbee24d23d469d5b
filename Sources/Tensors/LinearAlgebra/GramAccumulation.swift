internal import COpenBLAS
internal import Dispatch

extension Matrix {
  /// Adds the products of all pairs of a matrix's columns to the upper triangle of this matrix.
  ///
  /// Half the work of a product, and in place: what a running Hessian is summed with. Read the sum
  /// after ``mirrorUpperTriangle()``. The same bits however many threads take part; see `GramPanels`.
  ///
  /// - Parameter batch: A matrix of n × `columns`.
  public mutating func addUpperGramOfColumns(of batch: Matrix) {
    precondition(
      rows == columns && columns == batch.columns,
      "the products of \(batch.columns) columns added to \(rows) × \(columns)")
    if batch.isEmpty { return }
    let (size, count) = (blasSize(columns), blasSize(batch.rows))
    let panels = GramPanels(columns: columns, rows: batch.rows)
    withUnsafeMutableBufferPointer { target in
      batch.withUnsafeBufferPointer { source in
        guard let sum = target.baseAddress, let values = source.baseAddress else { return }
        panels.compute { panel in
          let (first, width) = (panel.lowerBound, blasSize(panel.count))
          if first > 0 {
            cblas_sgemm(
              CblasRowMajor, CblasTrans, CblasNoTrans, blasSize(first), width, count, 1, values,
              size,
              values + first, size, 1, sum + first, size)
          }
          cblas_ssyrk(
            CblasRowMajor, CblasUpper, CblasTrans, width, count, 1, values + first, size, 1,
            sum + first * Int(size) + first, size)
        }
      }
    }
  }

  /// Copies the upper triangle over the lower one.
  public mutating func mirrorUpperTriangle() {
    precondition(rows == columns, "\(rows) × \(columns) is not square")
    let size = rows
    withUnsafeMutableBufferPointer { Tensors.mirrorUpperTriangle($0, size: size) }
  }
}

extension DoubleMatrix {
  /// Adds the products of all pairs of a matrix's columns to the upper triangle of this matrix.
  ///
  /// In double precision; the batch is widened a few rows at a time, so the extra memory is small.
  /// Read the sum after ``mirrorUpperTriangle()``. The same bits however many threads take part; see
  /// `GramPanels`.
  ///
  /// - Parameter batch: A matrix of n × `columns`.
  public mutating func addUpperGramOfColumns(of batch: Matrix) {
    precondition(
      rows == columns && columns == batch.columns,
      "the products of \(batch.columns) columns added to \(rows) × \(columns)")
    if batch.isEmpty { return }
    let size = columns
    let stride = blasSize(size)
    let rowsAtOnce = max(1, min(batch.rows, (1 << 20) / size))
    var widened = [Double](repeating: 0, count: rowsAtOnce * size)
    withUnsafeMutableBufferPointer { target in
      batch.withUnsafeBufferPointer { source in
        for start in Swift.stride(from: 0, to: batch.rows, by: rowsAtOnce) {
          let part = min(rowsAtOnce, batch.rows - start)
          widened.withUnsafeMutableBufferPointer { widened in
            for index in 0..<part * size { widened[index] = Double(source[start * size + index]) }
            guard let sum = target.baseAddress, let values = widened.baseAddress else { return }
            GramPanels(columns: size, rows: part).compute { panel in
              let (first, width) = (panel.lowerBound, blasSize(panel.count))
              if first > 0 {
                cblas_dgemm(
                  CblasRowMajor, CblasTrans, CblasNoTrans, blasSize(first), width, blasSize(part),
                  1,
                  values, stride, values + first, stride, 1, sum + first, stride)
              }
              cblas_dsyrk(
                CblasRowMajor, CblasUpper, CblasTrans, width, blasSize(part), 1, values + first,
                stride, 1, sum + first * size + first, stride)
            }
          }
        }
      }
    }
  }

  /// Copies the upper triangle over the lower one.
  public mutating func mirrorUpperTriangle() {
    precondition(rows == columns, "\(rows) × \(columns) is not square")
    let size = rows
    withUnsafeMutableBufferPointer { Tensors.mirrorUpperTriangle($0, size: size) }
  }
}

/// The panels of columns into which a Gram matrix is cut, so that its bits depend on no thread count.
///
/// A BLAS that shares one `syrk` out to threads cuts it where their number says, and its kernels round
/// differently at the edges of a cut: with the kernels for Haswell a sum over 2,048 tokens had other last
/// bits with one thread, two and three. Here the cuts are fixed, one thread computes a panel, and threads
/// share out the panels.
struct GramPanels {
  private let ranges: [Range<Int>]
  private let work: Int

  /// Columns of a panel: wide enough for the product's kernels.
  private static let width = 128

  init(columns: Int, rows: Int) {
    ranges = stride(from: 0, to: columns, by: Self.width).map {
      $0..<min($0 + Self.width, columns)
    }
    work = columns * columns * rows
  }

  /// Calls `body` once a panel, the longest first; panels on different threads at the same time.
  func compute(_ body: (Range<Int>) -> Void) {
    nonisolated(unsafe) let body = body  // runs only while this call waits for it
    BLASThreads.withOneEach {
      // Below this, handing over to another thread would take longer than the work.
      guard ranges.count > 1, work > 1 << 21 else {
        for range in ranges.reversed() { body(range) }
        return
      }
      DispatchQueue.concurrentPerform(iterations: ranges.count) {
        body(ranges[ranges.count - 1 - $0])
      }
    }
  }
}

/// Copies the upper triangle of a square row-major matrix over its lower one, tile by tile.
private func mirrorUpperTriangle<Scalar: BinaryFloatingPoint>(
  _ matrix: UnsafeMutableBufferPointer<Scalar>, size: Int
) {
  let tile = 32
  for firstRow in stride(from: 0, to: size, by: tile) {
    for firstColumn in stride(from: firstRow, to: size, by: tile) {
      for row in firstRow..<min(firstRow + tile, size) {
        for column in max(firstColumn, row)..<min(firstColumn + tile, size) {
          matrix[column * size + row] = matrix[row * size + column]
        }
      }
    }
  }
}
