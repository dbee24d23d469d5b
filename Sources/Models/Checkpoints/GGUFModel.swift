public import Tensors
public import Tokenizers

/// A model as a GGUF file holds it: keys, and tensors under llama.cpp's names.
///
/// For Llama, Mistral (which GGUF calls a Llama) and Qwen2. How each tensor is stored, its type, is up to who
/// writes the file; here are its numbers. Llama's queries and keys are reordered: a head's rotary pairs are
/// channels c and c + d/2 in Hugging Face's checkpoints and neighbours in GGUF's.
///
/// Source: the GGUF specification in ggml's docs, and the keys that llama.cpp's reader asks for.
public struct GGUFModel: Sendable {
  /// What a tensor does, as far as its type depends on it.
  public enum Part: Hashable, Sendable {
    /// The vectors of tokens.
    case embedding
    /// The output head.
    case head
    /// A linear layer's weight.
    case linear(LinearLayerID)
    /// Gains, biases, divisors: always single precision.
    case vector
  }

  /// One tensor.
  public struct Tensor: Sendable {
    /// Its name in the file.
    public let name: String
    /// Its sizes, the outermost first.
    public let shape: [Int]
    /// What it does.
    public let part: Part
    /// Its numbers; a vector is one row.
    public let weight: any WeightMatrix
  }

  /// A key with its value, and the type it is stored as where that is not the usual one.
  public struct Key: Sendable {
    /// The key.
    public let name: String
    /// What it holds.
    public let value: GGUFValue
    /// The type it is stored as; nil for the usual one.
    public let type: GGUFValueType?

    init(_ name: String, _ value: GGUFValue, as type: GGUFValueType? = nil) {
      self.name = name
      self.value = value
      self.type = type
    }
  }

  /// The keys, in the order of the file; what says how tensors are stored is not among them.
  public let keys: [Key]
  /// The tensors, in the order of the file.
  public let tensors: [Tensor]
  /// The model's shape.
  public let configuration: ModelConfiguration

  /// Describes a model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - tokenizer: Its tokenizer; nil for a file without one, which only programs that bring their own can
  ///     use.
  ///   - path: Where the model came from, for its name and for messages.
  /// - Throws: `ModelError.unsupported` for a model or a part of one that llama.cpp's readers do not know,
  ///   `.tokenizer` for a tokenizer that the file's arrays cannot describe, `.tokenizerDoesNotFit`.
  public init(_ model: Transformer, tokenizer: Tokenizer?, path: String) throws(ModelError) {
    configuration = model.configuration
    let architecture = try Self.architecture(configuration, path: path)
    var keys = try Self.shapeKeys(configuration, architecture, path: path)
    if let tokenizer {
      keys += try Self.tokenizerKeys(tokenizer, configuration, path: path)
    } else {
      keys.append(Key("tokenizer.ggml.model", .string("none")))
    }
    self.keys = keys
    tensors = try Self.tensors(of: model)
  }

  /// What GGUF calls the family.
  ///
  /// - Parameters:
  ///   - shape: The model's shape.
  ///   - path: For messages.
  /// - Returns: `llama` or `qwen2`.
  /// - Throws: `ModelError.unsupported` for families and variants that llama.cpp has no reader for, or that
  ///   are not written here.
  public static func architecture(
    _ shape: ModelConfiguration, path: String
  ) throws(ModelError) -> String {
    func refusal(_ key: String, _ value: String, _ reason: String) -> ModelError {
      .unsupported(path: path, key: key, value: value, reason: reason)
    }
    switch shape.family {
    case .opt:
      throw refusal(
        "model_type", "OPT",
        "llama.cpp has no OPT, so no program would read the file; write gptq, compressed-tensors or dequantized"
      )
    case .gpt2:
      throw refusal(
        "model_type", "GPT-2",
        "GGUF files are written of Llama, Mistral and Qwen2 models; write dequantized")
    case .llama, .mistral, .qwen2: break
    }
    guard shape.activation == .silu else {
      throw refusal(
        "hidden_act", "\(shape.activation)", "llama.cpp's Llama has SiLU in its feed-forward layers"
      )
    }
    guard Set(shape.windows).count <= 1,
      shape.family != .qwen2 || shape.windows.allSatisfy({ $0 == nil })
    else {
      throw refusal(
        "sliding_window", "not the same in all layers, or a Qwen2's",
        "a GGUF file cannot say which layers have it")
    }
    return shape.family == .qwen2 ? "qwen2" : "llama"
  }

  private static func shapeKeys(
    _ shape: ModelConfiguration, _ architecture: String, path: String
  ) throws(ModelError) -> [Key] {
    let name = path.split(separator: "/").last.map(String.init) ?? "model"
    var keys = [
      Key("general.architecture", .string(architecture)), Key("general.type", .string("model")),
      Key("general.name", .string(name)),
    ]
    func set(_ key: String, _ value: GGUFValue) {
      keys.append(Key("\(architecture).\(key)", value))
    }
    func set(_ key: String, _ size: Int) { set(key, .integer(Int64(size))) }
    set("vocab_size", shape.vocabularySize)
    set("context_length", shape.contextLength)
    set("embedding_length", shape.hiddenSize)
    set("block_count", shape.layerCount)
    set("feed_forward_length", shape.feedForwardSize)
    set("attention.head_count", shape.headCount)
    set("attention.head_count_kv", shape.keyValueHeadCount)
    set("attention.key_length", shape.headSize)
    set("attention.value_length", shape.headSize)
    if case .rootMeanSquare(let epsilon) = shape.normalization {
      set("attention.layer_norm_rms_epsilon", .number(Double(epsilon)))
    }
    set("rope.dimension_count", shape.headSize)
    if case .rotary(let rotary) = shape.positions {
      set("rope.freq_base", .number(rotary.base))
      if case .linear(let factor) = rotary.scaling {
        set("rope.scaling.type", .string("linear"))
        set("rope.scaling.factor", .number(factor))
      }
    }
    if let window = shape.windows.first ?? nil, window < shape.contextLength {
      set("attention.sliding_window", window)
    }
    return keys
  }

  private static func tokenizerKeys(
    _ tokenizer: Tokenizer, _ shape: ModelConfiguration, path: String
  ) throws(ModelError) -> [Key] {
    let (count, rows) = (tokenizer.vocabularySize, shape.vocabularySize)
    guard count <= rows else {
      throw .tokenizerDoesNotFit(path: path, tokens: count, vocabulary: rows)
    }
    var arrays: EmbeddedVocabulary
    do throws(TokenizerError) {
      arrays = try tokenizer.embedded(path: path)
    } catch {
      throw ModelError(error)
    }
    // Readers want a token for each row of the embedding; the last rows often have none.
    for id in count..<rows {
      arrays.tokens.append("[PAD\(id)]")
      arrays.kinds.append(TokenKind.unused.rawValue)
      if !arrays.scores.isEmpty { arrays.scores.append(0) }
    }
    func key(_ name: String, _ value: GGUFValue, as type: GGUFValueType? = nil) -> Key {
      Key("tokenizer.ggml.\(name)", value, as: type)
    }
    var keys = [key("model", .string(arrays.model))]
    if let name = arrays.preTokenizer { keys.append(key("pre", .string(name))) }
    keys.append(key("tokens", .strings(arrays.tokens)))
    if !arrays.scores.isEmpty {
      keys.append(key("scores", .numbers(arrays.scores.map(Double.init))))
    }
    keys.append(key("token_type", .integers(arrays.kinds.map(Int64.init)), as: .int32))
    if arrays.model == "gpt2" { keys.append(key("merges", .strings(arrays.merges))) }
    let ids = arrays.specialIDs
    // The token that is put before a text is the one whose id counts; otherwise the configuration knows.
    let begin = arrays.putsBeginBeforeText ?? false ? ids.begin : shape.beginningToken ?? ids.begin
    let end = arrays.putsEndAfterText ?? false ? ids.end : shape.endTokens.first ?? ids.end
    let named: [(String, Int?)] = [
      ("bos", begin), ("eos", end),
      // A second end is what chat models have: the end of a turn.
      ("eot", shape.endTokens.dropFirst().first), ("unknown", ids.unknown),
      ("padding", ids.padding),
    ]
    for (name, id) in named {
      guard let id, id < rows else { continue }
      keys.append(key("\(name)_token_id", .integer(Int64(id))))
    }
    if let flag = arrays.putsBeginBeforeText { keys.append(key("add_bos_token", .boolean(flag))) }
    if let flag = arrays.putsEndAfterText { keys.append(key("add_eos_token", .boolean(flag))) }
    if let flag = arrays.addsSpacePrefix { keys.append(key("add_space_prefix", .boolean(flag))) }
    if let flag = arrays.removesExtraWhitespace, flag {
      keys.append(key("remove_extra_whitespaces", .boolean(flag)))
    }
    return keys
  }

  private static func tensors(of model: Transformer) throws(ModelError) -> [Tensor] {
    let shape = model.configuration
    let names = TensorNames(family: shape.family, style: .gguf)
    var tensors: [Tensor] = []
    func add(_ name: String, _ weight: any WeightMatrix, _ part: Part) {
      tensors.append(
        Tensor(name: name, shape: [weight.rows, weight.columns], part: part, weight: weight))
    }
    func add(_ name: String, _ values: [Float]) {
      let row = Matrix(rows: 1, columns: values.count) { _, column in values[column] }
      tensors.append(
        Tensor(name: name, shape: [values.count], part: .vector, weight: DenseWeight(row)))
    }
    add(names.embedding, model.embedding, .embedding)
    if case .rotary(let rotary) = shape.positions, case .llama3 = rotary.scaling,
      let name = names.frequencyDivisors
    {
      let plain = RotaryEmbedding(base: rotary.base).frequencies(headSize: shape.headSize)
      add(name, zip(plain, rotary.frequencies(headSize: shape.headSize)).map { $0 / $1 })
    }
    for (index, block) in model.blocks.enumerated() {
      add(names.attentionNorm(index) + ".weight", block.attentionNorm.gain)
      add(names.feedForwardNorm(index) + ".weight", block.feedForwardNorm.gain)
      for role in LinearLayerID.Role.allCases {
        let id = LinearLayerID(block: index, role: role)
        guard let layer = model.layer(id) else { continue }
        let name = names.linear(id).name
        let order = pairOrder(role, shape)
        add(
          name + ".weight",
          order.map { ReorderedRows(layer.storedWeight, order: $0) } ?? layer.storedWeight,
          .linear(id))
        if let bias = layer.bias { add(name + ".bias", order.map { $0.map { bias[$0] } } ?? bias) }
      }
    }
    if let norm = model.finalNorm { add(names.finalNorm + ".weight", norm.gain) }
    if !shape.tiesEmbeddings { add(names.head, model.head.storedWeight, .head) }
    return tensors
  }

  /// For each row of queries or keys in the file the row it is in the model; nil where they are the same.
  private static func pairOrder(
    _ role: LinearLayerID.Role, _ shape: ModelConfiguration
  ) -> [Int]? {
    guard role == .query || role == .key, shape.family != .qwen2,
      case .rotary(let rotary) = shape.positions, rotary.layout == .halves
    else { return nil }
    let half = shape.headSize / 2
    return (0..<shape.shape(of: role).outputs).map { row in
      let (head, channel) = row.quotientAndRemainder(dividingBy: shape.headSize)
      return head * shape.headSize + channel / 2 + channel % 2 * half
    }
  }
}

/// A weight whose rows stand in another order.
private struct ReorderedRows: WeightMatrix {
  let base: any WeightMatrix
  /// For each row the one it is in the base.
  let order: [Int]

  init(_ base: any WeightMatrix, order: [Int]) {
    self.base = base
    self.order = order
  }

  var rows: Int { base.rows }
  var columns: Int { base.columns }
  var byteCount: Int { base.byteCount }

  func copyRows(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    for (place, row) in range.enumerated() {
      base.copyRows(order[row]..<order[row] + 1, to: target + place * columns)
    }
  }

  func layer(bias: [Float]?) -> any LinearLayer { DenseLayer(DenseWeight(matrix), bias: bias) }
}
