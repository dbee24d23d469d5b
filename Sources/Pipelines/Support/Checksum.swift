/// A 64-bit checksum of bytes, at the speed of memory: it tells changed files from unchanged ones.
///
/// Not for secrets: whoever wants two files of one checksum can make them. Four sums run side by side over
/// words of eight bytes, each multiplied and turned so that the order of words counts, and are mixed at the
/// end with the length.
struct Checksum {
  private var lanes: (UInt64, UInt64, UInt64, UInt64) = (
    0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB, 0xD6E8_FEB8_6659_FD93
  )
  private var length: UInt64 = 0

  /// Takes more bytes in; pieces are not the same as the whole, so cut them alike.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    length &+= UInt64(bytes.count)
    var (first, second, third, fourth) = lanes
    let whole = bytes.count / 32 * 32
    var place = 0
    while place < whole {
      first = Self.mixed(first, bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      second = Self.mixed(second, bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self))
      third = Self.mixed(third, bytes.loadUnaligned(fromByteOffset: place + 16, as: UInt64.self))
      fourth = Self.mixed(fourth, bytes.loadUnaligned(fromByteOffset: place + 24, as: UInt64.self))
      place += 32
    }
    while place < bytes.count {
      first = Self.mixed(first, UInt64(bytes[place]) | 0x100)
      place += 1
    }
    lanes = (first, second, third, fourth)
  }

  /// Takes a text in.
  mutating func add(_ text: String) { Array(text.utf8).withUnsafeBytes { add($0) } }

  /// Takes whole numbers in.
  mutating func add(_ values: [Int]) {
    values.map { Int64($0).littleEndian }.withUnsafeBytes { add($0) }
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    var sum = length
    for lane in [lanes.0, lanes.1, lanes.2, lanes.3] { sum = Self.mixed(sum, lane) }
    sum ^= sum >> 32
    sum = sum &* 0x94D0_49BB_1331_11EB
    sum ^= sum >> 29
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  @inline(__always) private static func mixed(_ sum: UInt64, _ word: UInt64) -> UInt64 {
    let product = (sum ^ word) &* 0xFF51_AFD7_ED55_8CCD
    return (product << 29 | product >> 35) &+ 0x52DC_E729
  }
}
