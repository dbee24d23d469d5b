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
    let model = try models.model(request.model)
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
    let dry = try Nibble.run(
      "quantize", "--model", model, "--method", "rtn", "--target-bits", "6", "--dry-run")
    #expect(dry.status == 64 && dry.errors.contains("--dry-run does not"))
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
