import Foundation
import Testing

/// `nibble layer` with the methods that turn a weight before they round it.
@Suite("nibble layer, turned")
struct TurnedLayerTests {
  private static func file(in folder: TemporaryFolder, tensor: String = "weight") throws -> String {
    let values = (0..<128).map { Float(($0 * 7919) % 613) / 100 - 3 }
    return try folder.safetensors(
      "layer.safetensors",
      [
        (name: tensor, shape: [4, 32], values: values),
        (name: "activations", shape: [4, 32], values: values.reversed()),
      ])
  }

  @Test("by hand: four numbers are turned back from codes, scales, zeros and signs alone")
  func byHand() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "layer", [(name: "weight", shape: [1, 4], values: [-1, 0, 0.5, 2])])
    let out = folder.path + "/out"
    let run = try Nibble.run("layer", file, "--method", "rotation", "--bits", "3", "--out", out)
    #expect(run.status == 0)
    let stored = try StoredTensors(path: out)
    #expect(stored.metadata["format"] == "nibble-layer")
    #expect(stored.metadata["method"] == "rotation" && stored.metadata["then"] == "rtn")
    #expect(stored.metadata["restore"] == "inputs:hadamard/4")
    let signs = try #require(stored.tensors["restore.0.signs"])
    #expect(signs.type == "I8" && signs.shape == [4])
    #expect(stored.tensors["restore.0.core"]?.bytes == [1])
    let codes = try #require(stored.tensors["codes"]).bytes.map { Float($0) }
    let scale = try #require(stored.tensors["scales"]?.floats.first)
    let zero = try #require(stored.tensors["zeros"]?.floats.first)
    let turned = codes.map { ($0 - zero) * scale }
    let (a, b, c, d) = (turned[0], turned[1], turned[2], turned[3])
    // Sylvester's matrix of order 4 is its own transpose; √4 is 2.
    let back = [a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d].map { $0 / 2 }
    let whole = zip(back, signs.bytes).map { $0 * Float(Int8(bitPattern: $1)) }
    let dequantized = try #require(stored.tensors["dequantized"]).floats
    // Three sums of numbers below 4: a few units of 2⁻²².
    for (mine, theirs) in zip(whole, dequantized) { #expect(abs(mine - theirs) < 4e-6) }
  }

  @Test(
    "every form says in its metadata how to get back, and holds the arrays it names",
    arguments: [
      (["rotation", "--rotation", "random"], "inputs:dense", ["restore.0.matrix"]),
      (
        ["rotation", "--rotation", "learned", "--iterations", "2"], "inputs:dense",
        ["restore.0.matrix"]
      ),
      (
        ["quip"], "outputs:kronecker inputs:kronecker columns:scales",
        ["restore.0.inner", "restore.1.order", "restore.2.scales"]
      ),
      (
        ["quip-sharp", "--bits", "3"], "outputs:hadamard/4 inputs:hadamard/32",
        ["restore.0.signs", "restore.1.signs", "lattice.patterns", "lattice.residual"]
      ),
      (
        ["rotation", "--then", "quip-sharp", "--bits", "2"],
        "outputs:hadamard/4 inputs:hadamard/32 inputs:hadamard/32",
        ["restore.2.signs", "lattice.patterns"]
      ),
    ])
  func forms(method: [String], restore: String, names: [String]) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let out = folder.path + "/out"
    let file = try Self.file(in: folder)
    let run = try Nibble.run(["layer", file, "--out", out, "--json", "--method"] + method)
    #expect(run.status == 0, "\(run.errors)")
    let stored = try StoredTensors(path: out)
    #expect(stored.metadata["restore"] == restore)
    for name in names { #expect(stored.tensors[name] != nil, "\(name)") }
    let again = folder.path + "/again"
    _ = try Nibble.run(["layer", file, "--out", again, "--json", "--method"] + method)
    let bytes = try [out, again].map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    #expect(bytes[0] == bytes[1], "the same options, the same bytes")
  }

  @Test(
    "what a method refuses is said of the file and the tensor",
    arguments: [
      (["rtn", "--group-size", "5"], 64, "group size 5 does not divide 32 input channels"),
      (["rtn", "--damping", "1"], 64, "rtn does not use damping"),
      (["gptq", "--damping", "0"], 65, "gptq: the Hessian has no inverse with damping 0.0"),
      (["quip", "--damping", "0"], 65, "quip: the Hessian has no inverse with damping 0.0"),
      (["rotation", "--then", "rotation"], 64, "rotation cannot be followed by rotation"),
      (
        ["rotation", "--rotation", "random", "--blockwise"], 64,
        "rotation random and blockwise exclude each other"
      ),
    ])
  func refusals(method: [String], status: Int32, words: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try Self.file(in: folder, tensor: "q.weight")
    let run = try Nibble.run(["layer", file, "--tensor", "q.weight", "--method"] + method)
    #expect(run.status == status)
    #expect(run.errors.hasPrefix("nibble: \(file): q.weight: \(words)"), "\(run.errors)")
  }

  @Test("a weight under another name is called by that name where it is no layer")
  func otherName() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors("x", [(name: "q", shape: [1, 2], values: [1, .nan])])
    let run = try Nibble.run("layer", file, "--tensor", "q", "--method", "rtn")
    #expect(run.status == 65)
    #expect(run.errors.hasPrefix("nibble: \(file): q: weight[0, 1] is nan"))
  }
}
