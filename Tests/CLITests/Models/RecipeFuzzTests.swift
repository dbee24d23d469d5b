import Foundation
import TestSupport
import Testing

/// By law: however a recipe is damaged, it is refused in words or can be followed.
///
/// Seeded, and bounded in time by `NIBBLE_FUZZ_SECONDS`; each try is a run of the command.
@Suite("damaged recipes")
struct RecipeFuzzTests {
  private static let lies = [
    "", "0", "-1", "1", "3", "7", "1e400", "-1e30", "9223372036854775807", "9223372036854775808",
    ".nan", ".inf", "~", "true", "opt", "[]", "[1, 2]", "[[[[]]]]", "{}", "{a: b}", "'", "\"", "*x",
    "&x 3", "!!int 3", "!!binary 3", "|", "<<: {}", "0x10", "1_000", "12:30:45", "ternary: {}",
  ]

  @Test("of a training: values that lie, and bytes changed, cut and doubled")
  func training() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    try damaged(TrainTests.recipe(), seed: 51, in: folder) { recipe in
      let run = try Nibble.run("train", recipe, "--out", folder.path + "/out", "--dry-run")
      if run.status == 0 { #expect(run.output.contains(" parameters\n") && run.errors == "") }
      return run
    }
  }

  @Test("of a quantization: the same")
  func quantizing() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let model = try TinyModels(in: folder).model("opt")
    let recipe = """
      method: gptq
      bits: 4
      group-size: 32
      symmetric: true
      damping: 0.02
      range: mse
      norm: 2.4
      order: true-sequential
      seed: 7
      stages: [rotation, {fold: awq, alpha: 0.5}]
      layers:
        - match: "*.0.*"
          keep: true
        - {match: "*.fc2", method: rotation, then: rtn, bits: 8}

      """
    try damaged(recipe, seed: 52, in: folder) { recipe in
      let run = try Nibble.run(
        "quantize", "--model", model, "--out", folder.path + "/out", "--recipe", recipe,
        "--dry-run")
      if run.status == 0 {
        #expect(run.output.contains("memory while it runs") && run.errors == "")
      }
      return run
    }
  }

  /// Damages a recipe again and again, and holds each time what must hold of a run with it.
  private func damaged(
    _ recipe: String, seed: UInt64, in folder: TemporaryFolder, _ run: (String) throws -> Nibble.Run
  ) throws {
    let good = Array(recipe.utf8)
    let marks = Array("{}[]:,-#&*!|>'\"%@` \n\t0".utf8) + [0, 0xFF, 0x80]
    var refused = 0
    let tried = try Fuzzing.run(seed: seed, least: 12) { random in
      var bytes = good
      for _ in 0...random.below(3) where !bytes.isEmpty {
        let place = random.below(bytes.count)
        switch random.below(6) {
        case 0: bytes[place] = random.choose(marks)
        case 1: bytes[place] ^= 1 << UInt8(random.below(8))
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(20)))
        case 3: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
        case 4:
          // The value after the next colon.
          guard let colon = bytes[place...].firstIndex(of: UInt8(ascii: ":")) else { continue }
          let end = bytes[colon...].firstIndex { [10, 44, 125].contains($0) } ?? bytes.count
          bytes.replaceSubrange(colon + 1..<end, with: Array((" " + random.choose(Self.lies)).utf8))
        default: bytes.removeSubrange(place...)
        }
      }
      let recipe = try folder.file("recipe.yaml", bytes)
      let run = try run(recipe)
      // A stage or a method may have got in that needs what the command line does not give.
      let isCalibrationMissing = run.status == 64 && run.errors.contains("give --calibration")
      #expect(
        !run.wasSignalled && ([0, 65].contains(run.status) || isCalibrationMissing),
        "\(run.status): \(run.errors)")
      if run.status != 0 {
        refused += 1
        #expect(run.output == "" && run.errors.hasPrefix("nibble: "), "\(run.errors)")
        #expect(run.errors.utf8.count < 2_000)
        for word in ["CodingKey", "DecodingError", "Swift.", "YamlError"] {
          #expect(!run.errors.contains(word), "\(run.errors)")
        }
      }
    }
    #expect(refused > tried / 4)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out"))
  }
}
