internal import FoundationEssentials
internal import Quantization

/// What the layers of the first blocks lose at each width, as a work folder keeps it between two runs.
///
/// Numbers are written with as many digits as bring the same bits back.
struct KeptProfiles: Sendable {
  /// How many blocks were measured, from the first on.
  var blocks = 0
  /// Their layers' profiles, in order.
  var profiles: [SensitivityProfile] = []
}

extension WorkFolder {
  private var file: String { "\(path)/\(Self.profile)" }

  /// What was kept of a measurement.
  ///
  /// - Parameter fingerprint: Of the measurement that is to go on.
  /// - Returns: No blocks where nothing was kept.
  /// - Throws: `PipelineError.otherRun` where another measurement is there, `.brokenState` where it cannot be read.
  func profiles(_ fingerprint: Fingerprint) throws(PipelineError) -> KeptProfiles {
    guard Files.exists(file) else { return KeptProfiles() }
    guard
      let stored = try? JSONDecoder().decode(
        StoredProfiles.self, from: Data(try Files.contents(file))),
      let kept = stored.kept, let whose = stored.whose
    else { throw .brokenState(path: file, reason: "it is not a list of what layers lose") }
    guard whose == fingerprint else {
      throw .otherRun(path: path, differences: whose.differences(from: fingerprint))
    }
    return kept
  }

  /// Keeps what was measured so far.
  func keep(_ profiles: KeptProfiles, _ fingerprint: Fingerprint) throws(PipelineError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(StoredProfiles(profiles, fingerprint)) else {
      throw .cannotWrite(path: file, reason: "what the layers lose is not finite")
    }
    try Files.write([UInt8](data), to: file)
  }
}

/// The same as the file has it.
private struct StoredProfiles: Codable {
  /// Keys and values of the fingerprint, one after the other.
  let fingerprint: [String]
  let blocks: Int
  let layers: [Layer]

  struct Layer: Codable {
    let name: String
    let weights: Int
    let bits: [Int]
    let bytes: [Int]
    let losses: [Double]
  }

  init(_ kept: KeptProfiles, _ fingerprint: Fingerprint) {
    self.fingerprint = fingerprint.values.flatMap { [$0.key, $0.value] }
    blocks = kept.blocks
    layers = kept.profiles.map { profile in
      Layer(
        name: profile.name, weights: profile.weights, bits: profile.choices.map(\.bits),
        bytes: profile.choices.map(\.bytes), losses: profile.choices.map(\.loss))
    }
  }

  /// The fingerprint; nil where keys and values do not come in pairs.
  var whose: Fingerprint? {
    guard fingerprint.count.isMultiple(of: 2) else { return nil }
    return Fingerprint(
      stride(from: 0, to: fingerprint.count, by: 2).map {
        (key: fingerprint[$0], value: fingerprint[$0 + 1])
      })
  }

  /// The profiles; nil where they are none.
  var kept: KeptProfiles? {
    var kept = KeptProfiles(blocks: blocks)
    for layer in layers {
      guard layer.bits.count == layer.bytes.count, layer.bits.count == layer.losses.count,
        let profile = try? SensitivityProfile(
          name: layer.name, weights: layer.weights,
          choices: layer.bits.indices.map {
            .init(bits: layer.bits[$0], bytes: layer.bytes[$0], loss: layer.losses[$0])
          })
      else { return nil }
      kept.profiles.append(profile)
    }
    return kept
  }
}
