import Foundation
import Testing

/// By hand: two bits over [-1, 2] have scale 1 and zero point 1, so −1, 0, ½, 2 become 0, 1, 1, 3.
@Suite("nibble layer")
struct LayerTests {
  static func file(in folder: TemporaryFolder, activations: Bool = true) throws -> String {
    var tensors: [(name: String, shape: [Int], values: [Float])] = [
      (name: "weight", shape: [1, 4], values: [-1, 0, 0.5, 2])
    ]
    if activations { tensors.append((name: "activations", shape: [1, 4], values: [1, 1, 1, 1])) }
    return try folder.safetensors("layer.safetensors", tensors)
  }

  @Test("every figure of the JSON is the one of the arithmetic, under exactly the promised keys")
  func json() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(
      "layer", try Self.file(in: folder), "--method", "rtn", "--bits", "2", "--json")
    #expect(run.status == 0)
    #expect(run.errors == "")
    let json = try run.json()
    #expect(
      Set(json.keys) == [
        "schema", "method", "tensor", "shape", "bitsPerWeight", "weightMSE", "sqnr", "outputError",
        "relativeOutputError", "seconds", "peakBytes",
      ])
    #expect(json["method"] as? String == "rtn")
    #expect(json["shape"] as? [Int] == [1, 4])
    #expect(json["bitsPerWeight"] as? Double == 6.5)  // 2 + (16 + 2) / 4
    #expect(json["weightMSE"] as? Double == 0.0625)  // ½² / 4
    let noise = try #require(json["sqnr"] as? Double)
    #expect(abs(noise - 10 * log10(21)) < 1e-12)  // (1 + ¼ + 4) / ¼, float64 to a few ulps
    #expect(json["outputError"] as? Double == 0.25)  // (1.5 − 1)²
    let relative = try #require(json["relativeOutputError"] as? Double)
    #expect(abs(relative - 0.25 / 2.25) < 1e-15)
    #expect(try #require(json["peakBytes"] as? Int) > 1 << 20)
    #expect(try #require(json["seconds"] as? Double) > 0)
  }

  @Test("without activations there is no output error, rather than one of zero")
  func weightAlone() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try Self.file(in: folder, activations: false)
    let json = try Nibble.run("layer", file, "--method", "rtn", "--bits", "2", "--json").json()
    #expect(json["outputError"] == nil)
    #expect(json["weightMSE"] as? Double == 0.0625)
  }

  @Test("--out holds codes, scales, zeros and dequantized, each of its type and shape")
  func out() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let out = folder.path + "/out.safetensors"
    let run = try Nibble.run(
      "layer", try Self.file(in: folder), "--method", "rtn", "--bits", "2", "--out", out, "--json")
    #expect(run.status == 0)
    #expect(run.errors == "")
    _ = try run.json()
    let stored = try StoredTensors(path: out).tensors
    #expect(Set(stored.keys) == ["codes", "scales", "zeros", "dequantized"])
    let codes = try #require(stored["codes"])
    #expect(codes.type == "U8" && codes.shape == [1, 4])
    #expect(codes.bytes == [0, 1, 1, 3])
    let scales = try #require(stored["scales"])
    #expect(scales.type == "F32" && scales.shape == [1, 1] && scales.floats == [1])
    #expect(stored["zeros"]?.floats == [1])
    let dequantized = try #require(stored["dequantized"])
    #expect(dequantized.shape == [1, 4] && dequantized.floats == [-1, 0, 0, 2])
    #expect(folder.names().filter { $0.hasSuffix(".partial") }.isEmpty)
  }

  @Test("a corrected bias is written, counted, and E measured with it")
  func biasCorrection() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let out = folder.path + "/out.safetensors"
    let run = try Nibble.run(
      "layer", try Self.file(in: folder), "--method", "rtn", "--bits", "2", "--bias-correction",
      "--out", out, "--json")
    #expect(run.status == 0, "\(run.errors)")
    let json = try run.json()
    #expect(json["outputError"] as? Double == 0)  // one token: its shift of ½ is all there is
    #expect(json["weightOutputError"] as? Double == 0.25)
    #expect(json["bitsPerWeight"] as? Double == 6.5 + 16.0 / 4)
    let bias = try #require(try StoredTensors(path: out).tensors["bias_correction"])
    #expect(bias.type == "F32" && bias.shape == [1] && bias.floats == [0.5])
  }

  @Test("aqlm's bits are what its indices take a weight, however many codebooks make them")
  func additiveBits() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let values = (0..<256).map { Float(($0 * 7919) % 613) / 100 - 3 }
    let file = try folder.safetensors(
      "layer.safetensors",
      [
        (name: "weight", shape: [4, 64], values: values),
        (name: "activations", shape: [2, 64], values: Array(values.prefix(128))),
      ])
    for (options, shape) in [
      (["--bits", "2"], [4, 16]), (["--bits", "2", "--codebooks", "1"], [4, 8]),
      (["--bits", "3", "--codebook-bits", "6"], [4, 32]),
    ] {
      let out = folder.path + "/out"
      let run = try Nibble.run(
        ["layer", file, "--method", "aqlm", "--iterations", "1", "--out", out, "--force"] + options)
      #expect(run.status == 0, "\(run.errors)")
      let codes = try #require(try StoredTensors(path: out).tensors["codes"])
      #expect(codes.type == "U16" && codes.shape == shape, "\(options)")
    }
  }

  @Test("symmetric codes are signed: I8, on the restricted grid")
  func symmetric() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "layer.safetensors", [(name: "weight", shape: [1, 4], values: [-7, 0, 3, 7])])
    let out = folder.path + "/out"
    let run = try Nibble.run("layer", file, "--method", "rtn", "--symmetric", "--out", out)
    #expect(run.status == 0)
    let stored = try StoredTensors(path: out).tensors
    #expect(stored["codes"]?.type == "I8")
    #expect(stored["codes"]?.bytes == [0xF9, 0, 3, 7])  // −7 in two's complement; R / 7 is 1
    #expect(stored["scales"]?.floats == [1])
    #expect(stored["zeros"]?.floats == [0])
  }

  @Test("half precision and bfloat16 are read as the numbers they are")
  func halves() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    // −1, 0, ½, 2 as float16 and as bfloat16, little-endian.
    for (type, bytes) in [
      ("F16", [0x00, 0xBC, 0x00, 0x00, 0x00, 0x38, 0x00, 0x40] as [UInt8]),
      ("BF16", [0x80, 0xBF, 0x00, 0x00, 0x00, 0x3F, 0x00, 0x40]),
    ] {
      let file = try folder.safetensors(
        type, [(name: "weight", type: type, shape: [1, 4], bytes: bytes)])
      let json = try Nibble.run("layer", file, "--method", "rtn", "--bits", "2", "--json").json()
      #expect(json["weightMSE"] as? Double == 0.0625, "\(type)")
    }
  }

  @Test("whole numbers are weights too, and at eight bits a small range is exact")
  func integers() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "integers", [(name: "weight", type: "I8", shape: [1, 2], bytes: [0, 255])])
    let json = try Nibble.run("layer", file, "--method", "rtn", "--bits", "1", "--json").json()
    #expect(json["weightMSE"] as? Double == 0)
    #expect(json["sqnr"] as? String == "Infinity", "JSON has no infinity of its own")
  }

  @Test("neither the number of threads nor the seed changes what is found")
  func threads() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let values = (0..<512).map { Float(($0 * 7919) % 613) / 100 - 3 }
    let file = try folder.safetensors(
      "layer.safetensors", [(name: "weight", shape: [4, 128], values: values)])
    var codes: [[UInt8]] = []
    for (index, options) in [
      ["--threads", "1"], ["--threads", "1000"], ["--seed", "18446744073709551615"],
    ].enumerated() {
      let out = folder.path + "/out\(index)"
      #expect(
        try Nibble.run(["layer", file, "--method", "rtn", "--out", out] + options).status == 0)
      codes.append(try #require(try StoredTensors(path: out).tensors["codes"]).bytes)
    }
    #expect(codes[0] == codes[1] && codes[1] == codes[2])
  }

  @Test("every method of the table quantizes a layer and says what it costs")
  func methods() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let values = (0..<2048).map { Float(($0 * 7919) % 613) / 100 - 3 }
    let file = try folder.safetensors(
      "layer.safetensors",
      [
        (name: "weight", shape: [8, 256], values: values),
        (name: "activations", shape: [2, 256], values: Array(values.suffix(512))),
      ])
    let table = try #require(
      try Nibble.run("methods", "--json").json()["methods"] as? [[String: Any]])
    for name in table.compactMap({ $0["name"] as? String }) {
      let json = try Nibble.run("layer", file, "--method", name, "--json").json()
      #expect(json["method"] as? String == name)
      let bits = try #require(json["bitsPerWeight"] as? Double, "\(name)")
      // Two books of 256 entries of eight weights are more than this layer itself.
      #expect(bits > 1 && bits < (name == "aqlm" ? 40 : 9.5), "\(name)")
      let noise = try #require(json["sqnr"] as? Double, "\(name)")
      #expect(noise > 3, "\(name): noise must stay below half of the signal")
      #expect(json["outputError"] is Double, "\(name)")
    }
  }

  @Test("people get a table with units")
  func text() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try Self.file(in: folder)
    let run = try Nibble.run("layer", file, "--method", "rtn", "--bits", "2")
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines[0] == "rtn  weight [1, 4] of \(file)")
    #expect(lines.contains { $0.hasPrefix("  bits per weight") && $0.contains("6.5") })
    #expect(lines.contains { $0.contains("13.2222") && $0.hasSuffix("dB") })
  }
}
