import Foundation
import Models
import Synchronization
import Tensors
import Testing

/// Evidence: by second implementation (the same work on one thread after the other).
@Suite("several threads with one model")
struct ManyThreadsTests {
  /// Wide enough that a layer's outputs are split over threads.
  private static func model() throws -> Transformer {
    let configuration = try ModelConfiguration(
      json: Array(
        """
        {"model_type": "llama", "hidden_size": 384, "num_attention_heads": 4,
         "num_hidden_layers": 2, "intermediate_size": 512, "vocab_size": 640,
         "max_position_embeddings": 128, "tie_word_embeddings": true}
        """.utf8))
    return try Transformer(configuration, from: RandomTensors(configuration, seed: 3))
  }

  /// The last logits after one token at a time.
  private static func decoded(
    _ model: Transformer, text: Int, pause: useconds_t
  ) throws -> [Float] {
    let cache = KeyValueCache(for: model.configuration)
    var last: [Float] = []
    for place in 0..<100 {
      last = try model.logits([(text * 131 + place * 17) % 640], cache: cache).elements
      if pause > 0, place % 10 == 0 { usleep(pause) }
    }
    return last
  }

  /// Without pauses threads are handed work while they are awake; after a pause of 2 ms they sleep.
  @Test(
    "compute what one thread computes, bit for bit, and none waits for ever",
    arguments: [0, 2000] as [useconds_t])
  func together(pause: useconds_t) throws {
    let model = try Self.model()
    let texts = 6
    let alone = try (0..<texts).map { try Self.decoded(model, text: $0, pause: 0) }
    let differing = Mutex<[Int]>([])
    let haveEnded = DispatchSemaphore(value: 0)
    Thread {
      DispatchQueue.concurrentPerform(iterations: texts) { text in
        let last = try? Self.decoded(model, text: text, pause: pause)
        if last != alone[text] { differing.withLock { $0.append(text) } }
      }
      haveEnded.signal()
    }.start()
    // Seconds of work; a machine that is busy with other tests may take minutes for it, and never half an hour.
    try #require(haveEnded.wait(timeout: .now() + 1800) == .success, "threads wait for each other")
    #expect(differing.withLock { $0 } == [])
    #expect(Set(alone).count == texts)
  }
}
