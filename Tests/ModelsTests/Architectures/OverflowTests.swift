import Models
import Tensors
import Testing

/// Evidence: by hand; a weight that a flipped bit of its exponent made large is no quiet model.
@Suite("numbers beyond single precision")
struct OverflowTests {
  /// 0.02 with the highest bit of its exponent set: 0.02 · 2¹²⁸, the usual harm of one flipped bit.
  private static let flipped = Float(bitPattern: Float(0.02).bitPattern | 0x4000_0000)

  /// A golden model with large weights in the second feed-forward matrix.
  private static func damaged(_ name: String) throws -> (model: Transformer, tensor: String) {
    let tensor =
      name == "opt" ? "model.decoder.layers.0.fc2.weight" : "model.layers.0.mlp.down_proj.weight"
    var tensors = try ChangedTensors(GoldenModel.tensors(name))
    let shape = try #require(tensors.info(tensor)?.shape)
    var elements = tensors.elements(tensor)
    // All that is added up into channel 0: a ReLU leaves single inputs silent.
    for column in 0..<shape[1] { elements[column] = flipped }
    try tensors.set(tensor, shape, elements)
    return (try Transformer(GoldenModel.configuration(name), from: tensors), tensor)
  }

  @Test(
    "where a norm's squares overflow, the model is refused and the weight named",
    arguments: ["opt", "llama"])
  func refused(name: String) throws {
    let (model, tensor) = try Self.damaged(name)
    #expect(Self.flipped.isFinite && Self.flipped > 1e36)
    let tokens = try GoldenModel(name).tokens
    let error = ModelError.overflow(place: "the output of the last block", suspects: [tensor])
    #expect(throws: error) { try model.logits(tokens) }
    #expect(throws: error) { try model.generate(tokens, limit: 2) }
    #expect(throws: error) {
      try Evaluator(model).evaluate([EvaluationWindow(tokens: tokens, scored: 1..<tokens.count)])
    }
    #expect("\(error)".contains("every weight is finite") && "\(error)".contains(tensor))
    #expect(error.kind == .badData)
  }

  @Test("logits that are all alike are counted, and told from a model that has something to say")
  func flat() throws {
    let (model, tokens) = (try GoldenModel("llama").model, try GoldenModel("llama").tokens)
    var tensors = try ChangedTensors(GoldenModel.tensors("llama"))
    try tensors.set("lm_head.weight", [96, 32], [Float](repeating: 0, count: 96 * 32))
    let empty = try Transformer(GoldenModel.configuration("llama"), from: tensors)
    #expect(try model.generate(tokens, limit: 3, stopTokens: []).flatPasses == 0)
    #expect(try empty.generate(tokens, limit: 3, stopTokens: []).flatPasses == 3)
    let windows = [EvaluationWindow(tokens: tokens, scored: 1..<tokens.count)]
    #expect(try !Evaluator(model).evaluate(windows).isFlat(vocabulary: 96))
    #expect(try Evaluator(empty).evaluate(windows).isFlat(vocabulary: 96))
    #expect(!EvaluationSums().isFlat(vocabulary: 96))
  }

  @Test("by hand: which largest number of a matrix is no weight")
  func implausible() {
    func found(_ values: [Float]) -> Int? {
      ChannelMagnitudes(of: Matrix(rows: 1, columns: values.count) { values[$1] })
        .implausibleMaximum?.channel
    }
    let ordinary = (0..<20).map { Float($0 % 5 + 1) / 100 }  // a median of 0.03
    func with(_ value: Float) -> [Float] { ordinary[..<7] + [value] + ordinary[8...] }
    #expect(found(ordinary) == nil)
    #expect(found(with(-Self.flipped)) == 7)
    #expect(found(with(299)) == nil)  // 9,967 medians
    #expect(found(with(301)) == 7)  // half precision: more than 10,000
    #expect(found([1e-9, 1, 1]) == nil)  // of three columns the median says nothing
    #expect(found([1, 2e6, 1]) == 1)
    #expect(found([Float](repeating: 0, count: 20)) == nil)
  }

  @Test("a head of its own beside a tied embedding: the same numbers are taken, others refused")
  func tiedHead() throws {
    var configuration = try GoldenModel.configuration("llama")
    configuration.tiesEmbeddings = true
    var tensors = try ChangedTensors(GoldenModel.tensors("llama"))
    #expect {
      try Transformer(configuration, from: tensors)
    } throws: {
      "\($0)".contains("lm_head.weight is another matrix than model.embed_tokens.weight")
    }
    try tensors.set("lm_head.weight", [96, 32], tensors.elements("model.embed_tokens.weight"))
    #expect(try Transformer(configuration, from: tensors).head.outputs == 96)
    try tensors.set("lm_head.weight", [1, 2], [1, 2])
    #expect(throws: ModelError.self) { try Transformer(configuration, from: tensors) }
  }
}
