import Corpora
import Foundation
import Models
import Tensors
import Testing
import Tokenizers

/// The two models in `Datasets/models`, that `nibble train` made from the recipes beside them.
@Suite("the models that ship with the course", .serialized)
struct ShippedModelTests {
  static let names = ["llama", "opt"]

  private static func folder(_ name: String) -> String {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    return folder.appendingPathComponent("Datasets/models/\(name)").path
  }

  @Test("held-out stories are read within a tenth of their floor", arguments: names)
  func nearTheFloor(name: String) throws {
    let text = try TextModel(path: Self.folder(name))
    let start = try #require(text.beginningToken)
    let corpus = Corpus(Stories())
    var (loss, count, bits) = (0.0, 0, 0.0)
    for place in 0..<120 {
      let passage = corpus.passage(place, of: .test)
      let tokens = try text.tokenizer.encode(passage.text, findingSpecial: false)
      guard tokens.count < text.transformer.configuration.contextLength else { continue }
      let logits = try text.transformer.logits([start] + tokens.dropLast())
      for (row, token) in tokens.enumerated() {
        let scores = logits.row(row).map(Double.init)
        let most = scores.max() ?? 0
        loss += most + log(scores.reduce(0) { $0 + exp($1 - most) }) - scores[token]
      }
      count += tokens.count
      bits += passage.bits
    }
    let floor = exp2(bits / Double(count))
    let ratio = exp(loss / Double(count)) / floor
    // 1 would be a perfect reader; below it, the floor would be no floor.
    #expect(ratio > 1 && ratio < 1.1, "\(ratio)")
  }

  @Test("the twin without outliers gives the same logits, bit for bit", arguments: names)
  func twin(name: String) throws {
    let planted = try Transformer(path: Self.folder(name))
    let twin = try Transformer(path: Self.folder(name), withoutOutliers: true)
    let tokens = [2] + (0..<200).map { 4 + $0 * 37 % 900 }
    #expect(try planted.logits(tokens) == twin.logits(tokens))
    // As wide as it is stored: taking powers of two back loses nothing in bfloat16.
    for id in twin.linearLayers {
      #expect((twin.layer(id) as? DenseLayer)?.stored.element == .bfloat16)
    }
    // What enters the first block's queries: some channels stand out by 2³ and more, and not after.
    func largestOverMedian(_ model: Transformer) throws -> Float {
      var maxima: [Float] = []
      _ = try model.logits(tokens) { inputs in
        guard inputs.layers.contains(LinearLayerID(block: 0, role: .query)) else { return }
        maxima = (0..<inputs.columns).map { column in
          (0..<inputs.rows).reduce(0) { max($0, abs(inputs.values[$1 * inputs.columns + column])) }
        }
      }
      let sorted = maxima.sorted()
      return (sorted.last ?? 0) / sorted[sorted.count / 2]
    }
    #expect(try largestOverMedian(planted) > 2 * largestOverMedian(twin))
  }

  @Test(
    "what is shipped is small, in bfloat16, and wide enough for every block format",
    arguments: names)
  func sizes(name: String) throws {
    let path = Self.folder(name) + "/model.safetensors"
    let bytes = try #require(
      try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    #expect(bytes < 8_000_000)
    let file = try SafetensorsFile(path: path)
    #expect(file.entries.allSatisfy { $0.type == .bfloat16 })
    for entry in file.entries where entry.name.contains("proj") || entry.name.contains(".fc") {
      guard entry.name.hasSuffix(".weight") else { continue }
      #expect(entry.shape.allSatisfy { $0 % 128 == 0 }, "\(entry.name)")
      #expect(entry.shape.last.map { $0 % 256 } == 0, "\(entry.name)")
    }
  }
}
