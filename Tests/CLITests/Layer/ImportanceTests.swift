import Foundation
import TestSupport
import Testing

/// `nibble layer --imatrix`: a row in safetensors, llama.cpp's GGUF, or the layer's own inputs.
@Suite("nibble layer --imatrix")
struct ImportanceTests {
  /// One row of 64 weights, in which one channel of each block stands out.
  private static func layer(
    in folder: TemporaryFolder, tensor: String = "weight", columns: Int = 64,
    activations: [Float]? = nil
  ) throws -> String {
    let weight = (0..<columns).map { Float(($0 * 37) % 64 - 31) / 64 }
    var tensors: [(name: String, shape: [Int], values: [Float])] = [
      (name: tensor, shape: [1, columns], values: weight)
    ]
    if let activations {
      tensors.append((name: "activations", shape: [1, columns], values: activations))
    }
    return try folder.safetensors("layer.safetensors", tensors)
  }

  private static func blocks(
    _ folder: TemporaryFolder, _ layer: String, _ arguments: [String]
  ) throws -> [UInt8] {
    let out = folder.path + "/out.safetensors"
    let run = try Nibble.run(
      ["layer", layer, "--method", "gguf:q4_0", "--out", out, "--force", "--json"] + arguments)
    #expect(run.status == 0, "\(run.errors)")
    return try #require(try StoredTensors(path: out).tensors["blocks"]).bytes
  }

  private static var imatrix: String {
    TestFiles.golden("gguf/imatrix.gguf").path
  }

  @Test("a row or a list of importances in safetensors and the layer's own inputs give one result")
  func sameBytes() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let inputs = (0..<64).map { Float($0 % 7) - 2 }
    let squares = inputs.map { $0 * $0 }
    let layer = try Self.layer(in: folder, activations: inputs)
    let row = try folder.safetensors(
      "row.safetensors", [(name: "importance", shape: [1, 64], values: squares)])
    let list = try folder.safetensors(
      "list.safetensors", [(name: "importance", shape: [64], values: squares)])
    let own = try Self.blocks(folder, layer, ["--imatrix", "activations"])
    #expect(own.count == 36)
    #expect(try Self.blocks(folder, layer, ["--imatrix", row]) == own)
    #expect(try Self.blocks(folder, layer, ["--imatrix", list]) == own)
    #expect(try Self.blocks(folder, layer, []) != own)
  }

  @Test("llama.cpp's file: the entry of the tensor's name, and a message where none is")
  func gguf() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let name = "blk.0.attn_q.weight"
    let layer = try Self.layer(in: folder, tensor: name)
    let with = try Self.blocks(folder, layer, ["--tensor", name, "--imatrix", Self.imatrix])
    #expect(try Self.blocks(folder, layer, ["--tensor", name]) != with)

    let other = try Self.layer(in: folder)
    let run = try Nibble.run(
      "layer", other, "--method", "gguf:q4_0", "--imatrix", Self.imatrix)
    #expect(run.status == 65)
    #expect(
      run.errors.contains(
        "2 entries and none called 'weight'; name the tensor with --tensor as they are called there: "
          + "blk.0.attn_q.weight, blk.0.ffn_down.weight"))
    let wide = try Self.layer(in: folder, tensor: "blk.0.ffn_down.weight")
    let mismatch = try Nibble.run(
      "layer", wide, "--tensor", "blk.0.ffn_down.weight", "--method", "gguf:q4_0", "--imatrix",
      Self.imatrix)
    #expect(mismatch.status == 65)
    #expect(mismatch.errors.contains("32 importances of input channels where 64 are needed"))
  }

  @Test("what cannot be an importance is refused with its reason")
  func refusals() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let layer = try Self.layer(in: folder)
    func run(_ imatrix: String, method: String = "gguf:q4_0") throws -> (Int32, String) {
      let run = try Nibble.run("layer", layer, "--method", method, "--imatrix", imatrix)
      return (run.status, run.errors)
    }
    let own = try run("activations")
    #expect(own.0 == 65 && own.1.contains("takes the layer's own inputs and there are none"))
    let missing = try run(folder.path + "/missing.gguf")
    #expect(missing.0 == 66)
    let old = try run(folder.path + "/imatrix.dat")
    #expect(old.0 == 65 && old.1.contains("let llama-imatrix write it as GGUF"))
    let model = URL(fileURLWithPath: Self.imatrix).deletingLastPathComponent().path + "/mixed.gguf"
    let noMatrix = try run(model)
    #expect(noMatrix.0 == 65 && noMatrix.1.contains("no tensor's name ends in .in_sum2"))
    let cut = folder.path + "/cut.gguf"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: Self.imatrix))
    try bytes.prefix(400).write(to: URL(fileURLWithPath: cut))
    let truncated = try run(cut)
    #expect(truncated.0 == 65 && truncated.1.contains("copy the file again"))
    let negative = try folder.safetensors(
      "negative.safetensors",
      [(name: "importance", shape: [64], values: [Float](repeating: -1, count: 64))])
    let refused = try run(negative)
    #expect(refused.0 == 65 && refused.1.contains("importance[0] is -1.0"))
    for (name, values, words) in [
      ("nan", [Float](repeating: .nan, count: 64), "importance[0, 0] is nan"),
      ("short", [Float](repeating: 1, count: 63), "63 importances of input channels where 64"),
    ] {
      let file = try folder.safetensors(
        name, [(name: "importance", shape: [values.count], values: values)])
      let bad = try run(file)
      #expect(bad.0 == 65 && bad.1.contains(words), "\(bad.1)")
    }
    let other = try folder.safetensors(
      "other", [(name: "x", shape: [64], values: [Float](repeating: 1, count: 64))])
    let nameless = try run(other)
    #expect(nameless.0 == 65 && nameless.1.contains("no tensor \"importance\""))
    let unused = try run(negative, method: "gguf:q8_0")
    #expect(unused.0 == 64 && unused.1.contains("gguf:q8_0 does not use imatrix"))
  }
}
