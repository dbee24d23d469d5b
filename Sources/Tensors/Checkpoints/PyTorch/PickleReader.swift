/// Reads one pickle without running anything: a machine with a stack, a memo and a list of names.
///
/// A pickle is a program, and the general reader calls whatever function it names. This one knows
/// dictionaries, lists, tuples, numbers, texts and the few names of ``PickleGraph/names``, which stand
/// for tensors; any other name, and every other way to make an object, ends the reading.
///
/// Work and memory are bounded by the bytes that are there: each instruction takes at least one and
/// makes at most one value.
///
/// Source: CPython, `Lib/pickletools.py`, protocol 2; PyTorch, `torch/serialization.py`.
struct PickleReader {
  /// The most bytes a pickle has; that of a model with 100,000 tensors has about 20 million.
  static let byteLimit = 64 << 20
  /// The most values a pickle makes, and the most that it notes in its memo.
  static let valueLimit = 2_000_000
  /// The most values that wait on the stack, and marks between them.
  private static let stackLimit = 4_000_000
  private static let markLimit = 100_000
  /// The most sizes of a tensor.
  private static let rankLimit = 64

  /// What is wrong, and at which byte.
  struct Failure: Error {
    let offset: Int
    let reason: String
    /// The name, where the reason is that it is code.
    var code: String?
  }

  private let bytes: UnsafeRawBufferPointer
  /// The byte after the last one read.
  private(set) var offset: Int
  private var graph = PickleGraph()
  private var stack: [PickleGraph.Index] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleGraph.Index] = [:]
  private var instruction = 0
  /// How many values were copied from one container to another, the one work that is not bounded by
  /// the bytes that are there.
  private var copied = 0

  /// A reader of the pickle that begins at a byte.
  init(_ bytes: UnsafeRawBufferPointer, from start: Int = 0) {
    let end = min(bytes.count, start + Self.byteLimit)
    self.bytes = UnsafeRawBufferPointer(rebasing: bytes[..<end])
    offset = start
  }

  private func failure(_ reason: String) -> Failure { Failure(offset: instruction, reason: reason) }

  /// Reads up to the pickle's end.
  ///
  /// - Returns: All values, and the number of the one that the pickle is.
  mutating func read() throws(Failure) -> (graph: PickleGraph, root: PickleGraph.Index) {
    while true {
      instruction = offset
      let code = try takeByte()
      if code == UInt8(ascii: ".") {
        guard stack.count == 1, marks.isEmpty, let root = stack.first else {
          throw failure("the pickle ends with \(stack.count) values; one was expected")
        }
        return (graph, root)
      }
      try step(code)
    }
  }

  private mutating func step(_ code: UInt8) throws(Failure) {
    switch code {
    case 0x80:
      let version = try takeByte()
      guard version <= 2 else {
        throw failure(
          "pickle protocol \(version); torch.save writes 2 unless told otherwise: save it so")
      }
    case UInt8(ascii: "N"): try push(0)
    case 0x89: try push(1)
    case 0x88: try push(2)
    case UInt8(ascii: "J"): try push(.integer(Int64(try take(Int32.self))))
    case UInt8(ascii: "K"): try push(.integer(Int64(try takeByte())))
    case UInt8(ascii: "M"): try push(.integer(Int64(try take(UInt16.self))))
    case 0x8A: try pushInteger(length: Int(try takeByte()))
    case 0x8B: try pushInteger(length: Int(try take(Int32.self)))
    case UInt8(ascii: "G"):
      try push(.number(Double(bitPattern: try take(UInt64.self).byteSwapped)))
    case UInt8(ascii: "X"): try pushText(length: Int(try take(UInt32.self)))
    case UInt8(ascii: "U"): try pushText(length: Int(try takeByte()))
    case UInt8(ascii: "T"): try pushText(length: Int(try take(Int32.self)))
    case UInt8(ascii: "("):
      guard marks.count < Self.markLimit else { throw failure("too many marks") }
      marks.append(stack.count)
    case UInt8(ascii: ")"): try pushTuple([])
    case 0x85: try pushTuple(try pop(1))
    case 0x86: try pushTuple(try pop(2))
    case 0x87: try pushTuple(try pop(3))
    case UInt8(ascii: "t"): try pushTuple(try popToMark())
    case UInt8(ascii: "]"): try push(.list(newContents()))
    case UInt8(ascii: "}"): try push(.dictionary(newContents()))
    case UInt8(ascii: "a"): try append(try pop(1))
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "s"): try setItems(try pop(2))
    case UInt8(ascii: "u"): try setItems(try popToMark())
    case UInt8(ascii: "q"): try remember(Int(try takeByte()))
    case UInt8(ascii: "r"): try remember(Int(try take(UInt32.self)))
    case UInt8(ascii: "h"): try recall(Int(try takeByte()))
    case UInt8(ascii: "j"): try recall(Int(try take(UInt32.self)))
    case UInt8(ascii: "c"): try pushName()
    case UInt8(ascii: "Q"): try pushStorage()
    case UInt8(ascii: "R"): try call()
    case UInt8(ascii: "b"): try setState()
    default: throw refusal(of: code)
    }
  }

  /// An instruction that makes objects of any class, or one that torch.save never uses.
  private func refusal(of code: UInt8) -> Failure {
    switch code {
    case UInt8(ascii: "i"), UInt8(ascii: "o"), 0x81, 0x92:
      Failure(offset: instruction, reason: "", code: "an object of a class")
    case 0x82, 0x83, 0x84: Failure(offset: instruction, reason: "", code: "a registered extension")
    case 0x93: Failure(offset: instruction, reason: "", code: "a name that is computed")
    default: failure("0x\(String(code, radix: 16)) is no instruction that torch.save uses")
    }
  }
}

extension PickleReader {
  private mutating func takeByte() throws(Failure) -> UInt8 {
    guard offset < bytes.count else {
      throw Failure(offset: offset, reason: "the pickle ends before its last instruction")
    }
    defer { offset += 1 }
    return bytes[offset]
  }

  private mutating func take<Number: FixedWidthInteger>(_: Number.Type) throws(Failure) -> Number {
    let size = MemoryLayout<Number>.size
    let piece = try takeBytes(size)
    return piece.loadUnaligned(as: Number.self)
  }

  private mutating func takeBytes(_ count: Int) throws(Failure) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= bytes.count - offset else {
      throw failure("\(count) bytes are announced and \(bytes.count - offset) are left")
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  /// A line up to its end, which is taken too.
  private mutating func takeLine() throws(Failure) -> String {
    let start = offset
    while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") {
      guard offset - start < 512 else { throw failure("a name of more than 512 bytes") }
      offset += 1
    }
    guard offset < bytes.count else { throw failure("a name without an end") }
    defer { offset += 1 }
    let line = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    return String(decoding: line, as: UTF8.self)
  }

  private mutating func push(_ index: PickleGraph.Index) throws(Failure) {
    guard stack.count < Self.stackLimit else { throw failure("too many values on the stack") }
    stack.append(index)
  }

  private mutating func push(_ value: PickleGraph.Value) throws(Failure) {
    guard graph.values.count < Self.valueLimit else {
      throw failure("more than \(Self.valueLimit) values")
    }
    graph.values.append(value)
    try push(PickleGraph.Index(graph.values.count - 1))
  }

  private mutating func newContents(_ items: [PickleGraph.Index] = []) -> Int {
    graph.contents.append(items)
    return graph.contents.count - 1
  }

  private mutating func pushTuple(_ items: [PickleGraph.Index]) throws(Failure) {
    try push(.tuple(newContents(items)))
  }

  /// A whole number in two's complement, little-endian, of any length.
  private mutating func pushInteger(length: Int) throws(Failure) {
    let piece = try takeBytes(length)
    guard length <= 8 else { return try push(.largeInteger) }
    var value: UInt64 = piece.last.map { $0 >= 0x80 ? .max : 0 } ?? 0
    for byte in piece.reversed() { value = value << 8 | UInt64(byte) }
    try push(.integer(Int64(bitPattern: value)))
  }

  private mutating func pushText(length: Int) throws(Failure) {
    let piece = try takeBytes(length)
    guard let text = String(validating: piece, as: UTF8.self) else {
      throw failure("a text that is not UTF-8")
    }
    try push(.text(text))
  }

  /// The last values of the stack, none from below a mark.
  private mutating func pop(_ count: Int) throws(Failure) -> [PickleGraph.Index] {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw failure("an instruction needs \(count) values and there are fewer")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(Failure) -> [PickleGraph.Index] {
    guard let mark = marks.popLast() else { throw failure("an instruction needs a mark") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  /// The value at the top of the stack, which stays there.
  private func top() throws(Failure) -> PickleGraph.Index {
    guard let last = stack.last, stack.count > marks.last ?? 0 else {
      throw failure("an instruction needs a value and there is none")
    }
    return last
  }

  private mutating func append(_ items: [PickleGraph.Index]) throws(Failure) {
    guard case .list(let place) = graph.values[Int(try top())] else {
      throw failure("items are added to something that is no list")
    }
    graph.contents[place].append(contentsOf: items)
  }

  private mutating func setItems(_ items: [PickleGraph.Index]) throws(Failure) {
    guard case .dictionary(let place) = graph.values[Int(try top())], items.count % 2 == 0 else {
      throw failure("keys are set in something that is no dictionary")
    }
    graph.contents[place].append(contentsOf: items)
  }

  private mutating func remember(_ key: Int) throws(Failure) {
    guard memo.count < Self.valueLimit else { throw failure("a memo of too many values") }
    memo[key] = try top()
  }

  private mutating func recall(_ key: Int) throws(Failure) {
    guard let index = memo[key] else { throw failure("the memo has no value \(key)") }
    try push(index)
  }

  private mutating func pushName() throws(Failure) {
    let module = try takeLine()
    let name = "\(module).\(try takeLine())"
    guard let known = PickleGraph.names[name] else {
      throw Failure(offset: instruction, reason: "", code: name)
    }
    try push(.known(known))
  }
}

extension PickleReader {
  /// A storage, from the tuple that refers to it: the word, its type, key, device and size, and in
  /// old files what it is a part of.
  private mutating func pushStorage() throws(Failure) {
    let items = graph.tuple(try pop(1)[0]) ?? []
    guard items.count == 5 || items.count == 6, graph.text(items[0]) == "storage",
      case .known(let kind) = graph.values[Int(items[1])],
      let key = graph.text(items[2]), let wholeCount = graph.integer(items[4]), wholeCount >= 0
    else { throw failure("a reference that is none to a storage") }
    let type: TensorType?
    switch kind {
    case .storage(let found): type = found
    case .untypedStorage: type = nil
    default: throw failure("a reference that is none to a storage")
    }
    var (first, count) = (0, wholeCount)
    if items.count == 6, let part = graph.tuple(items[5]) {
      guard part.count == 3, let begin = graph.integer(part[1]),
        let length = graph.integer(part[2]),
        begin >= 0, begin <= wholeCount, length >= 0, length <= wholeCount - begin
      else { throw failure("a part of a storage that does not lie in it") }
      (first, count) = (begin, length)
    }
    graph.storages.append(
      PickleGraph.Storage(
        key: key, type: type, count: count, first: first, wholeCount: wholeCount))
    try push(.storage(graph.storages.count - 1))
  }

  /// What one of the known names makes of its arguments.
  private mutating func call() throws(Failure) {
    let pair = try pop(2)
    guard case .known(let known) = graph.values[Int(pair[0])], let items = graph.tuple(pair[1])
    else {
      throw failure("a call of something that is no function")
    }
    switch known {
    case .orderedDictionary: try pushDictionary(items)
    case .rebuildTensor, .rebuildTyped: try pushTensor(items, isTyped: known == .rebuildTyped)
    case .rebuildParameter:
      guard items.count == 3, case .tensor = graph.values[Int(items[0])] else {
        throw failure("a parameter without a tensor")
      }
      try push(items[0])
    case .storage, .untypedStorage, .type:
      throw failure("a call of something that is no function")
    }
  }

  /// An ordered dictionary, empty or from one list of pairs.
  private mutating func pushDictionary(_ items: [PickleGraph.Index]) throws(Failure) {
    var content: [PickleGraph.Index] = []
    if let first = items.first {
      guard items.count == 1, case .list(let place) = graph.values[Int(first)] else {
        throw failure("a dictionary of something that is no list of pairs")
      }
      copied += graph.contents[place].count
      guard copied <= Self.valueLimit else { throw failure("too many copies of a list") }
      for pair in graph.contents[place] {
        switch graph.values[Int(pair)] {
        case .tuple(let place) where graph.contents[place].count == 2,
          .list(let place) where graph.contents[place].count == 2:
          content += graph.contents[place]
        default: throw failure("a dictionary of something that is no list of pairs")
        }
      }
    }
    try push(.dictionary(newContents(content)))
  }

  /// A tensor: storage, offset, sizes, strides, two things about gradients, and its type where the
  /// storage has none.
  private mutating func pushTensor(
    _ items: [PickleGraph.Index], isTyped: Bool
  ) throws(Failure) {
    guard items.count >= (isTyped ? 7 : 6), items.count <= (isTyped ? 8 : 7),
      case .storage(let storage) = graph.values[Int(items[0])],
      let offset = graph.integer(items[1]),
      let sizes = graph.tuple(items[2]), sizes.count <= Self.rankLimit,
      let steps = graph.tuple(items[3]), steps.count == sizes.count,
      let shape = graph.integers(items[2]), let strides = graph.integers(items[3])
    else {
      throw failure(
        "a tensor is not described by a storage, an offset, at most \(Self.rankLimit) sizes and as "
          + "many strides")
    }
    var type = graph.storages[storage].type
    if isTyped {
      guard case .known(.type(let own)) = graph.values[Int(items[6])], type == nil else {
        throw failure("a tensor whose type is not known")
      }
      type = own
    }
    guard let type else { throw failure("a tensor without a type") }
    graph.tensors.append(
      PickleGraph.Tensor(
        storage: storage, type: type, offset: offset, shape: shape, strides: strides))
    try push(.tensor(graph.tensors.count - 1))
  }

  /// Attributes of a dictionary, such as the versions in a `state_dict`: read and not kept.
  private mutating func setState() throws(Failure) {
    _ = try pop(1)
    guard case .dictionary = graph.values[Int(try top())] else {
      throw failure("attributes are set on something that is no dictionary")
    }
  }
}
