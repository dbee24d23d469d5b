internal import Quantization
internal import Tensors

/// A checkpoint of Hugging Face's form whose linear layers are stored as codes.
///
/// For a model it is one of weights: `weight` in the place of codes, scales and zero points. They stay packed
/// for products where their grids are even, or are decoded.
struct QuantizedCheckpoint: TensorSource {
  private let checkpoint: Checkpoint
  private let storage: QuantizedStorage
  /// Whether codes stay packed.
  private let keepsCodes: Bool
  /// The layers that are stored as codes.
  private let layers: Set<String>

  let names: [String]

  /// Finds the layers that are stored as codes.
  ///
  /// - Throws: `ModelError.brokenFile` where there is none, although the configuration speaks of them.
  init(
    _ checkpoint: Checkpoint, _ storage: QuantizedStorage, keepsCodes: Bool
  ) throws(ModelError) {
    self.checkpoint = checkpoint
    self.storage = storage
    self.keepsCodes = keepsCodes
    var layers: Set<String> = []
    for mark in storage.marks {
      for name in checkpoint.names where name.hasSuffix(mark) {
        layers.insert(String(name.dropLast(mark.count)))
      }
    }
    guard !layers.isEmpty else {
      throw .brokenFile(
        "\(checkpoint.path): config.json says that weights are stored as \(storage.name) codes, and no tensor's "
          + "name ends in \(storage.marks.joined(separator: " or ")); take quantization_config out if they are "
          + "plain numbers, or copy the weights again", .badData)
    }
    self.layers = layers
    names =
      checkpoint.names.filter { name in
        !storage.suffixes.contains { suffix in
          name.hasSuffix(suffix) && layers.contains(String(name.dropLast(suffix.count)))
        }
      } + layers.map { $0 + ".weight" }
  }

  var path: String { checkpoint.path }

  func info(_ name: String) -> (shape: [Int], type: String)? {
    guard let layer = quantized(name) else { return checkpoint.info(name) }
    guard let shape = try? tensors(layer).shape(storage) else { return nil }
    return ([shape.outputs, shape.inputs], "codes")
  }

  func inPlace(_ name: String) -> StoredWeight? {
    quantized(name) == nil ? checkpoint.inPlace(name) : nil
  }

  func matrix(_ name: String) throws(ModelError) -> Matrix {
    guard let layer = quantized(name) else { return try checkpoint.matrix(name) }
    switch try contents(of: layer) {
    case .grid(let grid): return grid.weight
    case .values(let values): return values
    }
  }

  func packed(_ name: String) throws(ModelError) -> (any PackedWeight)? {
    guard keepsCodes, let layer = quantized(name), tensors(layer).hasGrid(storage),
      case .grid(let grid) = try contents(of: layer)
    else { return nil }
    return GroupWeight(grid)
  }

  /// The layer whose weight a name asks for, if it is one of codes.
  private func quantized(_ name: String) -> String? {
    guard name.hasSuffix(".weight") else { return nil }
    let layer = String(name.dropLast(".weight".count))
    return layers.contains(layer) ? layer : nil
  }

  private func tensors(_ layer: String) -> LayerTensors {
    LayerTensors(checkpoint: checkpoint, layer: layer)
  }

  private func contents(of layer: String) throws(ModelError) -> LayerTensors.Contents {
    do throws(AffineLayerError) {
      return try tensors(layer).contents(storage)
    } catch {
      throw .brokenFile("\(path): \(layer): \(error)", .badData)
    }
  }
}
