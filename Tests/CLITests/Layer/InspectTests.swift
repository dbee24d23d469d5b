import Foundation
import TestSupport
import Testing

/// By hand: four numbers whose mean, range and deviation are known.
@Suite("nibble inspect and nibble methods")
struct InspectTests {
  @Test("a tensor's type, shape, range and moments, exactly")
  func json() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "x.safetensors", [(name: "w", shape: [2, 2], values: [-2, 0, 0, 2])])
    let run = try Nibble.run("inspect", file, "--json")
    #expect(run.status == 0)
    #expect(run.errors == "")
    let json = try run.json()
    #expect(Set(json.keys) == ["schema", "files"])
    let entry = try #require((json["files"] as? [[String: Any]])?.first)
    #expect(entry["path"] as? String == file)
    let tensor = try #require((entry["tensors"] as? [[String: Any]])?.first)
    #expect(tensor["name"] as? String == "w")
    #expect(tensor["type"] as? String == "F32")
    #expect(tensor["shape"] as? [Int] == [2, 2])
    #expect(tensor["bytes"] as? Int == 16)
    #expect(tensor["minimum"] as? Double == -2)
    #expect(tensor["maximum"] as? Double == 2)
    #expect(tensor["mean"] as? Double == 0)
    #expect(tensor["kurtosis"] as? Double == -1)  // m₄ / m₂² − 3 = 8 / 4 − 3
    #expect(tensor["notANumber"] as? Int == 0)
  }

  @Test("by hand: a column's largest magnitude is shaded by its multiple of the median")
  func weightMap() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    // The columns' maxima are 0, 1, 1, 1, 3 and 20; of those that are not 0 the median is 1.
    let file = try folder.safetensors(
      "x.safetensors",
      [
        (name: "w", shape: [2, 6], values: [0, 1, 0.5, -1, 2, -20, 0, 0, -1, 1, 3, 19]),
        (name: "gain", shape: [2], values: [1, 9]),
      ])
    let run = try Nibble.run("inspect", file)
    #expect(run.status == 0)
    #expect(run.output.contains("\nw   ···░█\n"))
    #expect(!run.output.contains("\u{1B}"))
    let json = try Nibble.run("inspect", file, "--json").json()
    #expect(json["activations"] == nil)
    let tensors = try #require(
      (json["files"] as? [[String: Any]])?.first?["tensors"] as? [[String: Any]])
    let channels = try #require(
      tensors.first { $0["name"] as? String == "w" }?["channels"] as? [String: Any])
    #expect(Set(channels.keys) == ["count", "median", "quantiles", "outliers"])
    #expect(channels["median"] as? Double == 1)
    let outliers = try #require(channels["outliers"] as? [[String: Double]])
    #expect(outliers == [["channel": 5, "maximum": 20, "ratio": 20]])
    let quantiles = try #require(channels["quantiles"] as? [[String: Double]])
    #expect(quantiles.first { $0["share"] == 1 }?["value"] == 20)
    // A vector has no channels to compare.
    #expect(tensors.first { $0["name"] as? String == "gain" }?["channels"] == nil)
  }

  @Test("NaN and infinity are counted and warned about on standard error; the rest is told")
  func notFinite() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "x.safetensors",
      [
        (name: "bad", shape: [4], values: [.nan, .infinity, -.infinity, 3]),
        (name: "empty", shape: [0], values: []),
      ])
    let run = try Nibble.run("inspect", file, "--json")
    #expect(run.status == 0)
    #expect(run.errors.contains("bad holds 1 NaN and 2 infinite values"))
    let tensors = try #require(
      (try run.json()["files"] as? [[String: Any]])?.first?["tensors"] as? [[String: Any]])
    #expect(tensors[0]["maximum"] as? Double == 3)
    #expect(tensors[0]["mean"] == nil)
    #expect(tensors[1]["minimum"] == nil)
  }

  @Test("by hand: a number that no weight has is warned of, with its column")
  func implausible() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var values = (0..<40).map { Float($0 % 7 + 1) / 100 }
    values[23] = -1e37
    let file = try folder.safetensors(
      "x.safetensors",
      [
        (name: "w", shape: [2, 20], values: values),
        (name: "gain", shape: [3], values: [1, 2e6, 1]), (name: "one", shape: [1], values: [-1e9]),
      ])
    let run = try Nibble.run("inspect", file, "--json")
    #expect(run.status == 0)
    #expect(run.errors.split(separator: "\n").count == 2, "\(run.errors)")
    #expect(run.errors.contains(": w holds a number of magnitude 1e+37 in column 3, "))
    #expect(run.errors.contains(": gain holds a number of magnitude 2e+06; no weight is as large"))
    let tensors = try #require(
      (try run.json()["files"] as? [[String: Any]])?.first?["tensors"] as? [[String: Any]])
    func implausible(_ name: String) -> [String: Double]? {
      tensors.first { $0["name"] as? String == name }?["implausible"] as? [String: Double]
    }
    #expect(implausible("w")?["column"] == 3)
    #expect(implausible("gain")?["magnitude"] == 2e6)
    #expect(implausible("one") == nil)  // a single number is no weight
  }

  @Test("of several checkpoints in a folder those that can be read are shown, and the others said")
  func unrelated() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    _ = try folder.safetensors("a.safetensors", [(name: "w", shape: [1], values: [1])])
    _ = try folder.file("b.safetensors", text: "some notes, no weights")
    _ = try folder.safetensors("c.safetensors", [(name: "v", shape: [1], values: [1])])
    let run = try Nibble.run("inspect", folder.path)
    #expect(run.status == 65)
    #expect(run.output.contains("a.safetensors  safetensors, 1 tensor, 1 value"))
    #expect(run.output.contains("c.safetensors"))
    #expect(run.errors.contains("b.safetensors"), "\(run.errors)")
  }

  @Test("a type that is not read as numbers is still listed")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.safetensors(
      "x", [(name: "c", type: "C64", shape: [1], bytes: Array(repeating: 0, count: 8))])
    let run = try Nibble.run("inspect", file)
    #expect(run.status == 0)
    #expect(run.errors == "")
    #expect(run.output.contains("C64"))
  }

  @Test("every format is told by its content; shards are files of one checkpoint")
  func formats() throws {
    let goldens = TestFiles.golden("checkpoints").path
    for (name, format, type, files) in [
      ("views.pt", "pytorch", "F16", 1), ("blocks.gguf", "gguf", "q4_0", 1),
      ("legacy.bin", "llama2c", "F32", 1), ("sharded", "safetensors", "F8_E4M3", 3),
    ] {
      let run = try Nibble.run("inspect", "\(goldens)/\(name)", "--json")
      #expect(run.status == 0)
      let object = try run.json()
      let reports = try #require(object["files"] as? [[String: Any]])
      #expect(reports.count == files)
      #expect(reports.allSatisfy { $0["format"] as? String == format })
      let tensors = reports.flatMap { $0["tensors"] as? [[String: Any]] ?? [] }
      // Blocks are decoded: every tensor with elements has a range.
      let ranged = tensors.filter { $0["minimum"] != nil || $0["count"] as? Int == 0 }
      #expect(ranged.count == tensors.count)
      #expect(tensors.contains { $0["type"] as? String == type })
    }
    let code = try Nibble.run("inspect", "\(goldens)/code.pt")
    #expect(code.status == 65)
    #expect(code.errors.contains("contains code: \"posix.system\""))
  }

  @Test("a folder is its safetensors files by name; one without any is no such input")
  func folders() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    #expect(try Nibble.run("inspect", folder.path).status == 66)
    #expect(try Nibble.run("inspect", folder.path + "/none").status == 66)
    for name in ["b.safetensors", "a.safetensors"] {
      _ = try folder.safetensors(name, [(name: "w", shape: [1], values: [1])])
    }
    let files = try #require(
      try Nibble.run("inspect", folder.path, "--json").json()["files"] as? [[String: Any]])
    #expect(
      files.compactMap { $0["path"] as? String }
        == ["a", "b"].map { "\(folder.path)/\($0).safetensors" })
    let bad = try folder.file("c.safetensors", text: "no")
    let run = try Nibble.run("inspect", folder.path)
    #expect(run.status == 65)
    #expect(run.output.contains("/b.safetensors  "), "those that can be read are shown")
    #expect(run.errors.hasPrefix("nibble: \(bad): "))
  }

  @Test("the table of methods says of each what it is, what it takes and where it comes from")
  func methods() throws {
    let json = try Nibble.run("methods", "--json").json()
    #expect(Set(json.keys) == ["schema", "methods"])
    let methods = try #require(json["methods"] as? [[String: Any]])
    #expect(methods.first?["name"] as? String == "rtn")
    for method in methods {
      #expect(Set(method.keys) == ["name", "summary", "options", "needs", "bits", "source"])
    }
    let text = try Nibble.run("methods").output
    for name in methods.compactMap({ $0["name"] as? String }) {
      #expect(text.contains("\n\(name)  ") || text.hasPrefix("\(name)  "))
    }
  }
}
