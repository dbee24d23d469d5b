extension BlockFormat {
  /// Formats of 256 weights whose sub-blocks' scales are quantized themselves.
  static let superBlocks: [BlockFormat] = []
}
