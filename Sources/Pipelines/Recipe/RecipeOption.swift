internal import Quantization
internal import Tensors

/// One option of a method as a recipe writes it: one table for reading it and for writing it down.
struct RecipeOption: Sendable {
  /// Its key, which is the command's option without the dashes.
  let key: String
  /// Takes a value into options; false where it is not of the right kind.
  let set: @Sendable (RecipeValue, inout LayerOptions) -> Bool
  /// What the options say of it; nil where they say nothing.
  let text: @Sendable (LayerOptions) -> String?
  /// What a value should be.
  let expected: String

  /// Every option a recipe knows, in the order of ``LayerOption``.
  static let all: [RecipeOption] = [
    whole("bits", \.bits, 1...8), whole("group-size", \.groupSize, 0...1 << 24),
    flag("symmetric", \.symmetric), range, percentile, norm,
    flag("double-quant", \.doubleQuantization), whole("block-size", \.blockSize, 1...1 << 24),
    flag("act-order", \.actOrder), flag("static-groups", \.staticGroups),
    flag("stale-scales", \.staleScales),
    number("damping", \.damping, 0...Damping.largestShare), flag("raise-damping", \.raiseDamping),
    flag("double-precision", \.doublePrecision), number("alpha", \.alpha, 0...1),
    flag("duo-scaling", \.duoScaling), flag("clip-search", \.clipSearch),
    number("threshold", \.threshold, 1e-9...1e9),
    word("activation-scaling", \.activationScaling, ActivationScaling.allCases),
    number("outlier-share", \.outlierShare, 0...1), whole("iterations", \.iterations, 1...1 << 30),
    whole("passes", \.passes, 0...1 << 20), whole("codebooks", \.codebooks, 1...16),
    whole("codebook-bits", \.codebookBits, 1...16), whole("beam", \.beam, 1...1 << 20),
    flag("legacy", \.legacy), flag("bitsandbytes", \.bitsandbytes),
    flag("bias-correction", \.biasCorrection), then,
    word("rotation", \.rotation, [.hadamard, .random, .learned]), flag("blockwise", \.blockwise),
  ]

  /// An option that is a whole number.
  private static func whole(
    _ key: String, _ path: WritableKeyPath<LayerOptions, Int?> & Sendable,
    _ allowed: ClosedRange<Int>
  ) -> RecipeOption {
    RecipeOption(
      key: key,
      set: { value, options in
        guard case .whole(let number) = value, allowed.contains(number) else { return false }
        options[keyPath: path] = number
        return true
      }, text: { $0[keyPath: path].map(String.init) },
      expected: "a whole number from \(allowed.lowerBound) to \(allowed.upperBound)")
  }

  /// An option that is a number.
  private static func number(
    _ key: String, _ path: WritableKeyPath<LayerOptions, Double?> & Sendable,
    _ allowed: ClosedRange<Double>
  ) -> RecipeOption {
    RecipeOption(
      key: key,
      set: { value, options in
        guard let number = value.double, allowed.contains(number) else { return false }
        options[keyPath: path] = number
        return true
      }, text: { $0[keyPath: path].map { "\($0)" } },
      expected: "a number from \(allowed.lowerBound) to \(allowed.upperBound)")
  }

  /// An option that is true or false.
  private static func flag(
    _ key: String, _ path: WritableKeyPath<LayerOptions, Bool?> & Sendable
  ) -> RecipeOption {
    RecipeOption(
      key: key,
      set: { value, options in
        guard case .flag(let flag) = value else { return false }
        options[keyPath: path] = flag
        return true
      }, text: { $0[keyPath: path].map { "\($0)" } }, expected: "true or false")
  }

  /// An option that is one of some words.
  private static func word<Word: RawRepresentable & Sendable>(
    _ key: String, _ path: WritableKeyPath<LayerOptions, Word?> & Sendable, _ words: [Word]
  ) -> RecipeOption where Word.RawValue == String {
    RecipeOption(
      key: key,
      set: { value, options in
        guard case .text(let text) = value, let word = Word(rawValue: text) else { return false }
        options[keyPath: path] = word
        return true
      }, text: { $0[keyPath: path]?.rawValue },
      expected: words.map(\.rawValue).joined(separator: ", "))
  }

  /// The method after a rotation.
  private static let then = RecipeOption(
    key: "then",
    set: { value, options in
      guard case .text(let name) = value else { return false }
      options.then = name
      return true
    }, text: { $0.then }, expected: "a method's name")

  /// How a group's range is chosen; its parameter has a key of its own.
  private static let range = RecipeOption(
    key: "range",
    set: { value, options in
      guard case .text(let name) = value else { return false }
      switch name {
      case "min-max": options.range = .minMax
      case "mse": options.range = .meanSquaredError(norm: 2)
      case "octav": options.range = .octav
      case "percentile": options.range = .percentile(99.99)
      default: return false
      }
      return true
    },
    text: { options in
      switch options.range {
      case nil: nil
      case .minMax: "min-max"
      case .meanSquaredError: "mse"
      case .octav: "octav"
      case .percentile: "percentile"
      }
    }, expected: "min-max, mse, octav, percentile")

  /// With `range: percentile`.
  private static let percentile = RecipeOption(
    key: "percentile",
    set: { value, options in
      guard case .percentile = options.range, let number = value.double, number > 50, number <= 100
      else { return false }
      options.range = .percentile(number)
      return true
    },
    text: { options in
      if case .percentile(let number) = options.range { "\(number)" } else { nil }
    }, expected: "above 50, at most 100, with range percentile")

  /// With `range: mse`.
  private static let norm = RecipeOption(
    key: "norm",
    set: { value, options in
      guard case .meanSquaredError = options.range, let number = value.double,
        number == 2 || number == 2.4
      else { return false }
      options.range = .meanSquaredError(norm: number)
      return true
    },
    text: { options in
      if case .meanSquaredError(let number) = options.range { "\(number)" } else { nil }
    }, expected: "2 or 2.4, with range mse")
}

extension RecipeValue {
  /// The number, whole or not; nil for other values.
  var double: Double? {
    switch self {
    case .whole(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
