import ArgumentParser
import Pipelines
import Tensors

/// How a quantized model is written.
struct FormatFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      gptq (transformers, vLLM), compressed-tensors (the same), awq, bitsandbytes (nf4 and fp4), \
      gguf:q4_k_m and other mixtures (llama.cpp; the mixture is the method, and --calibration its imatrix), or \
      dequantized: plain numbers that any reader takes, of any method (default).
      """, valueName: "name"))
  var format = "dequantized"

  @Option(
    help: ArgumentHelp(
      """
      With dequantized: float32, in which nothing is rounded, bfloat16 or float16 (default: the type the model's \
      weights have, so that files do not grow; bfloat16 adds about a tenth to the squared error of 8 bits, \
      float16 a thousandth).
      """, valueName: "type"))
  var dtype: NumberType?

  func validate() throws {
    if dtype != nil, format != "dequantized" {
      throw ValidationError("--dtype goes with --format dequantized")
    }
  }

  /// Whether a GGUF file was chosen, in which every tensor's type is its method.
  var isGGUF: Bool { format.lowercased().hasPrefix("gguf") }

  /// The mixture of a GGUF file that was chosen.
  func mixture() throws -> GGUFMixture { try GGUFMixture(named: format) }

  /// Refuses options that a GGUF file leaves no room for, and a missing method where there must be one.
  func check(_ recipe: RecipeFlags, _ others: [(name: String, isGiven: Bool)] = []) throws {
    guard isGGUF else { return try recipe.requireMethod() }
    do { _ = try mixture() } catch { throw ValidationError("\(error)") }
    let given = others.filter(\.isGiven).map(\.name)
    guard recipe.isEmpty, given.isEmpty else {
      throw ValidationError(
        "--format \(format) gives every tensor its type, which is its method: leave out "
          + (given.isEmpty ? "--method, --recipe and their options" : given.joined(separator: ", "))
          + "; --calibration makes an imatrix of the inputs")
    }
  }

  /// The format that was chosen.
  ///
  /// - Parameters:
  ///   - source: The model, whose type is that of plain numbers where none was asked for.
  ///   - type: The type where there is no model to ask.
  /// - Returns: The choice.
  /// - Throws: `PipelineError.request` for a name that there is not.
  func choice(
    for source: SourceModel? = nil, assuming type: TensorType = .float32
  ) throws -> FormatChoice {
    try FormatChoice(name: format, type: dtype?.type ?? source?.storedType ?? type)
  }

  /// The types of plain numbers.
  enum NumberType: String, ExpressibleByArgument, CaseIterable {
    case float32
    case bfloat16
    case float16

    var type: TensorType {
      switch self {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .float16: .float16
      }
    }
  }
}
