import Foundation
import Testing

/// By law: outputs have the names they were given, however short, in the folder where the command runs.
@Suite("outputs with names of one letter")
struct ShortNamesTests {
  private let folder: TemporaryFolder
  private let model: String

  init() throws {
    folder = try TemporaryFolder()
    model = try TinyModels(in: folder).model("opt")
  }

  @Test("a folder and a file, and the model that is not there is said before anything is made")
  func short() throws {
    defer { folder.remove() }
    let inside = folder.path
    let quantized = try Nibble.run(
      "quantize", "--model", model, "--out", "q", "--method", "rtn", "--group-size", "32",
      "--report", "r", in: inside)
    #expect(quantized.status == 0, "\(quantized.errors)")
    let logits = try Nibble.run(
      "logits", "--model", "q", "--ids", "1,2", "--out", "l", in: inside)
    #expect(logits.status == 0, "\(logits.errors)")
    for name in ["q/config.json", "r", "l"] {
      #expect(FileManager.default.fileExists(atPath: inside + "/" + name), "\(name)")
    }
    let missing = try Nibble.run(
      "quantize", "--model", "m", "--out", "a/b", "--method", "rtn", in: inside)
    #expect(missing.status == 66 && missing.errors.contains("m"), "\(missing.errors)")
    #expect(!FileManager.default.fileExists(atPath: inside + "/a"))
  }
}
