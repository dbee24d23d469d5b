/// The scalar that begins at a place in valid UTF-8, and how many bytes it takes.
@inline(__always)
func scalar(
  at index: Int, in bytes: UnsafePointer<UInt8>
) -> (value: UInt32, length: Int) {
  let first = UInt32(bytes[index])
  if first < 0x80 { return (first, 1) }
  let second = UInt32(bytes[index + 1] & 0x3f)
  if first < 0xe0 { return ((first & 0x1f) << 6 | second, 2) }
  let third = UInt32(bytes[index + 2] & 0x3f)
  if first < 0xf0 { return ((first & 0x0f) << 12 | second << 6 | third, 3) }
  let fourth = UInt32(bytes[index + 3] & 0x3f)
  return ((first & 0x07) << 18 | second << 12 | third << 6 | fourth, 4)
}

/// Appends a scalar as UTF-8.
func appendUTF8(_ value: UInt32, to bytes: inout [UInt8]) {
  switch value {
  case 0..<0x80: bytes.append(UInt8(value))
  case 0..<0x800: bytes += [0xc0 | UInt8(value >> 6), continuation(value)]
  case 0..<0x10000:
    bytes += [0xe0 | UInt8(value >> 12), continuation(value >> 6), continuation(value)]
  default:
    bytes += [
      0xf0 | UInt8(value >> 18 & 7), continuation(value >> 12), continuation(value >> 6),
      continuation(value),
    ]
  }
}

private func continuation(_ value: UInt32) -> UInt8 { 0x80 | UInt8(value & 0x3f) }
