/// Codes of b bits in words of 32, lowest first: how GPTQ and compressed-tensors files hold them.
enum CodeWords {
  /// A stream of bits down each column of a [count, width] array: code k of a column occupies the bits
  /// from b·k on, counted through the column's words, so that codes of three bits cross words.
  ///
  /// - Parameters:
  ///   - count: Codes of a stream.
  ///   - streams: How many streams lie side by side.
  ///   - bits: The width of a code.
  ///   - code: Given the place along the stream and the stream, the code.
  /// - Returns: Words, [⌈count · b / 32⌉, streams], row after row; bits that are left over are 0.
  static func streamed(
    count: Int, streams: Int, bits: Int, _ code: (_ place: Int, _ stream: Int) -> UInt8
  ) -> [UInt32] {
    let words = (count * bits + 31) / 32
    var packed = [UInt32](repeating: 0, count: words * streams)
    packed.withUnsafeMutableBufferPointer { packed in
      // Some streams at a time: their words share cache lines, and so do their codes.
      for first in stride(from: 0, to: streams, by: 16) {
        for place in 0..<count {
          let (word, shift) = (place * bits / 32, place * bits % 32)
          for stream in first..<min(first + 16, streams) {
            let value = UInt32(code(place, stream))
            packed[word * streams + stream] |= value << UInt32(shift)
            if shift + bits > 32 {
              packed[(word + 1) * streams + stream] |= value >> UInt32(32 - shift)
            }
          }
        }
      }
    }
    return packed
  }

  /// One code out of a stream that ``streamed(count:streams:bits:_:)`` has packed.
  @inline(__always) static func code(
    _ words: UnsafeBufferPointer<UInt32>, place: Int, stream: Int, streams: Int, bits: Int
  ) -> UInt8 {
    let (word, shift) = (place * bits / 32, place * bits % 32)
    var value = words[word * streams + stream] >> UInt32(shift)
    if shift + bits > 32 { value |= words[(word + 1) * streams + stream] << UInt32(32 - shift) }
    return UInt8(truncatingIfNeeded: value & (1 << UInt32(bits) - 1))
  }
}
