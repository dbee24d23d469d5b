internal import Models
public import Quantization
internal import Tensors

extension QuantizationRun {
  /// What is told while it is measured what layers lose.
  public enum SensitivityEvent: Sendable {
    /// An earlier run had set the output aside, and it is back under its name.
    case putBack(output: String)
    /// So many blocks were measured by an earlier run.
    case resumed(blocks: Int, of: Int)
    /// A layer is measured, or was by an earlier run.
    case layer(SensitivityProfile)
    /// A block is measured, and kept.
    case block(Int, of: Int)
  }

  /// What each linear layer loses at each width it could have, kept beside an output as it is measured.
  ///
  /// The measurement may take longer than the quantizing it is for. A run that was stopped in it, or after it,
  /// does not repeat it: the next call goes on after the last block that was measured, with the same numbers to
  /// the bit, whatever widths are made of them then. The run that makes the output removes what is kept.
  ///
  /// - Parameters:
  ///   - widths: The bits to try.
  ///   - output: The folder that is to be made; its parent exists.
  ///   - onEvent: Told of what is done.
  /// - Returns: One profile a name, as `Transformer.sensitivities` has them.
  /// - Throws: `PipelineError`; what is measured by then is kept, for the same call to go on with.
  public func sensitivities(
    widths: [Int], for output: String, onEvent: (SensitivityEvent) -> Void = { _ in }
  ) throws(PipelineError) -> [SensitivityProfile] {
    guard let calibration else { throw .profileWithoutCalibration }
    let count = source.model.blocks.count
    let folder = try workFolder(for: output) { event in
      if case .putBack(let output) = event { onEvent(.putBack(output: output)) }
    }
    if !resumes { try folder.clear() }
    let list = widths.map(String.init).joined(separator: ",")
    let fingerprint = Fingerprint(
      try fingerprintOfLayers() + [("widths", list), ("arithmetic", BLASCore.name)])
    let kept = try folder.profiles(fingerprint)
    if kept.blocks < count {
      if Files.kind(of: output) != .nothing, !replaces {
        if !folder.isWorthKeeping { try folder.remove() }
        throw .outputExists(path: output)
      }
      // Blocks that were quantized without a profile are another run's.
      if kept.blocks == 0, folder.blocksDone(of: 1) > 0, let earlier = try folder.fingerprint() {
        throw .otherRun(path: folder.path, differences: earlier.differences(from: fingerprint))
      }
    }
    if kept.blocks > 0 { onEvent(.resumed(blocks: kept.blocks, of: count)) }
    for profile in kept.profiles { onEvent(.layer(profile)) }
    guard kept.blocks < count else { return kept.profiles }
    do {
      return try source.model.sensitivities(
        recipe, bits: widths, calibration: calibration, format: format.storesCodes ? format : nil,
        threads: threads, from: kept, onLayer: { onEvent(.layer($0)) },
        onBlock: { (profiles) throws(PipelineError) in
          try folder.keep(profiles, fingerprint)
          onEvent(.block(profiles.blocks, of: count))
        })
    } catch {
      if !folder.isWorthKeeping { try? folder.remove() }
      throw error
    }
  }
}
