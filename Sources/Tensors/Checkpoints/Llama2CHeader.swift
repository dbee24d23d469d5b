/// The header of a llama2.c file, and from it the place of every tensor.
///
/// Two layouts hold float32 and are read: the first ("legacy"), seven numbers and at once the weights,
/// and version 1, which begins with letters and fills its header up to 256 bytes. Neither names its
/// tensors; they get the names that llama2.c's `model.py` and the original Llama use, and so the
/// rotary pairs of a head are neighbours, not halves apart as in Hugging Face's files.
///
/// Source: karpathy/llama2.c, `export.py` and `run.c`.
struct Llama2CHeader {
  /// "ak42" as a little-endian number, the letters of versions 1 and later.
  private static let magic: UInt32 = 0x616B_3432

  let version: Int
  let width: Int
  let hiddenWidth: Int
  let layers: Int
  let heads: Int
  let keyValueHeads: Int
  let vocabulary: Int
  let context: Int
  /// Whether the head is the embedding.
  let isTied: Bool
  /// Where the weights begin.
  let dataStart: Int

  /// Whether a file may be one: its letters, or seven numbers that a model can have.
  static func isLikely(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 28 else { return false }
    return bytes.loadUnaligned(as: UInt32.self) == magic || isModel(numbers(bytes, from: 0))
  }

  private static func numbers(_ bytes: UnsafeRawBufferPointer, from start: Int) -> [Int] {
    (0..<7).map { Int(bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: Int32.self)) }
  }

  /// Width, hidden width, layers, heads, key-value heads, vocabulary, context.
  private static func isModel(_ numbers: [Int]) -> Bool {
    let limits = [1 << 20, 1 << 22, 1 << 12, 1 << 12, 1 << 12, 1 << 24, 1 << 24]
    // A vocabulary below zero says that the head is not the embedding.
    guard
      zip(numbers, limits).enumerated().allSatisfy({ place, pair in
        let number = place == 5 ? abs(pair.0) : pair.0
        return number > 0 && number <= pair.1
      })
    else { return false }
    let (width, heads, keyValueHeads) = (numbers[0], numbers[3], numbers[4])
    return width % heads == 0 && heads % keyValueHeads == 0
  }

  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
    let hasLetters = bytes.count >= 4 && bytes.loadUnaligned(as: UInt32.self) == Self.magic
    let first = hasLetters ? 8 : 0
    let length = hasLetters ? 256 : 28
    guard bytes.count >= length else {
      throw .malformedLlama2C(
        path: path,
        reason: "its header needs \(length) bytes and the file has \(bytes.count); copy it again")
    }
    version = hasLetters ? Int(bytes.loadUnaligned(fromByteOffset: 4, as: Int32.self)) : 0
    guard version < 2 else {
      throw .malformedLlama2C(
        path: path,
        reason:
          "version \(version), whose weights are quantized; export it as version 0 or 1, or to "
          + "Hugging Face's format")
    }
    let numbers = Self.numbers(bytes, from: first)
    guard Self.isModel(numbers), version == (hasLetters ? 1 : 0) else {
      throw .malformedLlama2C(
        path: path, reason: "no model has the sizes \(numbers) that its header gives")
    }
    width = numbers[0]
    hiddenWidth = numbers[1]
    layers = numbers[2]
    heads = numbers[3]
    keyValueHeads = numbers[4]
    vocabulary = abs(numbers[5])
    context = numbers[6]
    isTied = hasLetters ? bytes[36] != 0 : numbers[5] > 0
    dataStart = length
  }

  /// What the header says, under the names of llama2.c.
  var metadata: [String: GGUFValue] {
    func number(_ value: Int) -> GGUFValue { .integer(Int64(value)) }
    return [
      "version": number(version), "dim": number(width), "hidden_dim": number(hiddenWidth),
      "n_layers": number(layers), "n_heads": number(heads), "n_kv_heads": number(keyValueHeads),
      "vocab_size": number(vocabulary), "max_seq_len": number(context),
      "shared_classifier": .boolean(isTied),
    ]
  }

  /// A kind of tensor, once or once a layer, in the order of the file.
  private struct Part {
    let name: String
    let shape: [Int]
    let isInEveryLayer: Bool

    init(_ name: String, _ shape: [Int], inEveryLayer: Bool = true) {
      self.name = name
      self.shape = shape
      isInEveryLayer = inEveryLayer
    }
  }

  private var parts: [Part] {
    let headWidth = width / heads
    let keyWidth = keyValueHeads * headWidth
    let embedding = Part("tok_embeddings.weight", [vocabulary, width], inEveryLayer: false)
    let attentionNorm = Part("attention_norm.weight", [width])
    let attention = [
      Part("attention.wq.weight", [width, width]), Part("attention.wk.weight", [keyWidth, width]),
      Part("attention.wv.weight", [keyWidth, width]), Part("attention.wo.weight", [width, width]),
    ]
    let feedForwardNorm = Part("ffn_norm.weight", [width])
    let feedForward = [
      Part("feed_forward.w1.weight", [hiddenWidth, width]),
      Part("feed_forward.w2.weight", [width, hiddenWidth]),
      Part("feed_forward.w3.weight", [hiddenWidth, width]),
    ]
    let norm = Part("norm.weight", [width], inEveryLayer: false)
    // Angles that run.c once read; it computes them now.
    let angles = ["freqs_cos", "freqs_sin"].map {
      Part($0, [context, headWidth / 2], inEveryLayer: false)
    }
    let head =
      isTied ? [] : [Part("output.weight", [vocabulary, width], inEveryLayer: false)]
    return version == 0
      ? [embedding, attentionNorm] + attention + [feedForwardNorm] + feedForward + [norm] + angles
        + head
      : [attentionNorm, feedForwardNorm, norm, embedding] + attention + feedForward + head
  }

  /// The tensors, after the file's length has been found to be just theirs.
  func tensors(in file: FileBytes, path: String) throws(CheckpointError) -> [PlacedTensor] {
    // Every size is at most 2²⁴ and layers 2¹²: a kind has at most 2⁶² bytes, and the sum is taken
    // with care.
    var length = dataStart
    for part in parts {
      let count = part.shape.reduce(4, *).multipliedReportingOverflow(
        by: part.isInEveryLayer ? layers : 1)
      let sum = length.addingReportingOverflow(count.partialValue)
      guard !count.overflow, !sum.overflow else {
        throw .malformedLlama2C(
          path: path, reason: "its header asks for more bytes than fit a file")
      }
      length = sum.partialValue
    }
    guard length == file.bytes.count else {
      throw .malformedLlama2C(
        path: path,
        reason: "a model of the sizes in its header (\(layers) layers of \(width), "
          + "\(vocabulary) tokens) has \(length) bytes and the file has \(file.bytes.count); "
          + (file.bytes.count < length ? "copy it again" : "it is another format, or damaged"))
    }
    var placed: [PlacedTensor] = []
    var start = dataStart
    for part in parts {
      let size = part.shape.reduce(4, *)
      for layer in 0..<(part.isInEveryLayer ? layers : 1) {
        placed.append(
          PlacedTensor(
            name: part.isInEveryLayer ? "layers.\(layer).\(part.name)" : part.name,
            type: .numbers(.float32), shape: part.shape, strides: nil, file: file,
            range: start..<start + size))
        start += size
      }
    }
    return placed
  }
}
