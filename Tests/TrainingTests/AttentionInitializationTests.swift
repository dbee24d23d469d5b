import Testing
import Training

@Suite("how attention begins")
struct AttentionInitializationTests {
  @Test(
    "by law: a mimetic head's queries are its keys and its output its values turned back; the rest stays",
    arguments: [ModelShape.Architecture.opt, .llama])
  func mimetic(architecture: ModelShape.Architecture) throws {
    let shape = SmallModels.shape(architecture, groups: architecture == .opt ? 4 : 2)
    let begun = try TrainableModel(shape, seed: 3, attention: .mimetic)
    let plain = try TrainableModel(shape, seed: 3)
    let prefix = architecture == .opt ? "model.decoder.layers.1." : "model.layers.1."
    let size = shape.hiddenSize / shape.heads
    let width = shape.hiddenSize
    func attention(_ model: TrainableModel, _ part: String) throws -> [Float] {
      try model.values(of: prefix + "self_attn.\(part).weight")
    }
    let out = architecture == .opt ? "out_proj" : "o_proj"
    let (queries, keys) = (try attention(begun, "q_proj"), try attention(begun, "k_proj"))
    let (values, output) = (try attention(begun, "v_proj"), try attention(begun, out))
    let before = try attention(plain, "q_proj")
    for head in 0..<shape.heads {
      let shared = head / (shape.heads / shape.keyValueHeads)
      for row in 0..<size {
        for column in 0..<width {
          let own = (head * size + row) * width + column
          let key = (shared * size + row) * width + column
          #expect(queries[own] == (head % 2 == 0 ? keys[key] : before[own]))
          #expect(output[column * width + head * size + row] == values[key])
        }
      }
    }
    let changed = try plain.tensorNames.filter {
      try plain.values(of: $0) != begun.values(of: $0)
    }
    #expect(changed.allSatisfy { $0.contains("q_proj.weight") || $0.contains(out) })
    #expect(changed.count == 2 * shape.layers)
  }
}
