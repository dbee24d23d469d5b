extension BlockFormat {
  /// Formats whose scales are stored as they are, in blocks of 32 or 64, and those made for a table of
  /// levels or for three.
  static let plain: [BlockFormat] = [
    .fourBits, .fourBitsWithMinimum, .fiveBits, .fiveBitsWithMinimum, .eightBits,
    .tableLevels, .tableLevelsInSuperBlocks, .ternaryInBaseThree, .ternaryInTwoBits, .mxFloat4,
    .nvFloat4,
  ]
}
