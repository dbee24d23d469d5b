import Models
import Pipelines
import Quantization
import Tensors

/// The checkpoint of a build.
enum BuildCheckpoint {
  /// The widths that GPTQ's format has.
  private static let packed = [2, 3, 4, 8]

  /// A method with its width; groups are the method's default.
  static func recipe(
    _ method: String, bits: Int, stages: [FoldStage] = [],
    order: QuantizationRecipe.Order = .block,
    _ change: (inout LayerOptions) -> Void = { _ in }
  ) throws -> QuantizationRecipe {
    var options = LayerOptions(bits: bits)
    change(&options)
    return QuantizationRecipe(
      LayerRule(try LayerMethod(named: method), options), stages: stages, order: order)
  }

  /// The format that other programs read, where it holds the width and the model; else plain numbers.
  static func format(_ bits: Int, of model: BuildModel) -> FormatChoice {
    packed.contains(bits) && model.model.configuration.family != .gpt2
      ? .gptq : .dequantized(.float32)
  }

  /// Quantizes into `checkpoint/`, and reads it back as anybody would.
  ///
  /// - Returns: How it reads the windows, beside the float model.
  static func write(
    _ model: BuildModel, _ recipe: QuantizationRecipe, bits: Int, calibration: CalibrationSet,
    to folder: BuildFolder, windows: [EvaluationWindow]
  ) throws -> StudyQuality {
    Output.status("writing the checkpoint")
    defer { Output.status("") }
    let run = try QuantizationRun(
      model.source, recipe: recipe, calibration: calibration, format: format(bits, of: model),
      version: Version.text)
    let records = try run.run(to: folder.work + "/checkpoint")
    try folder.write(LayerLog.csv(records), to: "checkpoint-layers.csv")
    return try StudyQuality(
      of: try Transformer(path: folder.work + "/checkpoint"), against: model.model, on: windows)
  }
}
