internal import Quantization
internal import Tensors

/// What bitsandbytes says of a layer of four bits: a JSON object in the bytes of a tensor.
struct BitsAndBytesState {
  let rows: Int
  let columns: Int
  private let blockSize: Int
  private let nestedBlockSize: Int?
  private let nestedOffset: Float

  /// The kinds, as the tensor's name ends.
  static let suffixes = [
    ".weight.quant_state.bitsandbytes__nf4", ".weight.quant_state.bitsandbytes__fp4",
  ]

  /// Reads the state of a layer.
  init(_ tensors: LayerTensors) throws(AffineLayerError) {
    guard let suffix = Self.suffixes.first(where: { tensors.has($0) }) else {
      throw .malformed(
        "\(tensors.layer) has neither .SCB nor a .weight.quant_state; the checkpoint is not whole")
    }
    let name = tensors.layer + suffix
    let bytes = try tensors.bytes(suffix, of: .uint8)
    do throws(ModelError) {
      guard case .object(let values) = try JSONValue.parse(bytes, path: name) else {
        throw ModelError.malformedJSON(path: name, reason: "an object was expected")
      }
      let state = ConfigurationValues(path: name, values: values)
      guard case .array(let sizes)? = state["shape"], sizes.count == 2,
        case .integer(let rows) = sizes[0], case .integer(let columns) = sizes[1],
        (1...1 << 24).contains(rows), (1...1 << 24).contains(columns)
      else { throw ModelError.missingValue(path: name, key: "shape") }
      (self.rows, self.columns) = (rows, columns)
      blockSize = try state.whole("blocksize", in: 1...1 << 20)
      nestedBlockSize =
        state["nested_blocksize"] == nil
        ? nil : try state.whole("nested_blocksize", in: 1...1 << 20)
      switch state["nested_offset"] {
      case .number(let offset)?: nestedOffset = Float(offset)
      case .integer(let offset)?: nestedOffset = Float(offset)
      default: nestedOffset = 0
      }
    } catch {
      throw .malformed("\(error)")
    }
  }

  /// The layer's tensors.
  func tensors(of layer: LayerTensors) throws(AffineLayerError) -> BitsAndBytesTensors {
    let magnitudes: BitsAndBytesTensors.Magnitudes
    if let nestedBlockSize {
      magnitudes = .nested(
        codes: try layer.bytes(".weight.absmax", of: .uint8),
        table: try layer.floats(".weight.nested_quant_map"),
        magnitudes: try layer.floats(".weight.nested_absmax"), blockSize: nestedBlockSize,
        offset: nestedOffset)
    } else {
      magnitudes = .plain(try layer.floats(".weight.absmax"))
    }
    return BitsAndBytesTensors(
      // Codes may be kept in numbers of any type, for programs that insist on one.
      packed: try layer.bytes(".weight"), magnitudes: magnitudes,
      table: try layer.floats(".weight.quant_map"), blockSize: blockSize)
  }
}
