import ArgumentParser
import Pipelines
import Tensors

/// How a quantized model is written.
struct FormatFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      gptq (transformers, vLLM), compressed-tensors (the same), or dequantized: plain numbers that any reader \
      takes, of any method (default).
      """, valueName: "name"))
  var format = "dequantized"

  @Option(
    help: ArgumentHelp(
      "With dequantized: float32 (default, nothing is rounded), bfloat16 or float16.",
      valueName: "type"))
  var dtype: NumberType?

  func validate() throws {
    if dtype != nil, format != "dequantized" {
      throw ValidationError("--dtype goes with --format dequantized")
    }
  }

  /// The format that was chosen.
  func choice() throws -> FormatChoice {
    try FormatChoice(name: format, type: (dtype ?? .float32).type)
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
