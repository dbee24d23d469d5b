/// Reads the header of a GGUF file from its first byte on; nothing is read past the file's end.
struct GGUFScanner {
  let bytes: UnsafeRawBufferPointer
  let path: String
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  private var left: Int { bytes.count - offset }

  /// What breaks a rule, here.
  func malformed(_ what: String, _ reason: String) -> GGUFError {
    .malformed(path: path, offset: offset, what: what, reason: reason)
  }

  /// Reads a count of things of which each takes some bytes at least, and refuses it where they
  /// cannot all be there.
  ///
  /// So a damaged count ends the reading before any memory is asked for.
  mutating func takeCount(bytesEach: Int, what: String) throws(GGUFError) -> Int {
    let count = try take(UInt64.self, what)
    let needed = count.multipliedReportingOverflow(by: UInt64(bytesEach))
    guard !needed.overflow, needed.partialValue <= UInt64(left) else {
      throw .truncated(
        path: path, offset: offset, what: what,
        needed: needed.overflow ? .max : needed.partialValue, available: left)
    }
    return Int(count)
  }

  mutating func take<Number: FixedWidthInteger>(
    _: Number.Type, _ what: String
  ) throws(GGUFError) -> Number {
    let size = MemoryLayout<Number>.size
    guard size <= left else {
      throw .truncated(
        path: path, offset: offset, what: what, needed: UInt64(size), available: left)
    }
    defer { offset += size }
    return bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
  }

  mutating func takeString(_ what: String) throws(GGUFError) -> String {
    let length = try takeCount(bytesEach: 1, what: what)
    let text = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
    guard let string = String(validating: text, as: UTF8.self) else {
      throw malformed(what, "the text is not UTF-8")
    }
    offset += length
    return string
  }

  /// One key's value, of the type whose number comes first; of a list, the type of its items.
  mutating func takeValue(
    _ what: String
  ) throws(GGUFError) -> (value: GGUFValue, type: GGUFValueType) {
    let type = try take(UInt32.self, what)
    guard let single = GGUFValueType(rawValue: type) else {
      throw malformed(what, "a value of type \(type); known are 0 to 12")
    }
    guard single == .array else { return (try takeScalar(type, what), single) }
    let itemType = try take(UInt32.self, what)
    guard let item = GGUFValueType(rawValue: itemType), item != .array else {
      throw malformed(
        what,
        itemType == GGUFValueType.array.rawValue
          ? "an array of arrays" : "items of type \(itemType)")
    }
    let count = try takeCount(bytesEach: item.size, what: what)
    switch item {
    case .string:
      var strings: [String] = []
      strings.reserveCapacity(count)
      for _ in 0..<count { strings.append(try takeString(what)) }
      return (.strings(strings), item)
    case .float32, .float64:
      var numbers: [Double] = []
      numbers.reserveCapacity(count)
      for _ in 0..<count {
        if case .number(let number) = try takeScalar(itemType, what) { numbers.append(number) }
      }
      return (.numbers(numbers), item)
    case .boolean:
      var booleans: [Bool] = []
      booleans.reserveCapacity(count)
      for _ in 0..<count {
        if case .boolean(let flag) = try takeScalar(itemType, what) { booleans.append(flag) }
      }
      return (.booleans(booleans), item)
    default:
      var integers: [Int64] = []
      integers.reserveCapacity(count)
      for _ in 0..<count {
        guard case .integer(let integer) = try takeScalar(itemType, what) else {
          throw malformed(what, "a number above \(Int64.max)")
        }
        integers.append(integer)
      }
      return (.integers(integers), item)
    }
  }

  private mutating func takeScalar(
    _ type: UInt32, _ what: String
  ) throws(GGUFError) -> GGUFValue {
    switch GGUFValueType(rawValue: type) {
    case .uint8: return .integer(Int64(try take(UInt8.self, what)))
    case .int8: return .integer(Int64(try take(Int8.self, what)))
    case .uint16: return .integer(Int64(try take(UInt16.self, what)))
    case .int16: return .integer(Int64(try take(Int16.self, what)))
    case .uint32: return .integer(Int64(try take(UInt32.self, what)))
    case .int32: return .integer(Int64(try take(Int32.self, what)))
    case .uint64:
      let value = try take(UInt64.self, what)
      return value > UInt64(Int64.max) ? .unsigned(value) : .integer(Int64(value))
    case .int64: return .integer(try take(Int64.self, what))
    case .float32:
      return .number(Double(Float(bitPattern: try take(UInt32.self, what))))
    case .float64: return .number(Double(bitPattern: try take(UInt64.self, what)))
    case .boolean:
      let byte = try take(UInt8.self, what)
      guard byte < 2 else { throw malformed(what, "a truth value of \(byte)") }
      return .boolean(byte == 1)
    case .string: return .string(try takeString(what))
    case .array, nil: throw malformed(what, "a value of type \(type); known are 0 to 12")
    }
  }
}
