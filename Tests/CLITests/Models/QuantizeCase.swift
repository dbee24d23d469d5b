import Foundation
import TestSupport
import Testing

/// One way to write a tiny model, for laws that must hold of every format.
struct QuantizeCase: Sendable, CustomTestStringConvertible {
  let name: String
  let model: String
  let options: [String]
  /// What the output is called.
  var output = "out"

  var testDescription: String { name }

  static let gptq = QuantizeCase(
    name: "gptq", model: "opt",
    options: [
      "--method", "gptq", "--bits", "4", "--group-size", "16", "--symmetric", "--format", "gptq",
    ])

  /// Every format there is.
  static let all = [
    gptq,
    QuantizeCase(
      name: "compressed-tensors", model: "opt",
      options: [
        "--method", "gptq", "--bits", "4", "--group-size", "16", "--format", "compressed-tensors",
      ]),
    QuantizeCase(
      name: "awq", model: "opt",
      options: ["--method", "rtn", "--bits", "4", "--group-size", "16", "--format", "awq"]),
    QuantizeCase(
      name: "bitsandbytes", model: "opt",
      options: ["--method", "nf4", "--group-size", "64", "--format", "bitsandbytes"]),
    QuantizeCase(
      name: "dequantized", model: "opt",
      options: [
        "--fold", "rotation", "--method", "gptq", "--bits", "3", "--group-size", "16", "--format",
        "dequantized",
      ]),
    QuantizeCase(
      name: "gguf file", model: "llama", options: ["--format", "gguf:q8_0"], output: "out.gguf"),
    QuantizeCase(name: "gguf folder", model: "llama", options: ["--format", "gguf:q4_0"]),
  ]

  var isGGUF: Bool { name.hasPrefix("gguf") }
}

/// A tiny model, a text and a place for outputs, ready to be quantized.
struct QuantizeBench {
  let folder: TemporaryFolder
  let test: QuantizeCase
  /// Where outputs go, and nothing else.
  let place: String
  private let model: String
  private let text: String

  init(_ test: QuantizeCase, place: String? = nil) throws {
    folder = try TemporaryFolder(inMemory: true)
    self.test = test
    self.place = try place ?? folder.folder("outputs")
    model = try TinyModels(in: folder).model(test.model)
    let words = (0..<200).map { "word\($0 * 7919 % 997) and\($0 % 13)" }
    text = try folder.file("text.txt", text: words.joined(separator: " "))
  }

  var out: String { "\(place)/\(test.output)" }
  var work: String { "\(place)/.\(test.output).nibble" }

  func arguments(_ more: [String] = [], out: String? = nil) -> [String] {
    ["quantize", "--model", model, "--out", out ?? self.out] + test.options
      + ["--calibration", text, "--samples", "6", "--sequence-length", "24"] + more
  }

  func exists(_ path: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: path)) != nil
  }

  /// What a file or a folder holds, by name; nil where there is nothing.
  func contents(_ path: String? = nil) throws -> [String: Data]? {
    let path = path ?? out
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    guard isFolder.boolValue else {
      return ["": try Data(contentsOf: URL(fileURLWithPath: path))]
    }
    var found: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      found[name] = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    }
    return found
  }

  /// What a run that nothing happens to makes; it is removed again.
  func expected() throws -> [String: Data] {
    let whole = "\(place)/whole\(test.output == "out" ? "" : ".gguf")"
    let run = try Nibble.run(arguments(out: whole))
    try #require(run.status == 0, "\(run.errors)")
    defer { clear() }
    return try #require(try contents(whole))
  }

  /// Removes every output and every work folder.
  func clear() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] {
      try? FileManager.default.removeItem(atPath: "\(place)/\(name)")
    }
  }

  /// Files that were half-written.
  var halves: [String] {
    let found = FileManager.default.enumerator(atPath: place)?.compactMap { $0 as? String } ?? []
    return found.filter { $0.hasSuffix(".partial") }
  }

  /// Names beside the output.
  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).sorted()
  }
}
