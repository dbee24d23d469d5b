/// Collects tensors and writes them as a safetensors file, which appears whole or not at all.
///
/// The layout is the reference implementation's: the widest types first, names in the order of
/// their bytes, the data from a multiple of eight bytes. The same tensors give the same file, byte
/// for byte, in whatever order they were added; metadata keys are sorted.
public struct SafetensorsWriter: Sendable {
  /// The texts that the file carries beside its tensors.
  public var metadata: [String: String]

  private var tensors: [ExactName: StoredTensor] = [:]
  private var names: [ExactName] = []

  /// Makes a writer without tensors.
  ///
  /// - Parameter metadata: Texts that the file carries beside its tensors.
  public init(metadata: [String: String] = [:]) {
    self.metadata = metadata
  }

  /// A writer of some of another's tensors.
  init(metadata: [String: String], tensors: [StoredTensor]) {
    self.metadata = metadata
    names = tensors.map { ExactName($0.name) }
    self.tensors = Dictionary(uniqueKeysWithValues: zip(names, tensors))
  }

  /// Adds a matrix, with its rows and columns as shape.
  ///
  /// - Parameters:
  ///   - name: The tensor's name, not yet taken.
  ///   - matrix: The elements.
  ///   - type: `.float32`, or `.float16` or `.bfloat16`, to which elements are rounded (ties to
  ///     even, beyond the range to infinity) when the file is written.
  /// - Throws: `SafetensorsError.cannotStore`.
  public mutating func add(
    _ name: String, _ matrix: Matrix, as type: TensorType = .float32
  ) throws(SafetensorsError) {
    try add(name, shape: [matrix.rows, matrix.columns], matrix.elements, as: type)
  }

  /// Adds numbers in single precision or rounded to 16 bits.
  ///
  /// - Parameters:
  ///   - name: The tensor's name, not yet taken.
  ///   - shape: The sizes, whose product is the number of elements.
  ///   - values: The elements, row after row.
  ///   - type: `.float32`, `.float16` or `.bfloat16`.
  /// - Throws: `SafetensorsError.cannotStore`.
  public mutating func add(
    _ name: String, shape: [Int], _ values: [Float], as type: TensorType = .float32
  ) throws(SafetensorsError) {
    switch type {
    case .float32: try add(name, shape, type, .floats(values), count: values.count)
    case .float16, .bfloat16: try add(name, shape, type, .rounded(values), count: values.count)
    default:
      throw .cannotStore(
        name: name, reason: "numbers are stored as F32, F16 or BF16, not as \(type.rawValue)")
    }
  }

  /// Adds whole numbers, in the type they have.
  ///
  /// - Parameters:
  ///   - name: The tensor's name, not yet taken.
  ///   - shape: The sizes, whose product is the number of elements.
  ///   - values: The elements, row after row.
  /// - Throws: `SafetensorsError.cannotStore`.
  public mutating func add<Integer: StoredInteger>(
    _ name: String, shape: [Int], _ values: [Integer]
  ) throws(SafetensorsError) {
    let bytes = values.withUnsafeBytes { Array($0) }
    try add(name, shape, Integer.storedType, .bytes(bytes), count: values.count)
  }

  /// Adds a tensor of any type by its bytes.
  ///
  /// - Parameters:
  ///   - name: The tensor's name, not yet taken.
  ///   - shape: The sizes.
  ///   - bytes: The elements, row after row, little-endian.
  ///   - type: The type of the elements.
  /// - Throws: `SafetensorsError.cannotStore` unless the bytes fill the shape.
  public mutating func add(
    _ name: String, shape: [Int], bytes: [UInt8], as type: TensorType
  ) throws(SafetensorsError) {
    guard let size = type.byteCount(shape: shape), size == bytes.count else {
      throw .cannotStore(
        name: name,
        reason: "\(bytes.count) bytes do not fill the shape \(shape) of \(type.rawValue)")
    }
    try insert(StoredTensor(name: name, shape: shape, type: type, payload: .bytes(bytes)))
  }

  /// The tensors in the order in which they were added.
  var tensorsAsAdded: [StoredTensor] { names.compactMap { tensors[$0] } }

  /// The tensors in the order of the file.
  var sortedTensors: [StoredTensor] {
    let ranks = Dictionary(
      uniqueKeysWithValues: TensorType.allCases.enumerated().map { ($1, $0) })
    return tensors.values.sorted { left, right in
      left.type == right.type
        ? ExactName(left.name) < ExactName(right.name)
        : ranks[left.type, default: 0] > ranks[right.type, default: 0]
    }
  }

  private mutating func add(
    _ name: String, _ shape: [Int], _ type: TensorType, _ payload: StoredTensor.Payload, count: Int
  ) throws(SafetensorsError) {
    guard TensorType.elementCount(shape: shape) == count else {
      throw .cannotStore(name: name, reason: "\(count) elements do not fill the shape \(shape)")
    }
    try insert(StoredTensor(name: name, shape: shape, type: type, payload: payload))
  }

  private mutating func insert(_ tensor: StoredTensor) throws(SafetensorsError) {
    guard tensor.name != "__metadata__" else {
      throw .cannotStore(name: tensor.name, reason: "the format keeps this name for its metadata")
    }
    guard tensors[ExactName(tensor.name)] == nil else {
      throw .cannotStore(name: tensor.name, reason: "a tensor of this name was added before")
    }
    tensors[ExactName(tensor.name)] = tensor
    names.append(ExactName(tensor.name))
  }
}

/// A tensor that waits to be written.
struct StoredTensor: Sendable {
  /// Its elements, kept as they came.
  enum Payload: Sendable {
    case bytes([UInt8])
    case floats([Float])
    case rounded([Float])
  }

  let name: String
  let shape: [Int]
  let type: TensorType
  let payload: Payload

  var byteCount: Int {
    switch payload {
    case .bytes(let bytes): bytes.count
    case .floats(let values): values.count * 4
    case .rounded(let values): values.count * 2
    }
  }
}
