internal import Quantization
internal import Tensors

/// The tensors that one quantized layer has in a checkpoint.
struct LayerTensors {
  let checkpoint: Checkpoint
  /// What all their names begin with.
  let layer: String

  /// What they amount to.
  enum Contents {
    /// Codes on even grids.
    case grid(AffineLayer)
    /// Numbers, where a code stands for one of a table.
    case values(Matrix)
  }

  /// Whether the codes stand for even steps, so that products can be computed with them.
  func hasGrid(_ storage: QuantizedStorage) -> Bool { storage != .bitsAndBytes || has(".SCB") }

  /// The size of the layer's weight, from its tensors' own.
  func shape(
    _ storage: QuantizedStorage
  ) throws(AffineLayerError) -> (outputs: Int, inputs: Int) {
    switch storage {
    case .gptq(let bits, _, _):
      let sizes = try matrixShape(".qweight")
      // A layer with bits of its own shows them: as many words as its inputs take.
      let inputs = checkpoint.info(layer + ".g_idx")?.shape.first ?? sizes[0] * 32 / bits
      return (sizes[1], inputs)
    case .packQuantized:
      let sizes = try integers(".weight_shape")
      guard sizes.count == 2, sizes.allSatisfy({ (1...1 << 24).contains($0) }) else {
        throw .malformed("\(layer).weight_shape is not two sizes")
      }
      return (Int(sizes[0]), Int(sizes[1]))
    case .awq:
      let sizes = try matrixShape(".qweight")
      return (sizes[1] * 8, sizes[0])
    case .bitsAndBytes:
      if has(".SCB") {
        let sizes = try matrixShape(".weight")
        return (sizes[0], sizes[1])
      }
      let state = try BitsAndBytesState(self)
      return (state.rows, state.columns)
    }
  }

  /// The layer's codes, scales and zero points, or its numbers.
  func contents(_ storage: QuantizedStorage) throws(AffineLayerError) -> Contents {
    let (outputs, inputs) = try shape(storage)
    switch storage {
    case .gptq(_, let groupSize, let version):
      return .grid(try gptq(outputs, inputs, groupSize, version))
    case .packQuantized(let groups): return .grid(try packQuantized(outputs, inputs, groups))
    case .awq:
      let packed = AWQTensors(
        qweight: try words(".qweight"), qzeros: has(".qzeros") ? try words(".qzeros") : [],
        scales: try floats(".scales"))
      return .grid(try packed.layer(rows: outputs, columns: inputs))
    case .bitsAndBytes:
      if has(".SCB") { return .grid(try rowwise(outputs, inputs)) }
      let state = try BitsAndBytesState(self)
      return .values(try state.tensors(of: self).weight(rows: outputs, columns: inputs))
    }
  }

  private func gptq(
    _ outputs: Int, _ inputs: Int, _ groupSize: Int, _ version: GPTQTensors.Version
  ) throws(AffineLayerError) -> AffineLayer {
    let codes = try words(".qweight")
    guard outputs > 0, inputs > 0, codes.count * 32 % (outputs * inputs) == 0 else {
      throw .malformed("\(codes.count) words do not hold \(outputs) × \(inputs) codes")
    }
    let own = codes.count * 32 / (outputs * inputs)
    let index =
      has(".g_idx")
      ? try words(".g_idx")
      : (0..<inputs).map { Int32($0 / (groupSize > 0 ? groupSize : inputs)) }
    return try GPTQTensors(
      qweight: codes, qzeros: try words(".qzeros"), scales: try floats(".scales"),
      groupIndex: index
    ).layer(bits: own, rows: outputs, columns: inputs, version: version)
  }

  private func packQuantized(
    _ outputs: Int, _ inputs: Int, _ groups: [QuantizedStorage.Group]
  ) throws(AffineLayerError) -> AffineLayer {
    let codes = try words(".weight_packed")
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
    let zeros = has(".weight_zero_point") ? try words(".weight_zero_point") : nil
    let index = has(".weight_g_idx") ? try words(".weight_g_idx") : nil
    return try PackQuantizedTensors(
      packed: codes, scales: try floats(".weight_scale"), zeroPoints: zeros, groupIndex: index
    ).layer(bits: bits, rows: outputs, columns: inputs)
  }

  /// LLM.int8's: signed codes, 127 of which make a row's largest magnitude.
  private func rowwise(_ outputs: Int, _ inputs: Int) throws(AffineLayerError) -> AffineLayer {
    if has(".weight_format"), try bytes(".weight_format", of: .uint8) != [0] {
      throw .malformed(
        "\(layer).weight_format names a layout for one kind of GPU; save the model again with a bitsandbytes of "
          + "0.45 or later, which stores rows")
    }
    let codes = try bytes(".weight", of: .int8)
    let maxima = try floats(".SCB")
    guard codes.count == outputs * inputs, maxima.count == outputs else {
      throw .malformed(
        "\(codes.count) codes and \(maxima.count) row maxima for \(outputs) × \(inputs)")
    }
    return try AffineLayer(
      bits: 8, rows: outputs, columns: inputs, codes: codes.map { $0 ^ 128 },
      scales: maxima.map { $0 / 127 }, zeros: [UInt8](repeating: 128, count: outputs))
  }

  /// Whether there is a tensor of a name that ends so.
  func has(_ suffix: String) -> Bool { checkpoint.contains(layer + suffix) }

  private func matrixShape(_ suffix: String) throws(AffineLayerError) -> [Int] {
    guard let shape = checkpoint.info(layer + suffix)?.shape, shape.count == 2,
      shape.allSatisfy({ (1...1 << 24).contains($0) })
    else { throw .malformed("\(layer)\(suffix) is not a matrix") }
    return shape
  }

  /// Words of 32 bits.
  func words(_ suffix: String) throws(AffineLayerError) -> [Int32] {
    try integers(suffix).map { Int32(truncatingIfNeeded: $0) }
  }

  /// Numbers, as single precision.
  func floats(_ suffix: String) throws(AffineLayerError) -> [Float] {
    do throws(CheckpointError) {
      return try checkpoint.floats(named: layer + suffix)
    } catch {
      throw .malformed("\(error)")
    }
  }

  /// The bytes of a tensor whose type says nothing of what is in it.
  func bytes(_ suffix: String) throws(AffineLayerError) -> [UInt8] {
    do throws(CheckpointError) {
      return try checkpoint.bytes(named: layer + suffix)
    } catch {
      throw .malformed("\(error)")
    }
  }

  /// The bytes of a tensor of one type.
  func bytes(_ suffix: String, of type: TensorType) throws(AffineLayerError) -> [UInt8] {
    do throws(CheckpointError) {
      let found = try checkpoint.info(named: layer + suffix).type
      guard found == .numbers(type) else {
        throw .notNumbers(path: checkpoint.path, name: layer + suffix, type: found)
      }
      return try checkpoint.bytes(named: layer + suffix)
    } catch {
      if case .notNumbers(_, let name, let found) = error {
        throw .malformed("\(name) holds \(found.name), and \(type.rawValue) was expected")
      }
      throw .malformed("\(error)")
    }
  }

  /// Whole numbers of 32 or 64 bits.
  private func integers(_ suffix: String) throws(AffineLayerError) -> [Int64] {
    let found: StoredType
    do throws(CheckpointError) {
      found = try checkpoint.info(named: layer + suffix).type
    } catch {
      throw .malformed("\(error)")
    }
    switch found {
    case .numbers(.int64):
      return try bytes(suffix, of: .int64).withUnsafeBytes { bytes in
        (0..<bytes.count / 8).map {
          bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)
        }
      }
    default:
      return try bytes(suffix, of: .int32).withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map {
          Int64(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self))
        }
      }
    }
  }
}
