import Models
import Tensors
import Testing

/// Evidence: by second implementation, on texts of several blocks of the attention kernel.
struct LongTextTests {
  /// Head sizes that fill vectors, do not, and are smaller than one; texts around multiples of the
  /// kernel's 32; windows shorter and longer than that.
  @Test(
    "long texts agree with the plain loops",
    arguments: [
      (64, 2, 97, nil), (20, 1, 64, 37), (80, 2, 65, 3), (6, 4, 130, 129), (48, 4, 33, 33),
    ]
      as [(Int, Int, Int, Int?)])
  func longTexts(headSize: Int, keyHeads: Int, length: Int, window: Int?) throws {
    var configuration = try ModelConfiguration(
      json: Array(
        """
        {"model_type": "mistral", "hidden_size": 24, "num_attention_heads": 4,
         "num_key_value_heads": \(keyHeads), "head_dim": \(headSize), "num_hidden_layers": 2,
         "intermediate_size": 40, "vocab_size": 50, "max_position_embeddings": 160,
         "tie_word_embeddings": true}
        """.utf8))
    configuration.windows = [window, nil]
    let model = try Transformer(
      configuration, from: RandomTensors(configuration, seed: UInt64(length)))
    let tokens = (0..<length).map { ($0 * $0 + 7) % 50 }
    let rows = model.logitsReference(tokens)
    let reference = Matrix(rows.map { $0.map { Float($0) } })
    let logits = try model.logits(tokens)
    // Logits of about 5; sums of up to 320 products in single precision.
    #expect(logits.maximumDifference(from: reference) < 1e-4)
    let cache = KeyValueCache(for: configuration, capacity: 1)
    let split = length - 20
    _ = try model.logits(Array(tokens[..<split]), cache: cache)
    for (start, end) in [(split, split + 1), (split + 1, split + 9), (split + 9, length)] {
      let piece = try model.logits(Array(tokens[start..<end]), cache: cache)
      #expect(piece.maximumDifference(from: reference.rows(in: start..<end)) < 1e-4)
    }
  }
}
