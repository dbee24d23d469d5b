import Foundation
import Testing

/// By hand: what is wrong, said once, with the exit code of its kind.
@Suite("nibble layer, refusals")
struct LayerRefusalTests {
  @Test(
    "requests that mean nothing are usage errors: 64",
    arguments: [
      (["--method", "gptqq"], "there is no method 'gptqq'; "),
      (["--method", "nf5"], "did you mean 'nf4'? The methods are rtn, nf4"),
      (["--method", "rtn", "--bits", "0"], "0 bits is not possible for rtn; use 1 to 8"),
      (["--method", "rtn", "--bits", "9"], "9 bits is not possible"),
      (["--method", "rtn", "--bits", "-3"], "-3 bits is not possible"),
      (["--method", "rtn", "--bits", "1", "--symmetric"], "1 bit is not possible for rtn; use 2"),
      (["--method", "rtn", "--bits", "four"], "'four' is invalid for '--bits"),
      (["--method", "nf4", "--bits", "3"], "nf4"),
      (["--method", "rtn", "--group-size", "3"], "group size 3 does not divide 4 input channels"),
      (
        ["--method", "rtn", "--group-size", "-1"], "--group-size must be 0 (the whole row) or more"
      ),
      (["--method", "rtn", "--group-size", "99999999999999999999"], "--group-size"),
      (["--method", "mxfp4"], "32 does not divide 4 input channels"),
      (["--method", "rtn", "--threads", "0"], "--threads must be at least 1, not 0"),
      (["--method", "rtn", "--threads", "-2"], "--threads must be at least 1, not -2"),
      (["--method", "rtn", "--seed", "-1"], "'-1' is invalid for '--seed"),
      (["--method", "rtn", "--percentile", "99"], "--percentile goes with --range percentile"),
      (["--method", "rtn", "--norm", "2"], "--norm goes with --range mse"),
      (
        ["--method", "rtn", "--range", "percentile", "--percentile", "1e308"],
        "--percentile must be above 50 and at most 100"
      ),
      (["--method", "rtn", "--range", "mse", "--norm", "nan"], "--norm must be 2 or 2.4"),
      (["--method", "rtn", "--range", "median"], "min-max"),
      (["--method", "rtn", "--double-quant"], "rtn does not use double-quant; it uses bits"),
      (["--method", "rtn", "--symmetric", "--asymmetric"], "--asymmetric"),
      (["--method", "rtn", "--out", ""], "an output file needs a name"),
      (["--method", "rtn", "--damping", "1"], "rtn does not use damping; it uses bits"),
      (["--method", "gptq", "--damping", "-1"], "--damping must be 0 to 1000000, not -1"),
      (["--method", "rtn", "--dumping", "1"], "Unknown option '--dumping'"),
      (["--method", "zeroquant", "--bias-correction"], "zeroquant does not use bias-correction"),
      (["--method", "rtn", "--bitsandbytes"], "rtn does not use bitsandbytes; it uses bits"),
      (["--method", "aqlm", "--codebook-bits", "0"], "--codebook-bits must be at least 1, not 0"),
      (
        ["--method", "aqlm", "--bits", "2", "--codebooks", "3"],
        "2 bits a weight are 16 for eight, and 3 codebooks do not make that"
      ),
      (["--method", "rtn", "more"], "Unexpected argument 'more'"),
      ([], "Missing expected argument '--method <name>'"),
    ])
  func usage(options: [String], words: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(["layer", try LayerTests.file(in: folder), "--json"] + options)
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(run.errors.contains(words), "\(run.errors)")
    #expect(!run.errors.contains("nibble <subcommand>"), "the usage of layer, not of everything")
  }

  @Test("a NaN or an infinity is bad data: 65, with file, tensor and index")
  func notFinite() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    for (values, words) in [
      ([1, 2, 3, .nan] as [Float], "weight[1, 1] is nan"), ([1, -.infinity, 3, 4], "weight[0, 1]"),
    ] {
      let file = try folder.safetensors("x", [(name: "weight", shape: [2, 2], values: values)])
      let run = try Nibble.run("layer", file, "--method", "rtn", "--json")
      #expect(run.status == 65)
      #expect(run.output == "")
      #expect(run.errors.hasPrefix("nibble: \(file): \(words)"))
    }
    let file = try folder.safetensors(
      "y",
      [
        (name: "weight", shape: [1, 2], values: [1, 2]),
        (name: "activations", shape: [1, 2], values: [1, .nan]),
      ])
    let run = try Nibble.run("layer", file, "--method", "nf4", "--json")
    #expect(run.status == 65)
    #expect(run.errors.contains("activations[0, 1] is nan"))
  }

  @Test("shapes that are no layer are bad data: 65, and the shape is said")
  func shapes() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    for (shape, words) in [
      ([4], "weight has shape [4]; a matrix [out, in] was expected"),
      ([1, 2, 2], "weight has shape [1, 2, 2]"), ([], "weight has shape []"),
      ([0, 4], "weight is 0 × 4: there is nothing to quantize"), ([4, 0], "weight is 4 × 0"),
    ] {
      let count = shape.reduce(1, *)
      let file = try folder.safetensors(
        "x", [(name: "weight", shape: shape, values: Array(repeating: 1, count: count))])
      let run = try Nibble.run("layer", file, "--method", "rtn")
      #expect(run.status == 65)
      #expect(run.errors.contains(words), "\(run.errors)")
    }
    for (shape, words) in [
      ([2, 3], "activations have 3 channels and the weight 2 inputs"),
      ([2], "activations has shape [2]; a matrix [tokens, in] was expected"),
      ([0, 2], "activations is 0 × 2"),
    ] {
      let count = shape.reduce(1, *)
      let file = try folder.safetensors(
        "x",
        [
          (name: "weight", shape: [1, 2], values: [1, 2]),
          (name: "activations", shape: shape, values: Array(repeating: 1, count: count)),
        ])
      let run = try Nibble.run("layer", file, "--method", "rtn")
      #expect(run.status == 65)
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test("methods and options that need inputs refuse a file without any: 65")
  func noInputs() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try LayerTests.file(in: folder, activations: false)
    for (options, words) in [
      (["--method", "gptq"], "gptq needs the layer's inputs and there are none"),
      (["--method", "rtn", "--bias-correction"], "bias correction needs the layer's inputs"),
    ] {
      let run = try Nibble.run(["layer", file] + options)
      #expect(run.status == 65 && run.output == "")
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test("a type that is not one number an element is bad data")
  func types() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "x", [(name: "weight", type: "C64", shape: [1, 1], bytes: Array(repeating: 0, count: 8))])
    let run = try Nibble.run("layer", file, "--method", "rtn")
    #expect(run.status == 65)
    #expect(run.errors.contains("\"weight\" holds C64"))
  }

  @Test("files that are not safetensors are bad data, whatever is in them")
  func malformed() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let good = try LayerTests.file(in: folder)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: good)))
    for (name, content) in [
      ("empty", []), ("text", Array("hello world, hello".utf8)), ("cut", Array(bytes.dropLast(3))),
      ("long", bytes + [0]), ("huge", Array(repeating: 255, count: 32)),
    ] as [(String, [UInt8])] {
      let run = try Nibble.run("layer", try folder.file(name, content), "--method", "rtn")
      #expect(run.status == 65, "\(name)")
      #expect(run.errors.split(separator: "\n").count == 1, "\(name): one message")
    }
  }

  @Test("a file that is not there, and a tensor that was asked for and is not there, are 66")
  func missing() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try LayerTests.file(in: folder)
    let none = try Nibble.run("layer", folder.path + "/none", "--method", "rtn")
    #expect(none.status == 66)
    #expect(none.errors == "nibble: \(folder.path)/none: no such file\n")
    #expect(try Nibble.run("layer", folder.path, "--method", "rtn").status == 66, "a folder")
    let tensor = try Nibble.run("layer", file, "--method", "rtn", "--tensor", "weights")
    #expect(tensor.status == 66)
    #expect(tensor.errors.contains("no tensor \"weights\"; the nearest of its 2 names: \"weight\""))
    #expect(tensor.errors.contains("nibble inspect"))
  }

  @Test("a file without the weight that a layer has is bad data: nobody asked for that name")
  func noWeight() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors("x", [(name: "bias", shape: [1, 1], values: [1])])
    let run = try Nibble.run("layer", file, "--method", "rtn")
    #expect(run.status == 65)
    #expect(run.errors.contains("no tensor \"weight\""))
    #expect(try Nibble.run("layer", file, "--method", "rtn", "--tensor", "bias").status == 0)
  }

  @Test("an output that exists, or cannot be written, is refused before anything is computed: 73")
  func outputs() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try LayerTests.file(in: folder)
    let before = FileManager.default.contents(atPath: file)
    for (out, words) in [
      (file, "exists already; use --force to replace it"), (folder.path, "a folder stands there"),
      (folder.path + "/none/out", "No such file or directory"),
    ] {
      let run = try Nibble.run("layer", file, "--method", "rtn", "--out", out)
      #expect(run.status == 73)
      #expect(run.output == "")
      #expect(run.errors.hasPrefix("nibble: \(out): "))
      #expect(run.errors.contains(words))
    }
    #expect(FileManager.default.contents(atPath: file) == before)
    #expect(try Nibble.run("layer", file, "--method", "rtn", "--out", "/dev/full").status == 73)
  }

  @Test("the layer itself is not written over, not even with --force, by whatever path")
  func inPlace() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try LayerTests.file(in: folder)
    let before = FileManager.default.contents(atPath: file)
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
    for out in [file, folder.path + "/./layer.safetensors", link] {
      let run = try Nibble.run(
        "layer", file, "--method", "rtn", "--bits", "2", "--out", out, "--force")
      #expect(run.status == 73)
      #expect(run.errors.contains("this is the layer itself"))
      #expect(FileManager.default.contents(atPath: file) == before)
    }
  }
}
