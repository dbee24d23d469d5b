internal import FoundationEssentials
internal import Tensors

/// A checkpoint's tensors with its planted outlier channels taken back.
///
/// The course's own models have channels of every block's norms multiplied by powers of two and the
/// columns that read them divided by the same, and say so in `config.json` under
/// `outlier_channels`. This undoes both. Powers of two move no bit of a significand, so the twin is
/// exact: the same logits, from weights and activations without outliers.
struct OutlierFreeSource: TensorSource {
  private let base: any TensorSource
  /// What each channel of a norm is multiplied by, and the inverses, for columns.
  private let gains: [Float]
  private let columns: [Float]
  private let norms: Set<String>
  private let readers: Set<String>

  /// Reads which channels were planted.
  ///
  /// - Parameters:
  ///   - base: The checkpoint as it is.
  ///   - configuration: Its configuration.
  ///   - path: Its `config.json`.
  /// - Throws: `ModelError.nothingPlanted` for a model that says nothing of outlier channels.
  init(
    _ base: any TensorSource, configuration: ModelConfiguration, describedIn path: String
  ) throws(ModelError) {
    // Elsewhere a norm's output also feeds the residual stream, or weights lie the other way round.
    guard configuration.family != .gpt2, configuration.normalizesFirst else {
      throw .unsupported(
        path: path, key: "outlier_channels",
        value: configuration.family == .gpt2 ? "GPT-2" : "norms after the layers",
        reason: "the twin is known for models whose norms come first, as OPT's and Llama's")
    }
    let planted = try PlantedChannels(path: path, width: configuration.hiddenSize)
    self.base = base
    var gains = [Float](repeating: 1, count: configuration.hiddenSize)
    for (channel, exponent) in zip(planted.channels, planted.exponents) {
      gains[channel] = Float(sign: .plus, exponent: -exponent, significand: 1)
    }
    self.gains = gains
    columns = gains.map { 1 / $0 }
    let names = TensorNames(configuration.family, in: base)
    let blocks = 0..<configuration.layerCount
    norms = Set(
      blocks.flatMap { block in
        [names.attentionNorm(block), names.feedForwardNorm(block)].flatMap {
          [$0 + ".weight", $0 + ".bias"]
        }
      })
    readers = Set(
      blocks.flatMap { block in
        [LinearLayerID.Role.query, .key, .value, .gate, .up].map { role in
          names.linear(LinearLayerID(block: block, role: role)).name + ".weight"
        }
      })
  }

  var path: String { base.path }
  var names: [String] { base.names }
  func info(_ name: String) -> (shape: [Int], type: String)? { base.info(name) }

  func matrix(_ name: String) throws(ModelError) -> Matrix {
    let matrix = try base.matrix(name)
    // Other sizes than the configuration's are refused by who asked, in its own words.
    guard matrix.columns == gains.count else { return matrix }
    if norms.contains(name) { return matrix.scalingColumns(by: gains) }
    if readers.contains(name) { return matrix.scalingColumns(by: columns) }
    return matrix
  }

  /// A matrix that read the channels stays as wide as it is stored, where that loses nothing.
  func inPlace(_ name: String) -> StoredWeight? {
    guard norms.contains(name) || readers.contains(name) else { return base.inPlace(name) }
    guard readers.contains(name), let stored = base.inPlace(name), stored.element != .float32,
      let matrix = try? matrix(name)
    else { return nil }
    return StoredWeight(matrix.elements, exactlyAs: stored.element)
  }

  func packed(_ name: String) throws(ModelError) -> (any PackedWeight)? {
    norms.contains(name) || readers.contains(name) ? nil : try base.packed(name)
  }
}

/// The `outlier_channels` of a `config.json`.
private struct PlantedChannels {
  let channels: [Int]
  /// The binary logarithms of what the channels were multiplied by.
  let exponents: [Int]

  init(path: String, width: Int) throws(ModelError) {
    let contents: Data
    do { contents = try Data(contentsOf: URL(filePath: path)) } catch {
      throw .cannotRead(path: path, reason: "no configuration tells of outlier channels")
    }
    guard case .object(let values) = try JSONValue.parse(Array(contents), path: path),
      let object = try ConfigurationValues(path: path, values: values).object("outlier_channels")
    else { throw .nothingPlanted(path: path) }
    channels = try Self.list("channels", in: 0...width - 1, of: object)
    exponents = try Self.list("exponents", in: -64...64, of: object)
    guard channels.count == exponents.count, Set(channels).count == channels.count else {
      throw .contradiction(
        path: path,
        reason: "outlier_channels has \(channels.count) channels and \(exponents.count) exponents; "
          + "as many are needed, and no channel twice")
    }
  }

  private static func list(
    _ key: String, in range: ClosedRange<Int>, of object: ConfigurationValues
  ) throws(ModelError) -> [Int] {
    guard let value = object[key] else {
      throw .missingValue(path: object.path, key: object.prefix + key)
    }
    guard case .array(let elements) = value else {
      throw object.invalid(key, value, "a list of whole numbers")
    }
    var numbers: [Int] = []
    for element in elements {
      guard case .integer(let number) = element, range.contains(number) else {
        throw object.invalid(
          key, element, "whole numbers from \(range.lowerBound) to \(range.upperBound)")
      }
      numbers.append(number)
    }
    return numbers
  }
}
