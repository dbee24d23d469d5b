/// Collects keys and tensors and writes them as a GGUF file, which appears whole or not at all.
///
/// Version 3, little-endian; keys and tensors in the order in which they were added; data aligned to
/// `general.alignment` where that key is set, and to 32 bytes otherwise. The same calls give the same
/// file, byte for byte, and the same as the reference writer's.
///
/// Source: ggml, docs/gguf.md; the `gguf` Python package for the order and the padding at the end.
public struct GGUFWriter: Sendable {
  /// Hands a tensor's bytes over in pieces, in order, as the file is written.
  public typealias Producer =
    @Sendable (_ emit: (UnsafeRawBufferPointer) throws(GGUFError) -> Void) throws(GGUFError) -> Void

  struct Key: Sendable {
    let name: String
    let value: GGUFValue
    /// Of the items, where the value is a list.
    let type: GGUFValueType
  }

  struct Tensor: Sendable {
    let name: String
    let shape: [Int]
    let type: GGUFTensorType
    let byteCount: Int
    let produce: Producer
  }

  private(set) var keys: [Key] = []
  private(set) var tensors: [Tensor] = []
  private var names: Set<ExactName> = []

  /// Makes a writer without keys and tensors.
  public init() {}

  /// Sets a key; one that is set already keeps its place.
  ///
  /// - Parameters:
  ///   - name: The key, such as `llama.block_count`.
  ///   - value: What it holds.
  ///   - type: The type it is stored as, for a list that of its items. By default numbers become
  ///     FLOAT32 and whole numbers UINT32, in lists INT32, or 64 bits where they do not fit. Readers of
  ///     well-known keys insist on the type that the specification gives them.
  /// - Throws: `GGUFError.cannotStore` where the value does not fit the type.
  public mutating func set(
    _ name: String, _ value: GGUFValue, as type: GGUFValueType? = nil
  ) throws(GGUFError) {
    guard (1...65_535).contains(name.utf8.count) else {
      throw .cannotStore(name: name, reason: "a key has 1 to 65,535 bytes")
    }
    let type = type ?? value.usualType
    guard value.fits(type) else {
      throw .cannotStore(name: name, reason: "its value does not fit the type \(type)")
    }
    if name == GGUFHeader.alignmentKey {
      guard let alignment = value.integer, GGUFHeader.isAlignment(alignment), type == .uint32 else {
        throw .cannotStore(name: name, reason: "a power of two as uint32 was expected")
      }
    }
    let key = Key(name: name, value: value, type: type)
    if let place = keys.firstIndex(where: { ExactName($0.name) == ExactName(name) }) {
      keys[place] = key
    } else {
      keys.append(key)
    }
  }

  /// Sets all keys that a file has, with their types, in its order.
  ///
  /// - Parameter file: Where they come from.
  /// - Throws: `GGUFError.cannotStore`.
  public mutating func setMetadata(of file: GGUFFile) throws(GGUFError) {
    for key in file.keys {
      guard let value = file.metadata[key], let type = file.types[key] else { continue }
      try set(key, value, as: type)
    }
  }

  /// Adds a tensor whose bytes come when the file is written.
  ///
  /// - Parameters:
  ///   - name: The tensor's name, not yet taken, of at most 63 bytes.
  ///   - shape: At most four sizes, the outermost first: [out, in] for a linear layer.
  ///   - type: How the elements are stored; its blocks tile the innermost size.
  ///   - producing: Hands over exactly the bytes that shape and type ask for.
  /// - Throws: `GGUFError.cannotStore`.
  public mutating func add(
    _ name: String, shape: [Int], type: GGUFTensorType, producing: @escaping Producer
  ) throws(GGUFError) {
    func refusal(_ reason: String) -> GGUFError { .cannotStore(name: name, reason: reason) }
    guard name.utf8.count <= GGUFHeader.nameLimit else {
      throw refusal("its name has more than \(GGUFHeader.nameLimit) bytes")
    }
    guard shape.count <= GGUFHeader.rankLimit, shape.allSatisfy({ $0 >= 0 }) else {
      throw refusal("the shape \(shape) is none of at most \(GGUFHeader.rankLimit) sizes")
    }
    let columns = shape.last ?? 1
    guard columns % type.blockLength == 0 else {
      throw refusal(
        "rows of \(columns) are no whole number of \(type.name) blocks of \(type.blockLength)")
    }
    guard TensorType.elementCount(shape: shape.map { max($0, 1) }) != nil,
      let count = TensorType.elementCount(shape: shape)
    else { throw refusal("more elements than fit") }
    let bytes = (count / type.blockLength).multipliedReportingOverflow(by: type.bytesPerBlock)
    guard !bytes.overflow, bytes.partialValue <= Int.max >> 2 else {
      throw refusal("more bytes than fit")
    }
    guard names.insert(ExactName(name)).inserted else {
      throw refusal("a tensor of this name was added before")
    }
    tensors.append(
      Tensor(
        name: name, shape: shape, type: type, byteCount: bytes.partialValue, produce: producing))
  }

  /// Adds a tensor by its bytes.
  ///
  /// - Parameters:
  ///   - name: The tensor's name, not yet taken, of at most 63 bytes.
  ///   - shape: At most four sizes, the outermost first.
  ///   - type: How the elements are stored.
  ///   - bytes: Row after row, little-endian.
  /// - Throws: `GGUFError.cannotStore` unless the bytes fill the shape.
  public mutating func add(
    _ name: String, shape: [Int], type: GGUFTensorType, bytes: [UInt8]
  ) throws(GGUFError) {
    try add(name, shape: shape, type: type) { (emit) throws(GGUFError) in
      try bytes.withRawBytes(emit)
    }
    let expected = tensors[tensors.count - 1].byteCount
    guard expected == bytes.count else {
      tensors.removeLast()
      names.remove(ExactName(name))
      throw .cannotStore(
        name: name,
        reason: "\(bytes.count) bytes do not fill the shape \(shape) of \(type.name), which needs "
          + "\(expected)")
    }
  }

  /// Adds a matrix as plain numbers.
  ///
  /// - Parameters:
  ///   - name: The tensor's name, not yet taken, of at most 63 bytes.
  ///   - matrix: The elements; its rows and columns are the shape.
  ///   - type: `.float32`, or `.float16` or `.bfloat16`, to which elements are rounded (ties to even)
  ///     when the file is written.
  /// - Throws: `GGUFError.cannotStore`.
  public mutating func add(
    _ name: String, _ matrix: Matrix, as type: TensorType = .float32
  ) throws(GGUFError) {
    guard [.float32, .float16, .bfloat16].contains(type), let stored = GGUFTensorType(plain: type)
    else {
      throw .cannotStore(
        name: name, reason: "numbers are stored as F32, F16 or BF16, not as \(type.rawValue)")
    }
    try add(name, shape: [matrix.rows, matrix.columns], type: stored) { (emit) throws(GGUFError) in
      guard type != .float32 else { return try matrix.elements.withRawBytes(emit) }
      let chunk = 1 << 16
      for first in stride(from: 0, to: matrix.count, by: chunk) {
        let part = matrix.elements[first..<min(first + chunk, matrix.count)]
        try HalfPrecision.narrow(part, as: type).withRawBytes(emit)
      }
    }
  }
}

extension GGUFValue {
  /// The type a value is stored as where nothing else is said.
  var usualType: GGUFValueType {
    switch self {
    case .integer(let value):
      value >= 0 && value <= Int64(UInt32.max)
        ? .uint32 : value < 0 && value >= Int64(Int32.min) ? .int32 : .int64
    case .unsigned: .uint64
    case .number, .numbers: .float32
    case .boolean, .booleans: .boolean
    case .string, .strings: .string
    case .integers(let values): values.allSatisfy { Int32(exactly: $0) != nil } ? .int32 : .int64
    }
  }

  /// Whether the value can be stored as a type without being changed; FLOAT32 rounds.
  func fits(_ type: GGUFValueType) -> Bool {
    switch self {
    case .integer(let value): type.holds(value)
    case .unsigned: type == .uint64
    case .number, .numbers: type == .float32 || type == .float64
    case .boolean, .booleans: type == .boolean
    case .string, .strings: type == .string
    // An empty list of any type is read as one of whole numbers only where its type is one.
    case .integers(let values): type.isInteger && values.allSatisfy { type.holds($0) }
    }
  }
}

extension GGUFValueType {
  var isInteger: Bool {
    switch self {
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: true
    case .float32, .float64, .boolean, .string, .array: false
    }
  }

  func holds(_ value: Int64) -> Bool {
    switch self {
    case .uint8: UInt8(exactly: value) != nil
    case .int8: Int8(exactly: value) != nil
    case .uint16: UInt16(exactly: value) != nil
    case .int16: Int16(exactly: value) != nil
    case .uint32: UInt32(exactly: value) != nil
    case .int32: Int32(exactly: value) != nil
    case .uint64: value >= 0
    case .int64: true
    case .float32, .float64, .boolean, .string, .array: false
    }
  }
}
