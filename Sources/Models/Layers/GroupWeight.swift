internal import CKernels
public import Quantization

/// A linear layer whose weight is integers of four or eight bits with a scale and a zero a group.
public typealias PackedGroupLinear = PackedLayer<GroupWeight>

/// A matrix as packed integers: value = scale × (code − zero), a scale and a zero for each group of a row.
///
/// What GPTQ, AWQ and round-to-nearest make, packed for products: codes of up to four bits take half a
/// byte, others a byte. Each 32 codes of half a byte fill 16 bytes, code j and code j + 16 in byte j, so
/// that one load gives two runs of neighbours.
///
/// Groups need not be neighbours: where a checkpoint names each input's group (`g_idx`, act-order), codes
/// are kept group by group and inputs are put into the same order for each product. Where 32 does not
/// divide a group it is filled up with codes whose input is zero.
public struct GroupWeight: PackedWeight {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Bits a stored code: 4 or 8.
  public let bits: Int
  /// How many stored neighbours in a row share a scale and a zero.
  public let groupSize: Int
  /// Which column each stored code belongs to, −1 for one that fills a group up; nil where codes lie in
  /// the order of the columns.
  private let order: [Int32]?
  /// Codes a row, those that fill groups up included.
  private let slots: Int
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
    (order, slots) = (nil, matrix.columns)
    codes = Self.packed(
      matrix.codes.bytes, rows: rows, columns: columns, bits: bits, shift: UInt8(shift), order: nil)
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

  /// Packs a layer of a checkpoint, whatever its groups are.
  ///
  /// - Parameter layer: The layer.
  public init(_ layer: AffineLayer) {
    bits = layer.bits <= 4 ? 4 : 8
    (rows, columns) = (layer.rows, layer.columns)
    let plan = GroupOrder(layer, runLength: Self.runLength)
    groupSize = plan.groupSize
    order = plan.order
    slots = plan.groups.count * plan.groupSize
    codes = Self.packed(
      layer.codes, rows: rows, columns: columns, bits: bits, shift: 0, order: plan.order)
    let (rows, count) = (rows, layer.groupCount)
    scales = (0..<rows).flatMap { row in plan.groups.map { layer.scales[row * count + $0] } }
    zeros = (0..<rows).flatMap { row in plan.groups.map { Float(layer.zeros[row * count + $0]) } }
  }

  private static let runLength = 32

  /// Codes as they are stored, each moved up by `shift`.
  ///
  /// Adding 2^(bits − 1) turns two's complement into a code from 0, in the lowest bits.
  private static func packed(
    _ codes: [UInt8], rows: Int, columns: Int, bits: Int, shift: UInt8, order: [Int32]?
  ) -> [UInt8] {
    let slots = order?.count ?? columns
    let size = slots * bits / 8
    return [UInt8](unsafeUninitializedCapacity: rows * size) { target, filled in
      nonisolated(unsafe) let target = target
      codes.withUnsafeBufferPointer { codes in
        nonisolated(unsafe) let codes = codes
        Parallel.split(rows, parts: Parallel.parts(for: codes.count)) { range in
          withUnsafeTemporaryAllocation(of: UInt8.self, capacity: slots) { line in
            for row in range {
              let own = UnsafeBufferPointer(rebasing: codes[row * columns..<(row + 1) * columns])
              for slot in 0..<slots {
                let column = order.map { Int($0[slot]) } ?? slot
                line[slot] = column < 0 ? 0 : own[column] &+ shift
              }
              let bytes = UnsafeMutableBufferPointer(
                rebasing: target[row * size..<(row + 1) * size])
              if bits == 8 {
                _ = bytes.update(from: line)
                continue
              }
              for place in bytes.indices {
                let first = place / 16 * runLength + place % 16
                bytes[place] = line[first] & 15 | line[first + 16] << 4
              }
            }
          }
        }
      }
      filled = rows * size
    }
  }

  private var groupsAcross: Int { slots / groupSize }
  private var rowBytes: Int { slots * bits / 8 }
  /// The bytes of codes, scales and zeros, and of the columns' order where they have one.
  public var byteCount: Int {
    codes.count + 4 * (scales.count + zeros.count + (order?.count ?? 0))
  }

  /// Writes some rows as floats.
  ///
  /// - Parameters:
  ///   - range: Which rows.
  ///   - target: Room for them.
  public func copyRows(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    guard let order else {
      return withStarts(row: range.lowerBound) { codes, scales, zeros in
        nibble_group_decode(
          codes, Int32(bits), scales, zeros, range.count * groupsAcross, groupSize, target)
      }
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: slots) { line in
      guard let values = line.baseAddress else { return }
      order.withUnsafeBufferPointer { order in
        for (place, row) in range.enumerated() {
          withStarts(row: row) { codes, scales, zeros in
            nibble_group_decode(
              codes, Int32(bits), scales, zeros, groupsAcross, groupSize, values)
          }
          let output = target + place * columns
          for (slot, column) in order.enumerated() where column >= 0 {
            output[Int(column)] = values[slot]
          }
        }
      }
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
    guard let order else { return multiplyOrdered(range, by: vector, into: products) }
    withUnsafeTemporaryAllocation(byteCount: slots * 4, alignment: 64) { buffer in
      guard let ordered = buffer.bindMemory(to: Float.self).baseAddress else { return }
      order.withUnsafeBufferPointer { order in
        for (slot, column) in order.enumerated() {
          ordered[slot] = column < 0 ? 0 : vector[Int(column)]
        }
      }
      multiplyOrdered(range, by: ordered, into: products)
    }
  }

  /// The same with a vector in the order of the codes.
  private func multiplyOrdered(
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
    for slot in 0..<slots {
      let column = order.map { Int($0[slot]) } ?? slot
      if column < 0 { continue }
      let group = row * groupsAcross + slot / groupSize
      let (scale, zero) = (Double(scales[group]), Double(zeros[group]))
      let (code, x) = (Double(code(row: row, slot: slot)), Double(vector[column]))
      product += scale * (code - zero) * x
      magnitude += abs(scale) * (code + abs(zero)) * abs(x)
    }
    return (product, magnitude)
  }

  /// A code as it is stored, from 0.
  private func code(row: Int, slot: Int) -> UInt8 {
    if bits == 8 { return codes[row * rowBytes + slot] }
    let run = row * rowBytes + slot / Self.runLength * 16
    let place = slot % Self.runLength
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

/// How the columns of a layer are laid out so that each stored group is whole runs.
struct GroupOrder {
  /// How many stored codes share a scale: whole runs.
  let groupSize: Int
  /// Which of the layer's groups each stored one is a part of.
  let groups: [Int]
  /// The column of each stored code, −1 for none; nil where they are the columns in order.
  let order: [Int32]?

  init(_ layer: AffineLayer, runLength: Int) {
    if layer.groupsAreRuns, layer.groupSize % runLength == 0 {
      (groupSize, groups, order) = (layer.groupSize, Array(0..<layer.groupCount), nil)
      return
    }
    var members = [[Int32]](repeating: [], count: layer.groupCount)
    for (column, group) in layer.groupIndex.enumerated() { members[group].append(Int32(column)) }
    // Groups of one length are stored whole; others run by run, each with its group's scale.
    let lengths = Set(members.map { ($0.count + runLength - 1) / runLength * runLength })
    let size = lengths.count == 1 ? lengths.first ?? runLength : runLength
    var (groups, order): ([Int], [Int32]) = ([], [])
    for (group, columns) in members.enumerated() {
      for first in stride(from: 0, to: columns.count, by: size) {
        let part = columns[first..<min(first + size, columns.count)]
        groups.append(group)
        order += part
        order += repeatElement(-1, count: size - part.count)
      }
    }
    (self.groupSize, self.groups, self.order) = (size, groups, order)
  }
}
