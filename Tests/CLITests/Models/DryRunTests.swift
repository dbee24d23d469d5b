import Foundation
import TestSupport
import Testing

/// By law: what a dry run approves, a run does; what a run refuses, a dry run refuses, with the same exit status and
/// in the same words.
@Suite("nibble quantize --dry-run and nibble plan")
struct DryRunTests {
  private let folder: TemporaryFolder
  private let models: TinyModels
  private let text: String

  init() throws {
    folder = try TemporaryFolder()
    models = TinyModels(in: folder)
    text = try folder.file(
      "text.txt",
      text: (0..<400).map { "word\($0 * 7919 % 997) and\($0 % 13)" }.joined(separator: " "))
  }

  /// The last line of standard error, which is the refusal.
  private func refusal(_ run: Nibble.Run) -> String {
    String(run.errors.split(separator: "\n").last { !$0.isEmpty } ?? "")
  }

  /// A request that a run refuses.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let model: String
    let arguments: [String]
    let status: Int32
    /// Whether the model's shape is enough to know.
    let isPlanned: Bool

    init(
      _ words: String, _ arguments: [String], model: String = "opt", status: Int32 = 64,
      isPlanned: Bool = true
    ) {
      (testDescription, self.arguments, self.model) = (words, arguments, model)
      (self.status, self.isPlanned) = (status, isPlanned)
    }
  }

  /// `TEXT` stands for a calibration text, `FOLDER` for the test's folder.
  private static let calibrated = [
    "--calibration", "TEXT", "--samples", "4", "--sequence-length", "32",
  ]

  static let refusals: [Refusal] = [
    Refusal("group size 48 does not divide 32", ["--method", "rtn", "--group-size", "48"]),
    Refusal("group size 100 does not divide 32", ["--method", "rtn", "--group-size", "100"]),
    Refusal(
      "group size 32 does not divide 48", ["--method", "rtn", "--group-size", "32"], model: "llama"),
    Refusal("gptq looks at the inputs", ["--method", "gptq"], isPlanned: false),
    Refusal(
      "hold codes of 2, 3, 4 or 8 bits, not 5",
      ["--method", "gptq", "--bits", "5", "--format", "gptq"] + calibrated),
    Refusal("9 bits is not possible for rtn", ["--method", "rtn", "--bits", "9"]),
    Refusal("levels are not evenly spaced", ["--method", "nf4", "--format", "gptq"]),
    Refusal("zero points are real numbers", ["--method", "hqq", "--format", "compressed-tensors"]),
    Refusal(
      "inputs are to be divided", ["--method", "awq", "--format", "awq"] + calibrated),
    Refusal(
      "hold codes of 4 bits, not 8", ["--method", "rtn", "--bits", "8", "--format", "awq"]),
    Refusal(
      "holds the levels of nf4 and fp4 alone", ["--method", "rtn", "--format", "bitsandbytes"]),
    Refusal(
      "knows blocks of 32", ["--method", "nf4", "--group-size", "16", "--format", "bitsandbytes"]),
    Refusal(
      "not both multiples of 32", ["--method", "rtn", "--group-size", "16", "--format", "gptq"],
      model: "llama"),
    Refusal(
      "its configuration has one group size for every layer",
      ["--recipe", "FOLDER/groups.yaml", "--format", "awq"]),
    Refusal(
      "its configuration names one type for every layer",
      ["--recipe", "FOLDER/kinds.yaml", "--format", "bitsandbytes"]),
    Refusal(
      "its groups are to follow act-order",
      ["--method", "gptq", "--group-size", "16", "--act-order", "--format", "compressed-tensors"]
        + calibrated),
    Refusal("gptq's codes already", ["--method", "rtn"], model: "opt-packed", status: 65),
    Refusal("have no reader", ["--method", "rtn", "--format", "gptq"], model: "gpt2"),
    Refusal("matches no layer", ["--method", "rtn", "--keep", "*.down_proj"]),
    Refusal("nothing to quantize", ["--method", "rtn", "--keep", "*"]),
    Refusal(
      "has no bias to be corrected",
      ["--method", "rtn", "--group-size", "16", "--bias-correction"] + calibrated, model: "llama"),
    Refusal("the stage awq looks at", ["--fold", "awq", "--method", "rtn"]),
    Refusal("post-norm", ["--fold", "rotation", "--method", "rtn"], model: "opt-post-norm"),
    Refusal(
      "put rotation first",
      ["--fold", "smoothquant", "--fold", "rotation", "--method", "rtn"] + calibrated),
    Refusal(
      "the model has 40 positions",
      ["--method", "rtn", "--calibration", "TEXT", "--sequence-length", "41"], isPlanned: false),
    Refusal(
      "none.txt", ["--method", "rtn", "--calibration", "FOLDER/none.txt"], status: 66,
      isPlanned: false),
    Refusal(
      "empty.txt", ["--method", "rtn", "--calibration", "FOLDER/empty.txt"],
      status: 65, isPlanned: false),
    Refusal(
      "token ids are a list", ["--method", "rtn", "--calibration", "FOLDER/ids.json"], status: 65,
      isPlanned: false),
    Refusal(
      "5000", ["--method", "rtn", "--calibration", "FOLDER/far.json"], status: 65,
      isPlanned: false),
    Refusal(
      "5000", ["--format", "gguf:q8_0", "--calibration", "FOLDER/far.json"], model: "llama",
      status: 65, isPlanned: false),
    Refusal("llama.cpp has no OPT", ["--format", "gguf:q8_0"], status: 65, isPlanned: false),
    Refusal(
      "use fewer --samples", ["--method", "rtn", "--memory", "10KB"] + calibrated,
      isPlanned: false),
    Refusal(
      "exists already", ["--method", "rtn", "--out", "FOLDER/there"], status: 73, isPlanned: false),
    Refusal(
      "a file stands there", ["--method", "rtn", "--out", "FOLDER/text.txt/out/deep"], status: 73,
      isPlanned: false),
    Refusal(
      "exists already", ["--method", "rtn", "--log", "FOLDER/log.csv"], status: 73,
      isPlanned: false),
  ]

  @Test("a dry run refuses what a run refuses", arguments: refusals)
  func refused(_ request: Refusal) throws {
    defer { folder.remove() }
    _ = try folder.file("empty.txt", [])
    _ = try folder.file("ids.json", text: "{}")
    _ = try folder.file("far.json", text: "[1, 2, 5000]")
    _ = try folder.file("log.csv", text: "x")
    _ = try folder.folder("there")
    _ = try folder.file(
      "groups.yaml",
      text: "method: rtn\ngroup-size: 32\nlayers:\n  - match: '*.fc1'\n    group-size: 16\n")
    _ = try folder.file(
      "kinds.yaml",
      text: "method: nf4\ngroup-size: 32\nlayers:\n  - match: '*.fc1'\n    method: fp4\n")
    let model =
      try request.model == "opt-packed" ? packed() : models.model(request.model)
    var arguments = request.arguments.map {
      $0.replacingOccurrences(of: "FOLDER", with: folder.path)
        .replacingOccurrences(of: "TEXT", with: text)
    }
    let own = arguments
    if !arguments.contains("--out") { arguments += ["--out", folder.path + "/out"] }
    let before = folder.names(in: "")
    let dry = try Nibble.run(["quantize", "--model", model, "--dry-run"] + arguments)
    #expect(dry.status == request.status, "\(dry.errors)")
    #expect(dry.errors.contains(request.testDescription), "\(dry.errors)")
    #expect(dry.output.isEmpty && folder.names(in: "") == before)
    let run = try Nibble.run(["quantize", "--model", model] + arguments)
    #expect(run.status == dry.status, "\(run.errors)")
    #expect(refusal(run) == refusal(dry))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out"))
    guard request.isPlanned else { return }
    // The same on paper, where windows are counted and not drawn.
    var planned = own
    if let place = planned.firstIndex(of: "--calibration") {
      planned.removeSubrange(place...place + 1)
    } else {
      planned += ["--samples", "0"]
    }
    let plan = try Nibble.run(["plan", "--config", model] + planned)
    #expect(plan.status == run.status && refusal(plan) == refusal(run), "\(plan.errors)")
  }

  /// A model that holds codes already.
  private func packed() throws -> String {
    let output = folder.path + "/packed"
    let run = try Nibble.run(
      "quantize", "--model", try models.model("opt"), "--out", output, "--method", "rtn",
      "--group-size", "32", "--format", "gptq")
    #expect(run.status == 0, "\(run.errors)")
    return output
  }

  @Test(
    "a plan without windows for a method that looks at inputs is refused; without the option it has some"
  )
  func windows() throws {
    defer { folder.remove() }
    let model = try models.model("opt")
    let plan = ["plan", "--config", model, "--group-size", "32", "--json", "--method"]
    let none = try Nibble.run(plan + ["gptq", "--samples", "0"])
    #expect(
      none.status == 64
        && none.errors.contains("gptq looks at the inputs of model.decoder.layers.0"))
    #expect(try Nibble.run(plan + ["gptq"]).json()["samples"] as? Int == 128)
    let rounded = try Nibble.run(plan + ["rtn"]).json()
    #expect(rounded["samples"] as? Int == 0)
    // No calibration: no pass, no Hessian, no product at all.
    #expect((rounded["operations"] as? [Any])?.isEmpty == true)
    let measured = try Nibble.run(plan + ["rtn", "--samples", "3"]).json()
    let parts = (measured["operations"] as? [[String: Any]] ?? []).compactMap {
      $0["name"] as? String
    }
    #expect(parts == ["forward passes", "Hessians", "measuring errors"])
  }

  @Test(
    "a dry run counts the sequences and tokens that a run is calibrated on, and the bytes that it writes"
  )
  func counts() throws {
    defer { folder.remove() }
    let model = try models.model("opt")
    let short = try folder.file("short.txt", text: String(repeating: "a few words ", count: 20))
    let arguments = [
      "quantize", "--model", model, "--method", "gptq", "--group-size", "32", "--format", "gptq",
      "--calibration", short, "--sequence-length", "32", "--json", "--out", folder.path + "/out",
    ]
    let dry = try Nibble.run(arguments + ["--dry-run"])
    #expect(dry.status == 0, "\(dry.errors)")
    let run = try Nibble.run(arguments)
    #expect(run.status == 0, "\(run.errors)")
    let (planned, report) = (try dry.json(), try run.json())
    // 240 characters are 240 tokens: seven windows of 32, not 128 of 2,048.
    #expect(planned["samples"] as? Int == 7 && planned["tokens"] as? Int == 224)
    let layers = try #require(report["layers"] as? [[String: Any]])
    #expect(layers.allSatisfy { $0["tokens"] as? Int == 224 })
    #expect(planned["bitsPerWeight"] as? Double == report["bitsPerWeight"] as? Double)
    let tensors = try StoredTensors(path: folder.path + "/out/model.safetensors").tensors
    #expect(planned["bytesAfter"] as? Int == tensors.values.reduce(0) { $0 + $1.bytes.count })
    let own = try #require(planned["layers"] as? [[String: Any]])
    #expect(own.map { $0["bytes"] as? Int } == layers.map { $0["bytes"] as? Int })
  }

  @Test(
    "bits that are shared out: at most the target, what the run reports, and no width for all loses less"
  )
  func target() throws {
    defer { folder.remove() }
    let model = try models.model("opt")
    let run = try Nibble.run(
      "quantize", "--model", model, "--out", folder.path + "/out", "--method", "rtn",
      "--group-size", "32", "--target-bits", "6", "--widths", "2,4,8", "--format",
      "compressed-tensors", "--calibration", text, "--samples", "4", "--sequence-length", "32",
      "--json")
    #expect(run.status == 0, "\(run.errors)")
    let report = try run.json()
    let bits = try #require(report["bitsPerWeight"] as? Double)
    let front = try #require(report["front"] as? [[String: Any]])
    let chosen = try #require(front.first { $0["isChosen"] as? Bool == true })
    #expect(bits <= 6)
    // The allocation counts bytes, which are whole.
    #expect(abs(try #require(chosen["bitsPerWeight"] as? Double) - bits) < 1e-6)
    // The next wider point of the front is beyond the target.
    let wider = front.compactMap { $0["bitsPerWeight"] as? Double }.filter { $0 > bits + 1e-6 }
    #expect(wider.allSatisfy { $0 > 6 }, "\(bits) \(wider)")
  }

  @Test(
    "bits to be shared out: a dry run says what is known before, and its bounds hold for the run")
  func targetOnPaper() throws {
    defer { folder.remove() }
    let model = try models.model("opt")
    let arguments = [
      "quantize", "--model", model, "--out", folder.path + "/out", "--method", "gptq",
      "--group-size", "32", "--target-bits", "6", "--widths", "3,4,8", "--format",
      "compressed-tensors", "--calibration", text, "--samples", "8", "--sequence-length", "32",
    ]
    let dry = try Nibble.run(arguments + ["--json", "--dry-run"])
    #expect(dry.status == 0, "\(dry.errors)")
    #expect(!folder.names(in: "").contains { $0.contains("out") })
    let plan = try dry.json()
    #expect(plan["targetBits"] as? Double == 6)
    let widths = try #require(plan["widths"] as? [[String: Any]])
    #expect(widths.compactMap { $0["bits"] as? Int } == [3, 4, 8])
    // By law: a wider code takes more, and a scale of 16 bits for 32 weights half a bit besides.
    let bits = try widths.map { try #require($0["bitsPerWeight"] as? Double) }
    #expect(bits == bits.sorted() && bits[0] > 3.5 && bits[2] > 8.5)
    #expect((plan["unknown"] as? String)?.contains("which layer gets which width") == true)
    // The profile tries each layer at three widths; the run does it once.
    func amount(_ stage: String, _ part: String) throws -> Double {
      let parts = try #require((plan[stage] as? [String: Any])?["operations"] as? [[String: Any]])
      return try #require(parts.first { $0["name"] as? String == part }?["amount"] as? Double)
    }
    let part = "factors and updates"
    #expect(try amount("profile", part) == 3 * amount("run", part))
    #expect(try amount("profile", "Hessians") == amount("run", "Hessians"))
    let told = try Nibble.run(arguments + ["--dry-run"])
    for words in [
      "at 3", "at 4", "at 8", "all at 4", "at most 6 a weight", "not known yet: which layer gets",
      "profile: products", "run: weight by weight", "memory: ", "disk: about ",
    ] { #expect(told.output.contains(words), "\(words)\n\(told.output)") }
    let run = try Nibble.run(arguments + ["--json"])
    #expect(run.status == 0, "\(run.errors)")
    let tensors = try StoredTensors(path: folder.path + "/out/model.safetensors").tensors
    let written = tensors.values.reduce(0) { $0 + $1.bytes.count }
    let most = try #require(plan["bytesAtMost"] as? Int)
    let least = try #require(widths[0]["bytesAfter"] as? Int)
    #expect((least...most).contains(written), "\(least) \(written) \(most)")
    // Less of the budget is left over than the widest step takes, 3 to 8 bits, of the largest layer.
    #expect(most - written < 128 * 32 * 5 / 8, "\(written) \(most)")
  }

  @Test(
    "what bits that are to be shared out are refused for, a dry run refuses in the same words",
    arguments: [
      ("give --calibration", ["--method", "rtn"]),
      ("gguf:q4_0 has no bits to choose", ["--method", "gguf:q4_0"] + calibrated),
      (
        "hold codes of 2, 3, 4 or 8 bits, not 5",
        ["--method", "rtn", "--group-size", "32", "--format", "gptq", "--widths", "4,5"]
          + calibrated
      ),
      (
        "is too small: the least that",
        ["--method", "rtn", "--group-size", "32", "--widths", "8"] + calibrated
      ),
      ("--widths takes different", ["--method", "rtn", "--widths", "4,4"] + calibrated),
      ("use fewer --samples", ["--method", "rtn", "--memory", "10KB"] + calibrated),
    ])
  func targetRefused(words: String, arguments: [String]) throws {
    defer { folder.remove() }
    let all =
      ["quantize", "--model", try models.model("opt"), "--target-bits", "6"]
      + ["--out", folder.path + "/out"] + arguments.map { $0 == "TEXT" ? text : $0 }
    let (dry, run) = (try Nibble.run(all + ["--dry-run"]), try Nibble.run(all))
    #expect(dry.status == 64 && dry.errors.contains(words), "\(dry.errors)")
    #expect(run.status == 64 && refusal(run) == refusal(dry), "\(run.errors)")
    #expect(!folder.names(in: "").contains { $0.contains("out") })
  }

  @Test("a profile that takes more memory than --memory allows is refused")
  func profileMemory() throws {
    defer { folder.remove() }
    // GPTAQ keeps the float model's inputs as well, so that its profile takes more than its run.
    let all =
      ["quantize", "--model", try models.model("opt"), "--out", folder.path + "/out"]
      + ["--method", "gptaq", "--target-bits", "5", "--widths", "3,8", "--dry-run"]
      + Self.calibrated.map { $0 == "TEXT" ? text : $0 }
    let free = try Nibble.run(all + ["--json"])
    let peak = try #require(try free.json()["peakBytes"] as? Double)
    let refused = try Nibble.run(all + ["--memory", "\(Int(peak) - 1000)"])
    #expect(refused.status == 64 && refused.output == "")
    #expect(refused.errors.contains("sharing out bits takes about"), "\(refused.errors)")
    #expect(try Nibble.run(all + ["--memory", "\(Int(peak) + 1000)"]).status == 0)
  }

  @Test(
    "what a format's readers do not take is remarked on paper, by a plan and a dry run alike",
    arguments: [
      ("vLLM does not open this", ["--bits", "3", "--format", "gptq"]),
      ("CompressedTensorsConfig(dequantize=True)", ["--format", "compressed-tensors"]),
      (
        "it takes GPTQ folders whose blocks are all alike",
        ["--symmetric", "--keep", "*.0.fc1", "--format", "gptq"]
      ),
    ])
  func remarks(words: String, arguments: [String]) throws {
    defer { folder.remove() }
    let model = try models.model("opt")
    let own = ["--method", "rtn", "--group-size", "32"] + arguments
    let dry = try Nibble.run(["quantize", "--model", model, "--dry-run"] + own)
    let plan = try Nibble.run(["plan", "--config", model, "--json"] + own)
    #expect(dry.status == 0 && plan.status == 0, "\(plan.errors)")
    func notes(_ run: Nibble.Run) -> [String] {
      run.errors.split(separator: "\n").filter { $0.hasPrefix("note: ") }.map(String.init)
    }
    #expect(notes(plan).contains { $0.contains(words) }, "\(plan.errors)")
    #expect(notes(plan) == notes(dry))
    #expect((try plan.json()["remarks"] as? [String])?.count == notes(plan).count)
  }

  @Test("too few windows on paper are doubtful as they are in a run; a published model has enough")
  func fewTokens() throws {
    defer { folder.remove() }
    let plan = ["plan", "--config", "opt-350m", "--method", "gptq", "--format", "gptq"]
    let few = try Nibble.run(plan + ["--samples", "1"])
    // fc2 has 4,096 inputs, for which four tokens each are wanted.
    #expect(few.errors.contains("warning: 2048 tokens for 4096 input channels"), "\(few.errors)")
    let usual = try Nibble.run(plan)
    #expect(usual.status == 0 && !usual.errors.contains("warning"), "\(usual.errors)")
    #expect(usual.output.contains("331.2 million parameters"), "\(usual.output)")
  }

  @Test("an output that is larger than what its disk has free is refused before the model is read")
  func fullDisk() throws {
    defer { folder.remove() }
    // A tensor twice as large as what is free, of which the file has nothing but its end.
    let attributes = try FileManager.default.attributesOfFileSystem(forPath: folder.path)
    let free = try #require((attributes[.systemFreeSize] as? NSNumber)?.intValue)
    let model = try models.model("opt")
    try Self.widen(model + "/model.safetensors", by: free / 64 * 2)
    let arguments = [
      "quantize", "--model", model, "--out", folder.path + "/out", "--method", "rtn",
      "--group-size", "32",
    ]
    let dry = try Nibble.run(arguments + ["--dry-run"])
    #expect(dry.status == 73 && dry.errors.contains("the file system has "), "\(dry.errors)")
    #expect(dry.errors.contains("make room, or give --out a place that has it"))
    let run = try Nibble.run(arguments)
    #expect(run.status == 73 && refusal(run).contains("make room"), "\(run.errors)")
    #expect(!folder.names(in: "").contains { $0.hasPrefix(".out") || $0 == "out" })
  }

  /// Gives a file one more tensor, of rows of 64 bytes that are not filled.
  private static func widen(_ path: String, by rows: Int) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let json = try JSONSerialization.jsonObject(with: data[8..<8 + length])
    var header = try #require(json as? [String: Any])
    let end = data.count - 8 - length
    header["unused"] =
      ["dtype": "F16", "shape": [rows, 32], "data_offsets": [end, end + rows * 64]] as [String: Any]
    var text = try JSONSerialization.data(withJSONObject: header)
    while text.count % 8 != 0 { text.append(0x20) }
    var bytes = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    bytes += text + data[(8 + length)...]
    try bytes.write(to: URL(fileURLWithPath: path))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: UInt64(bytes.count + rows * 64))
    try handle.close()
  }

  /// Files that are mapped are counted when they are all there, which they are here: nobody else needs the memory.
  ///
  /// A fifth either way: pages of 4 KiB or 64, buffers of one thread or of sixteen, and what an allocator keeps; on
  /// this model twelve runs lay from 3% above to 9% below the plan.
  @Test(
    "memory on paper is what a run takes",
    arguments: [
      ["--method", "rtn", "--group-size", "32"], ["--method", "nf4"],
      [
        "--method", "gptq", "--bits", "4", "--group-size", "128", "--symmetric", "--format", "gptq",
        "--calibration", "stories", "--samples", "32",
      ],
      [
        "--method", "awq", "--bits", "4", "--group-size", "32", "--calibration", "stories",
        "--samples", "32",
      ],
    ])
  func memory(_ arguments: [String]) throws {
    defer { folder.remove() }
    let all =
      ["quantize", "--model", Nibble.package + "/Datasets/models/opt", "--json"]
      + ["--out", folder.path + "/out"] + arguments
    let plan = try Nibble.run(all + ["--dry-run"]).json()
    let planned = try #require(plan["peakBytes"] as? Double)
    let mapped = try #require(plan["mappedBytes"] as? Double)
    let taken = try #require(try Nibble.run(all).json()["peakBytes"] as? Double)
    #expect((0.8...1.2).contains((planned + mapped) / taken), "\(planned) + \(mapped): \(taken)")
  }

  @Test("the text says what, bits, bytes, memory, disk, time, and what the time rests on")
  func printed() throws {
    defer { folder.remove() }
    let plan = try Nibble.run(
      "plan", "--config", "llama-3-70b", "--method", "gptq", "--bits", "4", "--format", "gptq")
    #expect(plan.status == 0, "\(plan.errors)")
    for words in [
      "llama-3-70b, 70.55 billion parameters, as gptq",
      "calibrated on 128 sequences, 262144 tokens in all", "model.layers.*.self_attn.q_proj",
      "gptq bits 4", "131.4 GiB now", "bits per weight in the quantized layers", "memory: ",
      "at most, while ",
      "vectors of the calibration", "disk: ", "while it runs", "time: about ", "on this machine",
      "GFLOP/s in products", "reading and writing files is not counted",
    ] { #expect(plan.output.contains(words), "\(words)\n\(plan.output)") }
  }
}
