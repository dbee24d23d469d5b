public import Models
internal import Quantization

#if canImport(Glibc)
internal import Glibc
#endif

/// Whether a model in few bits can be served: its perplexity within an allowance, its tokens within a time.
///
/// The model is quantized by GPTQ into a folder that others can load, opened again from there with its codes
/// packed, as it would run, and then read with and timed. Beside it stand the float model and rounding to nearest,
/// so that neither a gain nor a loss is without its measure.
public struct DeploymentStudy: Codable, Hashable, Sendable {
  /// Bits a weight: 4 or 8 are what the packed layers have.
  public var bits = 4
  /// How many neighbours share a scale, a multiple of 32.
  public var groupSize = 128
  /// By how much the perplexity may rise.
  public var allowance = 0.3
  /// Milliseconds per token that 95 of 100 are not to exceed.
  public var target = 80.0
  /// What is timed.
  public var latency = LatencyStudy()

  /// The study as the build runs it.
  public init() {}

  /// Quantizes, opens, reads, and times.
  ///
  /// - Parameters:
  ///   - path: The float model: a folder, or another checkpoint that a folder can be made of.
  ///   - calibration: What GPTQ looks at.
  ///   - windows: What all models are judged by; nobody may calibrate with it.
  ///   - output: The folder of the quantized model, which is made; its parent exists. Nil for a temporary one,
  ///     which is gone afterwards.
  ///   - version: The program's version, for the run's fingerprint.
  ///   - onProgress: Told what share is done.
  /// - Returns: What was found.
  /// - Throws: `PipelineError`; `.request` without windows.
  public func run(
    modelAt path: String, calibration: CalibrationSet, windows: [EvaluationWindow],
    to output: String? = nil, version: String = "", onProgress: (Double) -> Void = { _ in }
  ) throws(PipelineError) -> DeploymentFindings {
    guard !windows.isEmpty else { throw .request("a deployment is judged by at least one window") }
    let temporary = output == nil ? try Self.temporaryFolder() : nil
    defer { if let temporary { try? Files.remove(temporary) } }
    let output = output ?? (temporary ?? ".") + "/served"
    let source = try SourceModel(path: path)
    let options = LayerOptions(bits: bits, groupSize: groupSize)
    func recipe(_ name: String) throws(PipelineError) -> QuantizationRecipe {
      do throws(QuantizationError) {
        return QuantizationRecipe(LayerRule(try LayerMethod(named: name), options))
      } catch {
        throw .request("\(error)")
      }
    }
    let float = try read(source.model, windows)
    onProgress(0.1)
    let nearest = try StudyQuality(
      of: source.model.quantized(try recipe("rtn")).model, against: source.model, on: windows)
    onProgress(0.2)
    let run = try QuantizationRun(
      source, recipe: try recipe("gptq"), calibration: calibration, format: .gptq,
      version: version)
    _ = try run.run(to: output)
    onProgress(0.5)
    let served = try asModelWork { () throws(ModelError) in try Transformer(path: output) }
    let packed = try StudyQuality(of: served, against: source.model, on: windows)
    onProgress(0.6)
    let floatLatency = try time(source.model) { onProgress(0.6 + 0.2 * $0) }
    let packedLatency = try time(served) { onProgress(0.8 + 0.2 * $0) }
    return DeploymentFindings(
      study: self, tokens: float.tokens, floatPerplexity: float.perplexity,
      nearest: nearest, packed: packed,
      packedLayers: served.packedLayerCount, layers: served.linearLayers.count,
      floatLatency: floatLatency, packedLatency: packedLatency)
  }

  /// A new folder where the system wants such folders.
  private static func temporaryFolder() throws(PipelineError) -> String {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var path = Array((parent + "/nibble-served-XXXXXX").utf8CString)
    guard mkdtemp(&path) != nil else { throw Files.failure(parent) }
    return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func read(
    _ model: Transformer, _ windows: [EvaluationWindow]
  ) throws(PipelineError) -> EvaluationSums {
    try asModelWork { () throws(ModelError) in try Evaluator(model).evaluate(windows) }
  }

  private func time(
    _ model: Transformer, _ onShare: (Double) -> Void
  ) throws(PipelineError) -> LatencyReport {
    try asModelWork { () throws(ModelError) in
      try latency.run(on: model) { _, share in
        onShare(share)
        return true
      }
    }
  }
}
