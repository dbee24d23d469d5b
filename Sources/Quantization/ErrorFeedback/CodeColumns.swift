internal import CKernels
internal import Tensors

/// Codes of a weight, columns one below another in the order in which they were taken, with the grids
/// of each group: what the loops over strips of rows write.
///
/// Rows are filled up to whole strips; ``stride`` is the length of a filled-up column.
struct CodeColumns {
  let rows: Int
  let columns: Int
  let stride: Int
  /// Position by position.
  var codes: [UInt8]
  /// Group by group.
  var scales: [Float]
  var zeros: [Float]

  static let strip = Int(NIBBLE_STRIP)

  init(rows: Int, columns: Int, groups: Int) {
    self.rows = rows
    self.columns = columns
    stride = (rows + Self.strip - 1) / Self.strip * Self.strip
    codes = [UInt8](repeating: 0, count: columns * stride)
    scales = [Float](repeating: 1, count: groups * stride)
    zeros = [Float](repeating: 0, count: groups * stride)
  }

  /// A weight, columns one below another, rows filled up with zeros.
  static func transposed(_ weight: Matrix, threads: Int) -> [Float] {
    let (rows, columns) = (weight.rows, weight.columns)
    let stride = (rows + strip - 1) / strip * strip
    return [Float](unsafeUninitializedCapacity: columns * stride) { target, count in
      weight.withUnsafeBufferPointer { source in
        nonisolated(unsafe) let target = target
        Parallel.split(stride / strip, threads: threads) { strips in
          for first in strips.map({ $0 * strip }) {
            let last = min(first + strip, rows)
            for left in Swift.stride(from: 0, to: columns, by: strip) {
              for column in left..<min(left + strip, columns) {
                let place = column * stride
                for row in first..<last { target[place + row] = source[row * columns + column] }
                for row in last..<max(first + strip, last) { target[place + row] = 0 }
              }
            }
          }
        }
      }
      count = columns * stride
    }
  }

  /// Codes and what they dequantize to, row-major in the layer's own order of columns.
  func rowMajor(
    permutation: [Int], groups: [Int], threads: Int
  ) -> (codes: Codes, dequantized: Matrix) {
    var bytes = [UInt8](repeating: 0, count: rows * columns)
    let (rows, columns, stride, strip) = (rows, columns, stride, Self.strip)
    let dequantized = Matrix(rows: rows, columns: columns) {
      (values: UnsafeMutableBufferPointer<Float>) in
      bytes.withUnsafeMutableBufferPointer { bytes in
        codes.withUnsafeBufferPointer { codes in
          scales.withUnsafeBufferPointer { scales in
            zeros.withUnsafeBufferPointer { zeros in
              nonisolated(unsafe) let (values, bytes) = (values, bytes)
              Parallel.split(stride / strip, threads: threads) { strips in
                for first in strips.map({ $0 * strip }) {
                  for left in Swift.stride(from: 0, to: columns, by: strip) {
                    for row in first..<min(first + strip, rows) {
                      for position in left..<min(left + strip, columns) {
                        let code = codes[position * stride + row]
                        let place = row * columns + permutation[position]
                        let grid = groups[position] * stride + row
                        bytes[place] = code
                        values[place] = (Float(code) - zeros[grid]) * scales[grid]
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    return (Codes(bytes), dequantized)
  }
}
