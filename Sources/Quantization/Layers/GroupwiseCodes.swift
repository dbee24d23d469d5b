internal import Tensors

/// Codes and one scale for each run in a row, made run by run: the frame of the formats with a table.
struct GroupwiseCodes {
  let rows: Int
  let columns: Int
  let groupSize: Int
  var codes: [UInt8]
  var scales: [Float]

  /// Calls `encode` with each group of the weight; it writes the codes and returns the scale.
  ///
  /// Groups are shared out among threads, so `encode` may depend on nothing but its own group.
  init(
    _ weight: Matrix, groupSize: Int, threads: Int?,
    encode:
      (_ group: UnsafeBufferPointer<Float>, _ codes: UnsafeMutablePointer<UInt8>, _ index: Int) ->
      Float
  ) {
    rows = weight.rows
    columns = weight.columns
    self.groupSize = groupSize
    let groups = weight.count / groupSize
    let threads = Parallel.threads(threads, elements: weight.count)
    var scales = [Float](repeating: 0, count: groups)
    codes = [UInt8](unsafeUninitializedCapacity: weight.count) { codes, filled in
      scales.withUnsafeMutableBufferPointer { scales in
        weight.withUnsafeBufferPointer { values in
          nonisolated(unsafe) let scales = scales
          nonisolated(unsafe) let codes = codes
          Parallel.split(groups, threads: threads) { part in
            guard let codes = codes.baseAddress else { return }
            for group in part {
              let start = group * groupSize
              let run = UnsafeBufferPointer(rebasing: values[start..<start + groupSize])
              scales[group] = encode(run, codes + start, group)
            }
          }
        }
      }
      filled = weight.count
    }
    self.scales = scales
  }

  /// The scales, shape [rows, groups].
  var scaleMatrix: Matrix {
    let across = columns / groupSize
    return Matrix(rows: rows, columns: across) { row, column in scales[row * across + column] }
  }

  /// The layer's result, where one table gives every code its value in units of the scale.
  ///
  /// - Parameters:
  ///   - table: The value of each byte that occurs as a code.
  ///   - bits: What a code takes.
  ///   - isSigned: Whether the bytes are two's complement.
  ///   - codebooks: The table, where it was learned.
  ///   - stored: What is stored besides the codes.
  /// - Returns: Codes, scales, what they dequantize to, and what they occupy.
  func result(
    _ table: [Float], bits: Int, isSigned: Bool = false, codebooks: Matrix? = nil,
    stored: [StorageCost.Item]
  ) -> LayerResult {
    var result = LayerResult(
      codes: Codes(bytes: codes, isSigned: isSigned), scales: scaleMatrix,
      dequantized: dequantized(table), codebooks: codebooks,
      storage: StorageCost(
        weights: codes.count,
        items: [.init("codes", count: codes.count, bitsEach: bits)] + stored))
    if codebooks == nil, !isSigned { result.levels = table }  // a signed code is its own value
    return result
  }

  /// scale × table[code], shape of the weight.
  func dequantized(_ table: [Float]) -> Matrix {
    Matrix(rows: rows, columns: columns) { (values: UnsafeMutableBufferPointer<Float>) in
      codes.withUnsafeBufferPointer { codes in
        table.withUnsafeBufferPointer { table in
          for group in scales.indices {
            let scale = scales[group]
            for index in group * groupSize..<(group + 1) * groupSize {
              values[index] = scale * table[Int(codes[index])]
            }
          }
        }
      }
    }
  }
}
