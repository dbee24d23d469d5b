internal import Grids

extension TensorType {
  /// Whether elements can be read as `Float`: one number each, in whole bytes, of a known format.
  public var isReadableAsFloats: Bool {
    switch self {
    case .complex64, .float4E2M1, .float6E2M3, .float6E3M2, .float8E4M3FNUZ, .float8E5M2FNUZ:
      false
    default: true
    }
  }
}

/// Converts a tensor's little-endian bytes to `Float`.
///
/// The type must be readable as floats and `target` as long as there are elements.
func convertToFloats(
  _ bytes: UnsafeRawBufferPointer, of type: TensorType,
  into target: UnsafeMutableBufferPointer<Float>
) {
  switch type {
  case .float32: UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
  case .float16, .bfloat16: HalfPrecision.widen(bytes, as: type, into: target)
  case .float64:
    convert(bytes, UInt64.self, into: target) { Float(Double(bitPattern: $0)) }
  case .float8E4M3: convertByTable(bytes, .e4m3, into: target)
  case .float8E5M2: convertByTable(bytes, .e5m2, into: target)
  case .float8E8M0: convertByTable(bytes, .e8m0, into: target)
  case .bool: convert(bytes, UInt8.self, into: target) { $0 == 0 ? 0 : 1 }
  case .uint8: convert(bytes, UInt8.self, into: target) { Float($0) }
  case .int8: convert(bytes, Int8.self, into: target) { Float($0) }
  case .uint16: convert(bytes, UInt16.self, into: target) { Float($0) }
  case .int16: convert(bytes, Int16.self, into: target) { Float($0) }
  case .uint32: convert(bytes, UInt32.self, into: target) { Float($0) }
  case .int32: convert(bytes, Int32.self, into: target) { Float($0) }
  case .uint64: convert(bytes, UInt64.self, into: target) { Float($0) }
  case .int64: convert(bytes, Int64.self, into: target) { Float($0) }
  case .complex64, .float4E2M1, .float6E2M3, .float6E3M2, .float8E4M3FNUZ, .float8E5M2FNUZ:
    preconditionFailure("\(type.rawValue) has no conversion to Float")
  }
}

@inline(__always) private func convert<Bits: FixedWidthInteger>(
  _ bytes: UnsafeRawBufferPointer, _: Bits.Type, into target: UnsafeMutableBufferPointer<Float>,
  _ value: (Bits) -> Float
) {
  let size = MemoryLayout<Bits>.size
  precondition(bytes.count == target.count * size, "\(bytes.count) bytes, \(target.count) elements")
  for index in 0..<target.count {
    let bits = bytes.loadUnaligned(fromByteOffset: index &* size, as: Bits.self)
    target[index] = value(bits)
  }
}

/// A byte has 256 values: decode each once.
private func convertByTable(
  _ bytes: UnsafeRawBufferPointer, _ format: FloatFormat,
  into target: UnsafeMutableBufferPointer<Float>
) {
  let table = (0..<256).map { format.decode(UInt32($0)) }
  table.withUnsafeBufferPointer { table in
    convert(bytes, UInt8.self, into: target) { table[Int($0)] }
  }
}

/// Lends a tensor's elements as `Float` piece by piece: in one, straight from memory, if they are F32 at
/// an address that allows it.
func lendFloats(
  _ bytes: UnsafeRawBufferPointer, of type: TensorType, count: Int,
  _ body: (UnsafeBufferPointer<Float>) -> Void
) {
  guard let start = bytes.baseAddress, count > 0 else { return }
  if type == .float32, UInt(bitPattern: start) % 4 == 0 {
    body(bytes.assumingMemoryBound(to: Float.self))
    return
  }
  let chunk = 4_096  // 16 KB of Float, which stays in the first cache
  withUnsafeTemporaryAllocation(of: Float.self, capacity: chunk) { buffer in
    let size = type.bits / 8
    for first in stride(from: 0, to: count, by: chunk) {
      let part = min(chunk, count - first)
      let target = UnsafeMutableBufferPointer(rebasing: buffer[0..<part])
      let source = UnsafeRawBufferPointer(rebasing: bytes[first * size..<(first + part) * size])
      convertToFloats(source, of: type, into: target)
      body(UnsafeBufferPointer(target))
    }
  }
}
