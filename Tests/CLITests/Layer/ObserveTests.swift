import Testing

/// By hand: two bits over [-1, 2] have scale 1 and zero point 1, and 0.5 goes to 0 (ties to even).
@Suite("nibble observe")
struct ObserveTests {
  private static func file(in folder: TemporaryFolder) throws -> String {
    try folder.safetensors(
      "values.safetensors",
      [
        (name: "b", shape: [2], values: [9, 9]),
        (name: "a", shape: [2, 2], values: [-1, 0, 0.5, 2]),
      ])
  }

  @Test("one range for a tensor: numbers, and exactly the promised keys")
  func tensor() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(
      "observe", try Self.file(in: folder), "--observer", "min-max", "--bits", "2", "--json")
    #expect(run.status == 0)
    #expect(run.errors == "")
    let json = try run.json()
    #expect(
      Set(json.keys) == [
        "schema", "observer", "tensor", "shape", "minimum", "maximum", "scale", "zeroPoint",
        "meanSquaredError",
      ])
    #expect(json["tensor"] as? String == "a", "the first by name")
    #expect(json["shape"] as? [Int] == [2, 2])
    #expect(json["minimum"] as? Double == -1)
    #expect(json["maximum"] as? Double == 2)
    #expect(json["scale"] as? Double == 1)
    #expect(json["zeroPoint"] as? Int == 1)
    #expect(json["meanSquaredError"] as? Double == 0.0625)  // 0.5² / 4
  }

  @Test("eight unsigned bits are the default, and zero is always included")
  func defaults() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(
      "observe", try Self.file(in: folder), "--observer", "min-max", "--tensor", "b", "--json")
    let json = try run.json()
    #expect(json["minimum"] as? Double == 0)
    #expect(json["maximum"] as? Double == 9)
    #expect(json["scale"] as? Double == Double(Float(9.0 / 255)))
    #expect(json["zeroPoint"] as? Int == 0)
  }

  @Test("per channel the numbers are arrays, along the axis asked for")
  func channels() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try Self.file(in: folder)
    let rows = try Nibble.run(
      "observe", file, "--observer", "min-max", "--per-channel", "--json"
    ).json()
    #expect(rows["minimum"] as? [Double] == [-1, 0])
    #expect(rows["maximum"] as? [Double] == [0, 2])
    let columns = try Nibble.run(
      "observe", file, "--observer", "min-max", "--per-channel", "--axis", "1", "--json"
    ).json()
    #expect(columns["minimum"] as? [Double] == [-1, 0])
    #expect(columns["maximum"] as? [Double] == [0.5, 2])
    for key in ["scale", "zeroPoint", "meanSquaredError"] {
      #expect((columns[key] as? [Any])?.count == 2)
    }
  }

  @Test(
    "every observer of the contract exists and gives a finite answer",
    arguments: [
      "min-max", "moving-average", "percentile", "mse", "octav", "entropy", "entropy-onnxruntime",
      "percentile-onnxruntime", "histogram",
    ])
  func observers(name: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let values = (0..<64).map { Float($0 * $0 % 37) - 18 }
    let file = try folder.safetensors(
      "values.safetensors", [(name: "x", shape: [16, 4], values: values)])
    for options in [[], ["--bits", "4", "--signed", "--symmetric"], ["--batches", "3"]] {
      let json = try Nibble.run(["observe", file, "--observer", name, "--json"] + options).json()
      let scale = try #require(json["scale"] as? Double)
      #expect(scale > 0 && scale.isFinite)
      #expect(json["meanSquaredError"] is Double)
    }
    let whole = try Nibble.run("observe", file, "--observer", name, "--json", "--batches", "1000")
    #expect(whole.status == 0, "more batches than rows is as many as there are rows")
  }

  @Test("a tensor of zeros has scale 1 and zero point 0 with our own observers")
  func zeros() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "zeros.safetensors", [(name: "x", shape: [4], values: [0, 0, 0, 0])])
    for name in ["min-max", "moving-average", "percentile", "mse", "octav"] {
      let json = try Nibble.run("observe", file, "--observer", name, "--json").json()
      #expect(json["scale"] as? Double == 1, "\(name)")
      #expect(json["zeroPoint"] as? Int == 0, "\(name)")
    }
  }

  @Test(
    "requests that mean nothing are usage errors, one clear message each",
    arguments: [
      (["--observer", "median"], "there is no observer 'median'; use one of min-max"),
      (["--observer", "min-max", "--bits", "0"], "use 1 to 8 bits"),
      (["--observer", "min-max", "--bits", "9"], "use 1 to 8 bits"),
      (["--observer", "min-max", "--bits", "1", "--signed", "--symmetric"], "use 2 to 8 bits"),
      (["--observer", "min-max", "--axis", "1"], "--axis goes with --per-channel"),
      (["--observer", "min-max", "--per-channel", "--axis", "2"], "has no axis 2; use 0 to 1"),
      (["--observer", "min-max", "--per-channel", "--axis", "-1"], "has no axis -1"),
      (["--observer", "min-max", "--batches", "0"], "cannot be fed in 0 parts"),
      (["--observer", "min-max", "--batches", "-4"], "cannot be fed in -4 parts"),
      (["--observer", "percentile", "--percentile", "101"], "--percentile"),
      (["--observer", "percentile", "--percentile", "nan"], "--percentile"),
      (["--observer", "mse", "--norm", "3"], "--norm must be 2 or 2.4"),
      (["--observer", "min-max", "--signed", "--unsigned"], "--unsigned"),
      ([], "--observer"),
    ])
  func usage(options: [String], words: String) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(["observe", try Self.file(in: folder), "--json"] + options)
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(run.errors.contains(words), "\(run.errors)")
  }

  @Test("an option that an observer has no use for is said on standard error, and nothing else")
  func ignored() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(
      "observe", try Self.file(in: folder), "--observer", "min-max", "--percentile", "99", "--json")
    #expect(run.status == 0)
    #expect(run.errors == "note: min-max does not use --percentile\n")
    #expect(try run.json()["maximum"] as? Double == 2)
  }

  @Test("a NaN is bad data: 65, with file, tensor and index")
  func notFinite() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "nan.safetensors", [(name: "x", shape: [3], values: [1, 2, .nan])])
    let run = try Nibble.run("observe", file, "--observer", "mse", "--json")
    #expect(run.status == 65)
    #expect(run.output == "")
    #expect(run.errors.hasPrefix("nibble: \(file): x: the value at index 2 is nan"))
  }
}
