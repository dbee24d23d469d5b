internal import Tensors

/// A block format of GGUF files: runs of a row become blocks of bytes, each with its own scale.
///
/// A format is one value with its two directions; ``all`` lists them by their names in llama.cpp, whose
/// quantizers give the same bytes. Sizes and layouts: the GGUF v3 specification and the block
/// structures of ggml.
public struct BlockFormat: Sendable {
  /// The name, as in `gguf:q4_k`.
  public let name: String
  /// What it does, in one line.
  public let summary: String
  /// The number that stands for the type in a GGUF file.
  public let typeID: Int
  /// How many neighbours in a row make a block.
  public let blockLength: Int
  /// How many bytes a block takes.
  public let bytesPerBlock: Int
  /// How many neighbours share a scale: a block, or a sub-block of it.
  public let runLength: Int
  /// Whether an importance matrix changes what is stored.
  public let usesImportance: Bool
  /// Whether the bytes that `unpackRow` gives are two's complement.
  public let isSigned: Bool
  /// What each code stands for in units of the scale, where that is not the code itself.
  public let levels: [Float]?
  /// Quantizes a row.
  let encodeRow: EncodeRow
  /// Quantizes a row as plain loops do it, which explain ``encodeRow`` and judge it.
  let encodeRowReference: EncodeRow
  /// Computes a row's values.
  let decodeRow: DecodeRow
  /// Computes them as plain loops do it, which judge ``decodeRow``.
  let decodeRowReference: DecodeRow
  /// Takes a row's blocks apart.
  let unpackRow: UnpackRow
  /// Multiplies rows with a vector as they are stored; nil where rows are decoded for it.
  let multiplyRows: MultiplyRows?

  /// Values of a whole row, and importances of as many or nil, to the row's bytes.
  typealias EncodeRow =
    @Sendable (
      _ values: UnsafeBufferPointer<Float>, _ importance: UnsafePointer<Float>?,
      _ bytes: UnsafeMutablePointer<UInt8>
    ) -> Void

  /// The bytes of a whole row to its values.
  typealias DecodeRow =
    @Sendable (
      _ bytes: UnsafePointer<UInt8>, _ values: UnsafeMutableBufferPointer<Float>
    ) -> Void

  /// The bytes of a whole row to codes, one a value, and to a scale and a zero for each run of
  /// ``runLength``: value = scale × (code − zero), or scale × level[code] for formats with levels.
  ///
  /// A run whose value is scale × code + minimum goes through ``run(scale:minimum:)``.
  typealias UnpackRow =
    @Sendable (
      _ bytes: UnsafePointer<UInt8>, _ codes: UnsafeMutableBufferPointer<UInt8>,
      _ scales: UnsafeMutablePointer<Float>, _ zeros: UnsafeMutablePointer<Float>
    ) -> Void

  /// A row of the table; where there is one of a fast loop and its reference, it does both works.
  init(
    name: String, summary: String, typeID: Int, blockLength: Int, bytesPerBlock: Int,
    runLength: Int? = nil, usesImportance: Bool = false, isSigned: Bool = false,
    levels: [Float]? = nil, encodeRow: EncodeRow? = nil,
    encodeRowReference: @escaping EncodeRow, decodeRow: @escaping DecodeRow,
    decodeRowReference: DecodeRow? = nil,
    unpackRow: @escaping UnpackRow, multiplyRows: MultiplyRows? = nil
  ) {
    self.name = name
    self.summary = summary
    self.typeID = typeID
    self.blockLength = blockLength
    self.bytesPerBlock = bytesPerBlock
    self.runLength = runLength ?? blockLength
    self.usesImportance = usesImportance
    self.isSigned = isSigned
    self.levels = levels
    self.encodeRow = encodeRow ?? encodeRowReference
    self.encodeRowReference = encodeRowReference
    self.decodeRow = decodeRow
    self.decodeRowReference = decodeRowReference ?? decodeRow
    self.unpackRow = unpackRow
    self.multiplyRows = multiplyRows
  }

  /// Bits a weight, everything stored counted.
  public var bitsPerWeight: Double { Double(bytesPerBlock * 8) / Double(blockLength) }

  /// How many bytes a row takes.
  ///
  /// - Parameter columns: How long the row is; the block length divides it.
  /// - Returns: Whole blocks of bytes.
  public func bytesPerRow(columns: Int) -> Int { columns / blockLength * bytesPerBlock }
}

extension BlockFormat {
  /// Every format there is, in the order in which they are listed.
  public static let all: [BlockFormat] = plain + superBlocks

  /// The format with a name.
  ///
  /// - Parameter name: The ``name`` of one of ``all``, with or without `gguf:` before it.
  /// - Throws: `QuantizationError.unknownMethod`, with the nearest name and all of them.
  public init(named name: String) throws(QuantizationError) {
    let bare = name.hasPrefix("gguf:") ? String(name.dropFirst(5)) : name
    guard let found = Self.all.first(where: { $0.name == bare }) else {
      let names = Self.all.map(\.name)
      throw .unknownMethod(bare, nearest: nearestNames(to: bare, among: names).first, known: names)
    }
    self = found
  }

  /// The scale and zero of a run whose values are scale × code + minimum.
  ///
  /// A run without a scale holds one value throughout, its minimum: it is told as a scale of that
  /// value and a zero of −1, and its codes count as 0.
  static func run(scale: Float, minimum: Float) -> (scale: Float, zero: Float, isFlat: Bool) {
    scale == 0
      ? (minimum, minimum == 0 ? 0 : -1, true) : (scale, minimum == 0 ? 0 : -minimum / scale, false)
  }
}
