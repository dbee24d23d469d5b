import Models
import Tensors
import Testing

/// Evidence: a real, trained model and the text its author published.
struct StoriesTests {
  @Test(
    "stories260K's published greedy text, letter for letter",
    .enabled(if: StoriesModel.data != nil, "NIBBLE_TEST_DATA is not set"))
  func greedy() throws {
    let folder = try #require(StoriesModel.data)
    let model = try Transformer(path: folder + "stories260K.bin")
    let expected = try StoriesModel.expected(folder)
    let generation = try model.generate([1], limit: 256, stopTokens: [])
    let ids =
      expected.tokens.first == 1 ? Array(expected.tokens.dropFirst()) : expected.tokens
    #expect(generation.tokens.prefix(ids.count) == ids[...])
    let pieces = try StoriesModel.pieces(folder)
    var text = generation.tokens.map { pieces[$0] }.joined()
    if text.hasPrefix(" ") { text.removeFirst() }  // one space after the beginning token is dropped
    let published = expected.text
    #expect(text.hasPrefix(published) || published.hasPrefix(text), "\(text)")
    #expect(published.count > 500)
  }

  @Test(
    "its loss over that text, against NumPy in double precision",
    .enabled(if: StoriesModel.data != nil, "NIBBLE_TEST_DATA is not set"))
  func loss() throws {
    let folder = try #require(StoriesModel.data)
    let model = try Transformer(path: folder + "stories260K.bin")
    let expected = try StoriesModel.expected(folder)
    let ids = expected.tokens.first == 1 ? expected.tokens : [1] + expected.tokens
    let window = try EvaluationProtocol.gptq(window: ids.count).windows(of: ids)
    let sums = try Evaluator(model).evaluate(window)
    #expect(sums.tokens == ids.count - 1)
    // Single precision through five layers: losses of about 1 differ by some 1e-6.
    #expect(abs(sums.meanLoss - expected.meanLoss) < 1e-5)
  }
}
