extension BlockFormat {
  /// Formats whose blocks carry one scale, or one scale and one minimum.
  static let plain: [BlockFormat] = []
}
