/// What a pickle holds, as far as it is read: values that refer to each other by number.
///
/// A table and no tree of objects: a value nested a million deep costs a million entries and no stack,
/// neither when it is built nor when it is thrown away.
struct PickleGraph {
  /// A value's number.
  typealias Index = Int32

  /// The things a pickle may name; they stand for data and run nothing.
  enum Known: Hashable {
    case orderedDictionary
    case rebuildTensor
    case rebuildTyped
    case rebuildParameter
    case storage(TensorType)
    case untypedStorage
    case type(TensorType)
  }

  enum Value {
    case none
    case boolean(Bool)
    case integer(Int64)
    /// Beyond 64 bits.
    case largeInteger
    case number(Double)
    case text(String)
    case known(Known)
    /// Numbers of values in ``contents``, by place.
    case tuple(Int)
    case list(Int)
    /// Keys and values in turn.
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
  }

  /// A run of bytes, of which tensors are views.
  struct Storage {
    let key: String
    /// Nil where tensors bring their own type.
    let type: TensorType?
    /// Elements; bytes where there is no type.
    let count: Int
    /// For a storage that is a part of another: its first element there.
    let first: Int
    /// Of the whole storage, of which this may be a part.
    let wholeCount: Int
  }

  /// A tensor, as the pickle describes it; nothing is checked yet.
  struct Tensor {
    let storage: Int
    let type: TensorType
    let offset: Int
    let shape: [Int]
    let strides: [Int]
  }

  var values: [Value] = [.none, .boolean(false), .boolean(true)]
  var contents: [[Index]] = []
  var storages: [Storage] = []
  var tensors: [Tensor] = []

  /// The names a pickle may use.
  static let names: [String: Known] = {
    var names: [String: Known] = [
      "collections.OrderedDict": .orderedDictionary,
      "torch._utils._rebuild_tensor_v2": .rebuildTensor,
      "torch._utils._rebuild_tensor_v3": .rebuildTyped,
      "torch._utils._rebuild_parameter": .rebuildParameter,
      "torch.storage.UntypedStorage": .untypedStorage,
      "torch.float8_e4m3fn": .type(.float8E4M3), "torch.float8_e5m2": .type(.float8E5M2),
      "torch.uint16": .type(.uint16), "torch.uint32": .type(.uint32),
      "torch.uint64": .type(.uint64),
    ]
    let storages: [(String, TensorType)] = [
      ("Float", .float32), ("Half", .float16), ("BFloat16", .bfloat16), ("Double", .float64),
      ("Long", .int64), ("Int", .int32), ("Short", .int16), ("Char", .int8), ("Byte", .uint8),
      ("Bool", .bool),
    ]
    for (name, type) in storages { names["torch.\(name)Storage"] = .storage(type) }
    return names
  }()

  func integer(_ index: Index) -> Int? {
    if case .integer(let value) = values[Int(index)] { Int(value) } else { nil }
  }

  func text(_ index: Index) -> String? {
    if case .text(let text) = values[Int(index)] { text } else { nil }
  }

  func tuple(_ index: Index) -> [Index]? {
    if case .tuple(let place) = values[Int(index)] { contents[place] } else { nil }
  }

  /// A tuple of whole numbers.
  func integers(_ index: Index) -> [Int]? {
    guard let items = tuple(index) else { return nil }
    let numbers = items.compactMap { integer($0) }
    return numbers.count == items.count ? numbers : nil
  }
}
