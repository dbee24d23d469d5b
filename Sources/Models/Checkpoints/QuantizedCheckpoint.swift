internal import Quantization
internal import Tensors

/// A checkpoint whose quantized layers are decoded when their weights are asked for.
///
/// For a model it is one of plain numbers: `weight` in the place of codes, scales and zero points.
struct QuantizedCheckpoint: TensorSource {
  private let checkpoint: Checkpoint
  private let storage: QuantizedStorage
  /// The layers that are stored as codes.
  private let layers: Set<String>

  let names: [String]

  init(_ checkpoint: Checkpoint, _ storage: QuantizedStorage) {
    self.checkpoint = checkpoint
    self.storage = storage
    let codes = storage.suffixes[0]
    let layers = Set(
      checkpoint.names.filter { $0.hasSuffix(codes) }.map { String($0.dropLast(codes.count)) })
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
    guard let shape = try? shape(layer) else { return nil }
    return ([shape.outputs, shape.inputs], "codes")
  }

  func inPlace(_ name: String) -> StoredWeight? {
    quantized(name) == nil ? checkpoint.inPlace(name) : nil
  }

  func matrix(_ name: String) throws(ModelError) -> Matrix {
    if let layer = try codes(name) { return layer.weight }
    return try checkpoint.matrix(name)
  }

  /// A weight as codes; nil if it is plain numbers.
  func codes(_ name: String) throws(ModelError) -> AffineLayer? {
    guard let layer = quantized(name) else { return nil }
    let shape = try shape(layer)
    do throws(AffineLayerError) {
      return try decoded(layer, shape.outputs, shape.inputs)
    } catch {
      throw .brokenFile("\(path): \(layer): \(error)", .badData)
    }
  }

  /// The layer whose weight a name asks for, if it is one of codes.
  private func quantized(_ name: String) -> String? {
    guard name.hasSuffix(".weight") else { return nil }
    let layer = String(name.dropLast(".weight".count))
    return layers.contains(layer) ? layer : nil
  }

  /// The size of a layer's weight, from its tensors' own.
  private func shape(_ layer: String) throws(ModelError) -> (outputs: Int, inputs: Int) {
    switch storage {
    case .gptq(let bits, _, _):
      guard let codes = checkpoint.info(layer + ".qweight")?.shape, codes.count == 2 else {
        throw .brokenFile("\(path): \(layer).qweight is not a matrix", .badData)
      }
      // A layer with bits of its own shows them: as many words as its inputs take.
      let inputs = checkpoint.info(layer + ".g_idx")?.shape.first ?? codes[0] * 32 / bits
      return (codes[1], inputs)
    case .packQuantized:
      let sizes = try integers(layer + ".weight_shape").map { Int($0) }
      guard sizes.count == 2, sizes.allSatisfy({ (1...1 << 24).contains($0) }) else {
        throw .brokenFile("\(path): \(layer).weight_shape is not two sizes", .badData)
      }
      return (sizes[0], sizes[1])
    }
  }

  private func decoded(
    _ layer: String, _ outputs: Int, _ inputs: Int
  ) throws(AffineLayerError) -> AffineLayer {
    switch storage {
    case .gptq(_, let groupSize, let version):
      let codes = try words(layer + ".qweight")
      guard outputs > 0, inputs > 0, codes.count * 32 % (outputs * inputs) == 0 else {
        throw .malformed("\(codes.count) words do not hold \(outputs) × \(inputs) codes")
      }
      let own = codes.count * 32 / (outputs * inputs)
      let index =
        checkpoint.contains(layer + ".g_idx")
        ? try words(layer + ".g_idx")
        : (0..<inputs).map { Int32($0 / (groupSize > 0 ? groupSize : inputs)) }
      return try GPTQTensors(
        qweight: codes, qzeros: try words(layer + ".qzeros"), scales: try floats(layer + ".scales"),
        groupIndex: index
      ).layer(bits: own, rows: outputs, columns: inputs, version: version)
    case .packQuantized(let groups):
      let codes = try words(layer + ".weight_packed")
      guard codes.count % outputs == 0 else {
        throw .malformed("\(codes.count) words for \(outputs) outputs")
      }
      let across = codes.count / outputs
      // The width is the one of which so many words are needed; where several are, the group decides.
      let fitting = groups.filter { group in
        let words = PackQuantizedTensors.words(inputs, bits: group.bits)
        return across == words.stream || across == words.spaced
      }
      guard let bits = (fitting.first { $0.targets.contains(layer) } ?? fitting.first)?.bits else {
        throw .malformed(
          "\(across) words a row do not hold \(inputs) codes of any width that the configuration names"
        )
      }
      let zeros =
        checkpoint.contains(layer + ".weight_zero_point")
        ? try words(layer + ".weight_zero_point") : nil
      let index =
        checkpoint.contains(layer + ".weight_g_idx") ? try words(layer + ".weight_g_idx") : nil
      return try PackQuantizedTensors(
        packed: codes, scales: try floats(layer + ".weight_scale"), zeroPoints: zeros,
        groupIndex: index
      ).layer(bits: bits, rows: outputs, columns: inputs)
    }
  }

  private func words(_ name: String) throws(AffineLayerError) -> [Int32] {
    do {
      return try integers(name).map { Int32(truncatingIfNeeded: $0) }
    } catch {
      throw .malformed("\(error)")
    }
  }

  private func floats(_ name: String) throws(AffineLayerError) -> [Float] {
    do {
      return try checkpoint.floats(named: name)
    } catch {
      throw .malformed("\(error)")
    }
  }

  /// Whole numbers of 32 or 64 bits.
  private func integers(_ name: String) throws(ModelError) -> [Int64] {
    do throws(CheckpointError) {
      let type = try checkpoint.info(named: name).type
      return try checkpoint.withBytes(named: name) { bytes -> [Int64] in
        switch type {
        case .numbers(.int32):
          (0..<bytes.count / 4).map {
            Int64(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self))
          }
        case .numbers(.int64):
          (0..<bytes.count / 8).map {
            bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)
          }
        default: []
        }
      }
    } catch {
      throw ModelError(error)
    }
  }
}
