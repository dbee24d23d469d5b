internal import CKernels
public import Tensors

extension QuantizedMatrix {
  /// The real numbers that the codes stand for: scale × (code − zero point), each rounded once.
  ///
  /// - Parameter threads: How many threads to use; nil leaves it to the size of the matrix.
  /// - Returns: A matrix of the same shape.
  public func dequantized(threads: Int? = nil) -> Matrix {
    // Rows of a rectangle share a scale with their neighbours, so each is decoded as a run of its own.
    let across = layout.isContiguous ? 1 : layout.groupsAcross
    let runs = layout.isContiguous ? layout.count : rows * across
    let length = rows * columns / runs
    let scales = layout.isContiguous ? scales : spreadOverRows(self.scales)
    let zeroPoints = layout.isContiguous ? zeroPoints : spreadOverRows(self.zeroPoints)
    let threads = Parallel.threads(threads, elements: rows * columns)
    return Matrix(rows: rows, columns: columns) { (values: UnsafeMutableBufferPointer<Float>) in
      nibble_expect_writes(values.baseAddress, values.count * MemoryLayout<Float>.size)
      nonisolated(unsafe) let values = values
      codes.bytes.withUnsafeBufferPointer { codes in
        scales.withUnsafeBufferPointer { scales in
          zeroPoints.withUnsafeBufferPointer { zeroPoints in
            Parallel.split(runs, threads: threads) { part in
              guard let codes = codes.baseAddress, let values = values.baseAddress,
                let scales = scales.baseAddress, let zeroPoints = zeroPoints.baseAddress
              else { return }
              let start = part.lowerBound
              nibble_affine_decode_groups(
                codes + start * length, part.count, length, self.codes.isSigned ? 1 : 0,
                scales + start, zeroPoints + start, values + start * length)
            }
          }
        }
      }
    }
  }

  /// One value a row of each rectangle, from one value a rectangle.
  private func spreadOverRows<Value>(_ perGroup: [Value]) -> [Value] {
    (0..<rows).flatMap { row in
      let first = row / layout.groupRows * layout.groupsAcross
      return perGroup[first..<first + layout.groupsAcross]
    }
  }
}
