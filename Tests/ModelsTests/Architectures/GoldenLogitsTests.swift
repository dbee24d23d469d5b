import Models
import Tensors
import Testing

/// Evidence: by another framework (transformers, `Tests/Goldens/models/make.py`) and by second
/// implementation (plain loops in double precision).
struct GoldenLogitsTests {
  @Test("logits are transformers' logits", arguments: GoldenModel.names)
  func logits(name: String) throws {
    let golden = try GoldenModel(name)
    let logits = try golden.model.logits(golden.tokens)
    // Two float32 computations of numbers up to 6: rounding gives about 1e-5, a wrong sign or order 0.1.
    #expect(logits.maximumDifference(from: golden.logits) < 2e-4)
  }

  @Test(
    "the plain loops agree with transformers and with the fast pass", arguments: GoldenModel.names)
  func reference(name: String) throws {
    let golden = try GoldenModel(name)
    let rows = golden.model.logitsReference(golden.tokens)
    let reference = Matrix(rows.map { $0.map { Float($0) } })
    #expect(reference.maximumDifference(from: golden.logits) < 2e-4)
    #expect(reference.maximumDifference(from: try golden.model.logits(golden.tokens)) < 1e-4)
  }

  @Test("the logits of the last token alone are the last row", arguments: GoldenModel.names)
  func lastRow(name: String) throws {
    let golden = try GoldenModel(name)
    let last = try golden.model.logits(golden.tokens, rows: .last)
    #expect(last.rows == 1)
    #expect(last.maximumDifference(from: golden.logits.rows(in: 23..<24)) < 2e-4)
  }

  @Test(
    "token by token with a cache, or in pieces: the logits of one pass",
    arguments: GoldenModel.names, [1, 3, 7, 11])
  func cache(name: String, piece: Int) throws {
    let golden = try GoldenModel(name)
    let cache = KeyValueCache(for: golden.model.configuration, capacity: 2)
    for start in stride(from: 0, to: 24, by: piece) {
      let range = start..<min(24, start + piece)
      let rows = try golden.model.logits(Array(golden.tokens[range]), cache: cache)
      #expect(rows.maximumDifference(from: golden.logits.rows(in: range)) < 2e-4)
    }
    #expect(cache.length == 24)
  }

  @Test("what a cache forgot leaves no trace", arguments: GoldenModel.names)
  func truncation(name: String) throws {
    let golden = try GoldenModel(name)
    let cache = KeyValueCache(for: golden.model.configuration)
    _ = try golden.model.logits(Array(golden.tokens[..<10]) + [3, 1, 4], cache: cache)
    cache.truncate(to: 10)
    let rows = try golden.model.logits(Array(golden.tokens[10...]), cache: cache)
    #expect(rows.maximumDifference(from: golden.logits.rows(in: 10..<24)) < 2e-4)
  }

  @Test(
    "texts of different lengths together: the logits of each alone", arguments: GoldenModel.names)
  func batch(name: String) throws {
    let golden = try GoldenModel(name)
    let texts = [golden.tokens, Array(golden.tokens[5..<6]), Array(golden.tokens[3..<20])]
    let together = try golden.model.logits(batch: texts)
    #expect(together[0].maximumDifference(from: golden.logits) < 2e-4)
    for (text, logits) in zip(texts, together) {
      let alone = try golden.model.logits(text)
      // The same products in other blocks: rounding only, as above.
      #expect(logits.rows == text.count)
      #expect(logits.maximumDifference(from: alone) < 1e-4)
    }
    let last = try golden.model.logits(batch: texts, rows: .last)
    for (all, last) in zip(together, last) {
      #expect(last.maximumDifference(from: all.rows(in: all.rows - 1..<all.rows)) < 1e-4)
    }
  }

  @Test("several texts decoded together, each with its cache", arguments: GoldenModel.names)
  func batchedDecoding(name: String) throws {
    let golden = try GoldenModel(name)
    let other = Array(golden.tokens.reversed())
    let expected = try golden.model.logits(other)
    let caches = (0..<2).map { _ in KeyValueCache(for: golden.model.configuration) }
    _ = try golden.model.logits(
      batch: [Array(golden.tokens[..<4]), Array(other[..<9])], caches: caches)
    for step in 0..<10 {
      let rows = try golden.model.logits(
        batch: [[golden.tokens[4 + step]], [other[9 + step]]], caches: caches)
      #expect(
        rows[0].maximumDifference(from: golden.logits.rows(in: 4 + step..<5 + step)) < 2e-4)
      #expect(rows[1].maximumDifference(from: expected.rows(in: 9 + step..<10 + step)) < 2e-4)
    }
  }

  @Test("block by block gives the same", arguments: GoldenModel.names)
  func blockByBlock(name: String) throws {
    let golden = try GoldenModel(name)
    var vectors = try golden.model.embedded(golden.tokens)
    for index in golden.model.blocks.indices {
      vectors = golden.model.output(ofBlock: index, for: vectors)
    }
    let logits = golden.model.logits(fromLast: vectors)
    #expect(logits.maximumDifference(from: golden.logits) < 2e-4)
  }

  @Test(
    "inputs alone are those of the whole block, up to the layer asked for",
    arguments: GoldenModel.names)
  func inputsAlone(name: String) throws {
    let golden = try GoldenModel(name)
    let vectors = try golden.model.embedded(golden.tokens)
    var whole: [[Float]] = []
    _ = golden.model.output(ofBlock: 0, for: vectors) { whole.append(Array($0.values)) }
    let roles: [LinearLayerID.Role] = [.value, .attentionOutput, .up, .down]
    #expect(whole.count == roles.count)
    for (place, role) in roles.enumerated() {
      var shown: [[Float]] = []
      golden.model.showInputs(ofBlock: 0, for: vectors, upTo: role) {
        shown.append(Array($0.values))
      }
      #expect(shown == Array(whole[...place]))
    }
  }
}
