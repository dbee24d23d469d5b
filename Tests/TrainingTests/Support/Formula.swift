/// The numbers that `Tests/Goldens/training/make.py` fills tensors with.
enum Formula {
  /// FNV-1a, 32 bits.
  private static func hash(_ name: String) -> UInt32 {
    name.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }

  /// The hashed numbers of a name: multiples of 2⁻¹⁷ between −1/4 and 1/4.
  static func values(_ name: String, count: Int) -> [Float] {
    let seed = hash(name)
    return (0..<count).map { index in
      var bits = seed &+ UInt32(truncatingIfNeeded: index) &* 2_654_435_761
      bits ^= bits >> 15
      bits = bits &* 2_246_822_519
      bits ^= bits >> 13
      return Float(Int(bits & 0xffff) - 32_768) / 131_072
    }
  }
}
