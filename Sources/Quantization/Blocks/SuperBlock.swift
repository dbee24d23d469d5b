/// One block of a K-quant, taken apart: 256 small integers, and how they become values.
///
/// The 256 weights are cut into sub-blocks of 16 or 32. Each has a scale of its own, which is a small
/// integer too: the block's one half-precision number says what that integer counts in. Of weight i in
/// sub-block j:
///
///     value = scale × scales[j] × codes[i] − minimumScale × minima[j]
///
/// Layouts without minima have them all 0. Source: `block_q2_K` to `block_q6_K` in ggml-common.h.
public struct SuperBlock: Hashable, Sendable {
  /// How many weights a block holds.
  public static let length = 256

  /// What the integer scales count in; d in ggml, a half-precision number.
  public let scale: Float
  /// What the integer minima count in; dmin in ggml, a half-precision number.
  public let minimumScale: Float
  /// The scale of each sub-block: 0 to 15 or 63, with codes on both sides of zero −32 to 31 or
  /// −128 to 127.
  public let scales: [Int]
  /// How far below zero the first level of each sub-block lies: 0 to 15 or 63.
  public let minima: [Int]
  /// One integer a weight, in the order of the weights.
  public let codes: [Int]

  /// How many weights a sub-block holds, 16 or 32.
  public var subBlockLength: Int { Self.length / scales.count }

  /// The distance between neighbouring levels of a sub-block.
  ///
  /// - Parameter subBlock: Which one, from 0.
  /// - Returns: ``scale`` times its integer, rounded once.
  public func scale(of subBlock: Int) -> Float { scale * Float(scales[subBlock]) }

  /// What is taken off every level of a sub-block.
  ///
  /// - Parameter subBlock: Which one, from 0.
  /// - Returns: ``minimumScale`` times its integer, rounded once.
  public func minimum(of subBlock: Int) -> Float { minimumScale * Float(minima[subBlock]) }

  /// The weights that the block stands for, to the last bit those of llama.cpp.
  public var values: [Float] {
    codes.enumerated().map { index, code in
      let subBlock = index / subBlockLength
      return scale(of: subBlock) * Float(code) - minimum(of: subBlock)
    }
  }

  /// Takes the first block of some bytes apart.
  ///
  /// - Parameters:
  ///   - bytes: As a GGUF file holds them; what follows the first block is not looked at.
  ///   - layout: How they are arranged, as in `SuperBlockLayout.q4K`.
  /// - Throws: `QuantizationError.countMismatch` for too few bytes.
  public init(_ bytes: [UInt8], layout: SuperBlockLayout) throws(QuantizationError) {
    guard bytes.count >= layout.bytesPerBlock else {
      throw .countMismatch(
        what: "bytes of a \(layout.name) block", found: bytes.count,
        expected: layout.bytesPerBlock)
    }
    self = bytes.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { preconditionFailure("a block has bytes") }
      return layout.read(start)
    }
  }

  /// Finds the block that llama.cpp finds for 256 weights, by plain loops.
  ///
  /// - Parameters:
  ///   - values: 256 finite numbers (a precondition: as many).
  ///   - importance: As many weights of the squared errors, or nil.
  ///   - layout: What kind of block.
  public init(fitting values: [Float], importance: [Float]? = nil, layout: SuperBlockLayout) {
    precondition(values.count == Self.length, "\(values.count) values for a block of 256")
    precondition(
      importance.map { $0.count == Self.length } ?? true, "a block has 256 importances")
    self = values.withUnsafeBufferPointer { values in
      guard let importance else { return layout.fit(values, nil) }
      return importance.withUnsafeBufferPointer { layout.fit(values, $0.baseAddress) }
    }
  }

  /// A block from its parts.
  init(scale: Float, minimumScale: Float = 0, scales: [Int], minima: [Int]? = nil, codes: [Int]) {
    self.scale = scale
    self.minimumScale = minimumScale
    self.scales = scales
    self.minima = minima ?? [Int](repeating: 0, count: scales.count)
    self.codes = codes
  }

  /// The bytes that a file holds.
  ///
  /// - Parameter layout: The kind of block that this is (a precondition: as many sub-blocks).
  /// - Returns: As many as ``SuperBlockLayout/bytesPerBlock``.
  public func bytes(layout: SuperBlockLayout) -> [UInt8] {
    precondition(scales.count == layout.subBlocks, "a \(layout.name) block has other sub-blocks")
    return [UInt8](unsafeUninitializedCapacity: layout.bytesPerBlock) { bytes, count in
      if let start = bytes.baseAddress { layout.write(self, start) }
      count = layout.bytesPerBlock
    }
  }
}
