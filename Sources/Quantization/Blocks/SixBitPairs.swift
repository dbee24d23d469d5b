/// Eight scales and eight minima of six bits each in twelve bytes, as Q4_K and Q5_K keep them.
///
/// The first four of each lie whole in the low six bits of bytes 0–3 and 4–7. Of the last four, the low
/// four bits share bytes 8–11, scale below minimum, and the top two sit above those of the first four.
enum SixBitPairs {
  static func read(_ bytes: UnsafePointer<UInt8>) -> (scales: [Int], minima: [Int]) {
    let packed = (0..<12).map { Int(bytes[$0]) }
    let scales = (0..<8).map { index in
      index < 4 ? packed[index] & 63 : packed[index + 4] & 15 | (packed[index - 4] >> 6) << 4
    }
    let minima = (0..<8).map { index in
      index < 4 ? packed[index + 4] & 63 : packed[index + 4] >> 4 | (packed[index] >> 6) << 4
    }
    return (scales, minima)
  }

  static func write(scales: [Int], minima: [Int], _ bytes: UnsafeMutablePointer<UInt8>) {
    for index in 0..<4 {
      bytes[index] = UInt8(truncatingIfNeeded: scales[index] | (scales[index + 4] >> 4) << 6)
      bytes[index + 4] = UInt8(truncatingIfNeeded: minima[index] | (minima[index + 4] >> 4) << 6)
      bytes[index + 8] = UInt8(
        truncatingIfNeeded:
          scales[index + 4] & 15 | (minima[index + 4] & 15) << 4)
    }
  }

  /// What can be read once numbers are written: those with more than six bits come out as others.
  static func stored(scales: [Int], minima: [Int]) -> (scales: [Int], minima: [Int]) {
    var bytes = [UInt8](repeating: 0, count: 12)
    write(scales: scales, minima: minima, &bytes)
    return read(bytes)
  }
}
