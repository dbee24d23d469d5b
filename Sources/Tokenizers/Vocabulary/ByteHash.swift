/// A hash of a few bytes, for tables that live as long as the process.
///
/// Seeded, so that a file cannot be written whose tokens all meet in one slot.
@inline(__always)
func hashOfBytes(_ bytes: UnsafePointer<UInt8>, _ count: Int, seed: UInt64) -> UInt64 {
  let raw = UnsafeRawPointer(bytes)
  var hash = seed ^ UInt64(truncatingIfNeeded: count)
  if count >= 8 {
    var index = 0
    while count - index > 8 {
      hash = mixed(hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    return mixed(hash ^ raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
  }
  if count >= 4 {  // two words that overlap cover 4 to 7 bytes
    let low = UInt64(raw.loadUnaligned(as: UInt32.self))
    let high = UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
    return mixed(hash ^ (low | high << 32))
  }
  if count > 0 {
    let word =
      UInt64(bytes[0]) | UInt64(bytes[count / 2]) << 8 | UInt64(bytes[count - 1]) << 16
    hash ^= word << 32
  }
  return mixed(hash)
}

/// Both halves of a 128-bit product, folded.
@inline(__always)
func mixed(_ value: UInt64) -> UInt64 {
  let product = (value ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
  return product.high ^ product.low
}
