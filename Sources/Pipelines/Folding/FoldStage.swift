/// A change of a model's numbers that keeps what it computes, made before its layers are quantized.
///
/// Everything is folded into numbers that the checkpoint has anyway, so the quantized model needs nothing at
/// run time that the float one did not. What could not be had without an operation at run time is left out:
/// QuaRot's rotations of rotated queries and keys, and of the feed-forward layer's inner vectors.
public enum FoldStage: Hashable, Sendable {
  /// The residual stream turned by a random rotation, norms' gains folded into the layers after them, and
  /// values turned head by head: no channel stands out any more.
  ///
  /// A randomized Hadamard matrix for root-mean-square norms; for layer norms, which take the mean away, a
  /// rotation that keeps it. A tied head becomes a table of its own. Source: QuaRot, Ashkboos et al. 2024,
  /// arXiv:2404.00456, its part without operations at run time.
  case rotation
  /// Part of the inputs' unevenness moved from the norms into the layers after them.
  ///
  /// Source: Xiao et al. 2022, arXiv:2211.10438, equation 4.
  case smoothQuant(alpha: Double = 0.5)
  /// Columns of loud inputs enlarged, what stands before them made as much smaller: norms, values before the
  /// attention's output, the up layer before the down layer.
  ///
  /// The exponent is searched for on the grids that the layers will be quantized on, unless it is given.
  /// Source: Lin et al. 2023, arXiv:2306.00978, section 3.2.
  case awq(alpha: Double? = nil, duoScaling: Bool = false)

  /// The names there are, in the order in which stages may follow each other.
  public static let names = ["rotation", "smoothquant", "awq"]

  /// What people type.
  public var name: String {
    switch self {
    case .rotation: "rotation"
    case .smoothQuant: "smoothquant"
    case .awq: "awq"
    }
  }

  /// The stage with everything that was asked of it: `smoothquant alpha 0.5`.
  public var line: String {
    switch self {
    case .rotation: "rotation"
    case .smoothQuant(let alpha): "smoothquant alpha \(alpha)"
    case .awq(let alpha, let duoScaling):
      "awq" + (alpha.map { " alpha \($0)" } ?? "") + (duoScaling ? " duo-scaling" : "")
    }
  }

  /// Whether it looks at the layers' inputs.
  public var needsCalibration: Bool { self != .rotation }

  /// The stage of a name.
  ///
  /// - Parameters:
  ///   - name: One of ``names``.
  ///   - alpha: The exponent, 0 to 1; nil for the stage's default, or its search.
  ///   - duoScaling: Whether AWQ's scales divide by the weights' own magnitudes.
  /// - Throws: `PipelineError.request` for another name, and for what a stage does not know.
  public init(
    named name: String, alpha: Double? = nil, duoScaling: Bool = false
  ) throws(PipelineError) {
    switch name {
    case "rotation":
      guard alpha == nil else { throw .request("the stage rotation has no alpha") }
      self = .rotation
    case "smoothquant": self = .smoothQuant(alpha: alpha ?? 0.5)
    case "awq": self = .awq(alpha: alpha, duoScaling: duoScaling)
    default:
      throw .request(
        "there is no stage '\(name)'; use one of \(Self.names.joined(separator: ", "))")
    }
    if duoScaling, name != "awq" { throw .request("the stage \(name) has no duo-scaling") }
    if let alpha, !(0...1).contains(alpha) {
      throw .request("the stage \(name) takes an alpha from 0 to 1, not \(alpha)")
    }
  }

  /// Refuses orders in which a stage would undo another.
  ///
  /// - Parameter stages: What is asked for, in order.
  /// - Throws: `PipelineError.request`.
  static func check(_ stages: [FoldStage]) throws(PipelineError) {
    for (place, stage) in stages.enumerated() {
      if stages[..<place].contains(where: { $0.name == stage.name }) {
        throw .request("the stage \(stage.name) is there twice; once is enough")
      }
      if stage == .rotation, place > 0 {
        throw .request(
          "the stage rotation folds every norm's gain into the layers after it, which would undo "
            + "\(stages[place - 1].name); put rotation first")
      }
    }
  }
}
