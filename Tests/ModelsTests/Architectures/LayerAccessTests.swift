import Foundation
import Models
import Tensors
import Testing

/// Evidence: by law, on golden models.
struct LayerAccessTests {
  @Test("every linear layer's input is shown, and gives what the layer computes")
  func observer() throws {
    let golden = try GoldenModel("llama")
    var seen: [LinearLayerID: Matrix] = [:]
    _ = try golden.model.logits(golden.tokens) { inputs in
      let matrix = Matrix(rows: inputs.rows, columns: inputs.columns) {
        (target: UnsafeMutableBufferPointer<Float>) in _ = target.update(from: inputs.values)
      }
      for layer in inputs.layers { seen[layer] = matrix }
    }
    #expect(Set(seen.keys) == Set(golden.model.linearLayers))
    for (id, inputs) in seen {
      let layer = try #require(golden.model.layer(id))
      #expect(inputs.rows == 24 && inputs.columns == layer.inputs)
    }
    // down's input is silu(gate x) · up x of the input that gate and up share.
    let gate = try #require(golden.model.layer(LinearLayerID(block: 1, role: .gate)))
    let up = try #require(golden.model.layer(LinearLayerID(block: 1, role: .up)))
    let shared = try #require(seen[LinearLayerID(block: 1, role: .up)])
    let gates = gate.callAsFunction(shared)
    let values = up.callAsFunction(shared)
    let expected = Matrix(rows: 24, columns: gates.columns) { row, column in
      let x = gates[row, column]
      return x / (1 + exp(-x)) * values[row, column]
    }
    let down = try #require(seen[LinearLayerID(block: 1, role: .down)])
    #expect(down.maximumDifference(from: expected) < 1e-4)
  }

  @Test("a replaced layer changes the copy and not the original")
  func replacement() throws {
    let golden = try GoldenModel("opt")
    let id = LinearLayerID(block: 0, role: .up)
    let layer = try #require(golden.model.layer(id))
    var copy = golden.model
    try copy.replace(id, with: DenseLayer(DenseWeight(layer.weight), bias: layer.bias))
    #expect(try copy.logits(golden.tokens).maximumDifference(from: golden.logits) < 2e-4)
    let zero = DenseWeight(Matrix(rows: layer.outputs, columns: layer.inputs, repeating: 0))
    try copy.replace(id, with: DenseLayer(zero))
    #expect(try copy.logits(golden.tokens).maximumDifference(from: golden.logits) > 0.1)
    #expect(try golden.model.logits(golden.tokens).maximumDifference(from: golden.logits) < 2e-4)
  }

  @Test("a layer of another shape is refused")
  func wrongReplacement() throws {
    var model = try GoldenModel("opt").model
    let layer = DenseLayer(DenseWeight(Matrix(rows: 3, columns: 32, repeating: 0)))
    #expect(
      throws: ModelError.replacementShape(
        name: "model.decoder.layers.0.fc1.weight", outputs: 3, inputs: 32, expected: [64, 32])
    ) { try model.replace(LinearLayerID(block: 0, role: .up), with: layer) }
    #expect(throws: ModelError.self) {
      try model.replace(LinearLayerID(block: 0, role: .gate), with: layer)
    }
    #expect(throws: ModelError.self) {
      try model.replace(LinearLayerID(block: 2, role: .up), with: layer)
    }
  }

  @Test("by hand: parameters of OPT-125M, Llama-2-7B and GPT-2")
  func parameterCounts() throws {
    // The counts that the models' cards and papers round: 125,239,296; 6,738,415,616; 124,439,808.
    let opt = try ModelConfiguration(
      json: Array(
        #"""
        {"model_type": "opt", "hidden_size": 768, "num_attention_heads": 12,
         "num_hidden_layers": 12, "ffn_dim": 3072, "vocab_size": 50272,
         "max_position_embeddings": 2048, "word_embed_proj_dim": 768}
        """#.utf8))
    #expect(opt.parameterCount == 125_239_296)
    let llama = try ModelConfiguration(
      json: Array(
        #"""
        {"model_type": "llama", "hidden_size": 4096, "num_attention_heads": 32,
         "num_hidden_layers": 32, "intermediate_size": 11008, "vocab_size": 32000,
         "max_position_embeddings": 4096, "rms_norm_eps": 1e-05}
        """#.utf8))
    #expect(llama.parameterCount == 6_738_415_616)
    let gpt2 = try ModelConfiguration(
      json: Array(
        #"""
        {"model_type": "gpt2", "n_embd": 768, "n_head": 12, "n_layer": 12, "vocab_size": 50257,
         "n_ctx": 1024, "n_positions": 1024}
        """#.utf8))
    #expect(gpt2.parameterCount == 124_439_808)
  }
}
