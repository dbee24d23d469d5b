internal import CKernels
public import Quantization

/// A linear layer whose weight is integers of four or eight bits with a scale and a zero a group.
public typealias PackedGroupLinear = PackedLayer<GroupWeight>

/// A matrix as packed integers: value = scale × (code − zero), a scale and a zero for each group of a row.
///
/// What GPTQ, AWQ and round-to-nearest make, packed for products: codes of up to four bits take half a
/// byte, others a byte. Each 32 codes of half a byte fill 16 bytes, code j and code j + 16 in byte j, so
/// that one load gives two runs of neighbours.
public struct GroupWeight: PackedWeight {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Bits a stored code: 4 or 8.
  public let bits: Int
  /// How many neighbours in a row share a scale and a zero.
  public let groupSize: Int
  private let codes: [UInt8]
  private let scales: [Float]
  private let zeros: [Float]

  /// Packs a quantized matrix.
  ///
  /// - Parameter matrix: The codes; who shares a scale is up to its scheme.
  /// - Throws: `ModelError.invalidRequest` where the columns that share a scale are no multiple of 32.
  public init(_ matrix: QuantizedMatrix) throws(ModelError) {
    let size = matrix.columns / matrix.groupsAcross
    guard size % Self.runLength == 0 else {
      throw .invalidRequest(
        "groups of \(size) columns cannot be packed for products; use a multiple of "
          + "\(Self.runLength)")
    }
    let isSigned = matrix.codes.isSigned
    bits = matrix.scheme.bits <= 4 ? 4 : 8
    // Stored codes begin at 0: what signed codes are moved by, their zeros are moved by too.
    let shift = isSigned ? 1 << (bits - 1) : 0
    (rows, columns, groupSize) = (matrix.rows, matrix.columns, size)
    codes = Self.packed(matrix.codes.bytes, bits: bits, shift: shift)
    let groups = rows * matrix.groupsAcross
    var scales = [Float](repeating: 0, count: groups)
    var zeros = scales
    for group in 0..<groups {
      let row = group / matrix.groupsAcross
      let column = group % matrix.groupsAcross * size
      scales[group] = matrix.scale(row: row, column: column)
      zeros[group] = Float(matrix.zeroPoint(row: row, column: column) + shift)
    }
    self.scales = scales
    self.zeros = zeros
  }

  /// Packs a layer of a checkpoint.
  ///
  /// - Parameter layer: The codes; groups are runs of neighbouring columns, as they are without an order by
  ///   activation.
  /// - Throws: `ModelError.invalidRequest` where they are not, or are no multiple of 32 columns long.
  public init(_ layer: AffineLayer) throws(ModelError) {
    let size = layer.columns / layer.groupCount
    guard size > 0, size % Self.runLength == 0, size * layer.groupCount == layer.columns,
      layer.groupIndex.indices.allSatisfy({ layer.groupIndex[$0] == $0 / size })
    else {
      throw .invalidRequest(
        "\(layer.groupCount) groups of \(layer.columns) columns cannot be packed for products; they must be "
          + "runs of a multiple of \(Self.runLength) neighbours")
    }
    bits = layer.bits <= 4 ? 4 : 8
    (rows, columns, groupSize) = (layer.rows, layer.columns, size)
    codes = Self.packed(layer.codes, bits: bits, shift: 0)
    scales = layer.scales
    zeros = layer.zeros.map { Float($0) }
  }

  private static let runLength = 32

  private static func packed(_ codes: [UInt8], bits: Int, shift: Int) -> [UInt8] {
    // Adding 2^(bits − 1) turns two's complement into a code from 0, in the lowest bits.
    let moved = codes.map { $0 &+ UInt8(shift) }
    if bits == 8 { return moved }
    var bytes = [UInt8](repeating: 0, count: codes.count / 2)
    for place in bytes.indices {
      let first = place / 16 * runLength + place % 16
      bytes[place] = moved[first] & 15 | moved[first + 16] << 4
    }
    return bytes
  }

  private var groupsAcross: Int { columns / groupSize }
  private var rowBytes: Int { columns * bits / 8 }
  /// The bytes of codes, scales and zeros.
  public var byteCount: Int { codes.count + 4 * (scales.count + zeros.count) }

  /// Writes some rows as floats.
  ///
  /// - Parameters:
  ///   - range: Which rows.
  ///   - target: Room for them.
  public func copyRows(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    withStarts(row: range.lowerBound) { codes, scales, zeros in
      nibble_group_decode(
        codes, Int32(bits), scales, zeros, range.count * groupsAcross, groupSize, target)
    }
  }

  /// Multiplies some rows with a vector, on the calling thread.
  ///
  /// - Parameters:
  ///   - range: Which rows.
  ///   - vector: As many numbers as there are columns.
  ///   - products: Room for a product a row.
  public func multiply(
    _ range: Range<Int>, by vector: UnsafePointer<Float>,
    into products: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: groupsAcross) { buffer in
      guard let sums = buffer.baseAddress else { return }
      withStarts(row: range.lowerBound) { codes, scales, zeros in
        nibble_group_products(
          codes, Int32(bits), scales, zeros, range.count, groupsAcross, groupSize, vector, sums,
          products)
      }
    }
  }

  /// The product of a row with a vector, by the formula, in double precision: it explains
  /// ``multiply(_:by:into:)`` and judges it.
  ///
  /// - Parameters:
  ///   - row: Which row.
  ///   - vector: As many numbers as there are columns.
  /// - Returns: The product, and the sum of the magnitudes of everything that is added up for it.
  public func productReference(
    row: Int, _ vector: [Float]
  ) -> (product: Double, magnitude: Double) {
    precondition(vector.count == columns, "\(vector.count) numbers for \(columns) columns")
    var (product, magnitude) = (0.0, 0.0)
    for column in 0..<columns {
      let group = row * groupsAcross + column / groupSize
      let (scale, zero) = (Double(scales[group]), Double(zeros[group]))
      let (code, x) = (Double(code(row: row, column: column)), Double(vector[column]))
      product += scale * (code - zero) * x
      magnitude += scale * (code + abs(zero)) * abs(x)
    }
    return (product, magnitude)
  }

  /// A code as it is stored, from 0.
  private func code(row: Int, column: Int) -> UInt8 {
    if bits == 8 { return codes[row * rowBytes + column] }
    let run = row * rowBytes + column / Self.runLength * 16
    let place = column % Self.runLength
    return place < 16 ? codes[run + place] & 15 : codes[run + place - 16] >> 4
  }

  private func withStarts(
    row: Int, _ body: (UnsafePointer<UInt8>, UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    codes.withUnsafeBufferPointer { codes in
      scales.withUnsafeBufferPointer { scales in
        zeros.withUnsafeBufferPointer { zeros in
          guard let codes = codes.baseAddress, let scales = scales.baseAddress,
            let zeros = zeros.baseAddress
          else { return }
          let group = row * groupsAcross
          body(codes + row * rowBytes, scales + group, zeros + group)
        }
      }
    }
  }
}
