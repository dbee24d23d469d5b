import Foundation
import Tensors
import Testing
import Training

@Suite("what a trained model leaves behind")
struct SavingTests {
  @Test(
    "by law: a saved checkpoint holds every tensor in bfloat16 and gives the rounded model back")
  func checkpoint() throws {
    for shape in SmallModels.shapes.values {
      try withTemporaryFolder { folder in
        let model = try TrainableModel(shape, seed: 9)
        try model.save(to: folder, startToken: 1, endToken: 2)
        let file = try SafetensorsFile(path: folder + "/model.safetensors")
        #expect(Set(file.names) == Set(model.tensorNames))
        #expect(file.entries.allSatisfy { $0.type == .bfloat16 })
        model.roundToBFloat16()
        let other = try TrainableModel(shape, seed: 1)
        try other.load(from: folder + "/model.safetensors")
        for name in model.tensorNames {
          #expect(try other.values(of: name) == model.values(of: name))
          #expect(try file.info(named: name).shape == model.shape(of: name))
        }
        #expect(throws: TrainingError.self) {
          try model.save(to: folder, startToken: 1, endToken: 2)
        }
      }
    }
  }

  @Test("by hand: config.json says what transformers asks for")
  func config() throws {
    try withTemporaryFolder { folder in
      try TrainableModel(SmallModels.shape(.llama, groups: 2, tied: false), seed: 1)
        .save(to: folder, startToken: 1, endToken: 2)
      let text = try String(contentsOfFile: folder + "/config.json", encoding: .utf8)
      for line in [
        "\"model_type\" : \"llama\"", "\"num_key_value_heads\" : 2", "\"vocab_size\" : 19",
        "\"tie_word_embeddings\" : false", "\"rope_theta\" : 10000", "\"eos_token_id\" : 2",
      ] { #expect(text.contains(line), "\(line) in \(text)") }
    }
  }

  @Test("by law: outlier channels change no logit, and come out again without a trace")
  func outliers() throws {
    for shape in SmallModels.shapes.values {
      let model = try SmallModels.filled(shape)
      model.roundToBFloat16()
      let tokens = SmallModels.windows[0].inputs
      let before = try model.logits(tokens)
      let weights = try model.tensorNames.map { try model.values(of: $0) }
      let outliers = OutlierChannels(count: 3, exponents: 3...6, width: 16, seed: 2)
      model.plant(outliers)
      // Powers of two move no significand: the same bits, not merely close.
      #expect(try model.logits(tokens) == before)
      #expect(try model.tensorNames.map { try model.values(of: $0) } != weights)
      model.plant(outliers.inverse)
      #expect(try model.tensorNames.map { try model.values(of: $0) } == weights)
    }
  }
}
