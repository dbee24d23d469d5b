import Foundation
import TestSupport
import Testing

/// By law: whenever a run is killed, the name of its output stands for the whole of one, and the same command
/// ends with the bytes of a run that was left alone.
@Suite("nibble quantize, killed", .serialized)
struct QuantizeKillTests {
  /// `NIBBLE_KILL_SEED` repeats a run that has failed, as far as two machines keep the same time.
  private static let seed: UInt64 =
    ProcessInfo.processInfo.environment["NIBBLE_KILL_SEED"].flatMap(UInt64.init)
    ?? UInt64.random(in: 0...UInt64.max)

  private static func microseconds(_ duration: Duration) -> Int {
    Int(duration.components.seconds) * 1_000_000
      + Int(duration.components.attoseconds / 1_000_000_000_000)
  }

  @Test(
    "fifty times at random moments, every second time while the output is written",
    arguments: QuantizeCase.all)
  func atRandom(_ test: QuantizeCase) throws {
    let bench = try QuantizeBench(test)
    defer { bench.folder.remove() }
    let comment: Comment = "NIBBLE_KILL_SEED=\(Self.seed)"
    let expected = try bench.expected()
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try Nibble.run(bench.arguments()).status == 0)
    let duration = Self.microseconds(clock.now - start)
    bench.clear()
    var random = FuzzRandom(seed: Self.seed)
    var (kills, late, wholes) = (0, 0, 0)
    for round in 0..<400 where kills < 50 {
      let live = try LiveRun(bench.arguments(), in: bench.folder)
      if round.isMultiple(of: 2) {
        usleep(UInt32(random.below(max(1, duration * 6 / 5))))
      } else {
        // The output begins to be put together, or is there already.
        let sign = bench.work + (test.isGGUF ? "" : "/output")
        let isWritten = { bench.exists(sign) || bench.exists(bench.out) }
        let end = clock.now + .seconds(120)
        while !isWritten(), clock.now < end { usleep(100) }
        usleep(UInt32(random.below(max(1, duration / 10))))
      }
      live.send(SIGKILL)
      let end = live.end()
      if end.wasSignalled {
        kills += 1
        if !round.isMultiple(of: 2) { late += 1 }
      } else {
        #expect(end.status == 0, "\(comment) \(end.errors)")
      }
      guard bench.exists(bench.out) else { continue }
      // Whole as soon as it is there; the next call tidies up and changes nothing.
      #expect(try bench.contents() == expected, comment)
      if bench.exists(bench.work) {
        let again = try Nibble.run(bench.arguments())
        // Where tidying up had begun, it is as if the run before had ended well: the output is in the way.
        #expect([0, 73].contains(again.status), "\(comment) \(again.errors)")
        #expect(try bench.contents() == expected, comment)
      }
      try FileManager.default.removeItem(atPath: bench.out)
      wholes += 1
    }
    #expect(kills == 50 && late > 5, "\(comment) killed \(kills) times, \(late) of them late")
    let last = try Nibble.run(bench.arguments())
    #expect(last.status == 0, "\(comment) \(last.errors)")
    #expect(try bench.contents() == expected, comment)
    #expect(bench.names == [test.output], "\(comment) \(bench.names)")
  }

  @Test("at every step that a run makes on the disk, from the first to the last")
  func everyStep() throws {
    let bench = try QuantizeBench(.gptq)
    defer { bench.folder.remove() }
    let expected = try bench.expected()
    let disk = try FaultyDisk(in: bench.folder, below: bench.place)
    #expect(try disk.run(bench.arguments(), .none).status == 0)
    let calls = disk.calls
    #expect(calls.count > 40 && calls.contains { $0.hasPrefix("renameat2") })
    for step in calls.indices {
      bench.clear()
      let run = try disk.run(bench.arguments(), .death(at: step + 1))
      let comment: Comment = "killed at step \(step + 1), \(calls[step]): \(run.errors)"
      #expect(run.wasSignalled && run.status == SIGKILL, comment)
      try isWhole(bench, or: nil, expected, comment)
    }
  }

  @Test(
    "at every step of the last part, in the place of another output: it is there at every moment",
    arguments: QuantizeCase.all)
  func everyStepOfWriting(_ test: QuantizeCase) throws {
    let bench = try QuantizeBench(test)
    defer { bench.folder.remove() }
    let expected = try bench.expected()
    let disk = try FaultyDisk(in: bench.folder, below: bench.place)
    let prepared = try Self.prepared(bench, disk)
    let old = try #require(try bench.contents())
    #expect(try disk.run(bench.arguments(["--force"]), .none).status == 0)
    #expect(try bench.contents() == expected)
    let calls = disk.calls
    #expect(calls.count > 8 && calls.contains { $0.hasPrefix("renameat2") }, "\(calls)")
    for step in calls.indices {
      try Self.restore(bench, prepared)
      let run = try disk.run(bench.arguments(["--force"]), .death(at: step + 1))
      let comment: Comment = "killed at step \(step + 1), \(calls[step]): \(run.errors)"
      #expect(run.wasSignalled && run.status == SIGKILL, comment)
      let found = try bench.contents()
      #expect(found == old || found == expected, comment)
      try isWhole(bench, or: old, expected, comment, "--force")
    }
  }

  @Test("on a file system that cannot exchange names: what was set aside is put back, and told")
  func withoutExchange() throws {
    let bench = try QuantizeBench(.gptq)
    defer { bench.folder.remove() }
    let expected = try bench.expected()
    let disk = try FaultyDisk(in: bench.folder, below: bench.place)
    let prepared = try Self.prepared(bench, disk)
    let old = try #require(try bench.contents())
    let whole = try disk.run(bench.arguments(["--force"]), .none, exchanges: false)
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(try bench.contents() == expected && bench.names == ["out"])
    let calls = disk.calls
    var asides = 0
    for step in calls.indices {
      try Self.restore(bench, prepared)
      let run = try disk.run(
        bench.arguments(["--force"]), .death(at: step + 1), exchanges: false)
      let comment: Comment = "killed at step \(step + 1), \(calls[step]): \(run.errors)"
      #expect(run.wasSignalled && run.status == SIGKILL, comment)
      guard try bench.contents() == nil else {
        let found = try bench.contents()
        #expect(found == old || found == expected, comment)
        continue
      }
      // Between the two renames. A command that may not replace anything puts the old one back, too.
      asides += 1
      let timid = try disk.run(bench.arguments(), .none, exchanges: false)
      #expect(timid.status == 73 && timid.errors.contains("it is back under its name"), comment)
      #expect(try bench.contents() == old, comment)
      let end = try disk.run(bench.arguments(["--force"]), .none, exchanges: false)
      #expect(end.status == 0 && !end.errors.contains("it is back"), "\(end.errors)")
      #expect(try bench.contents() == expected && bench.names == ["out"], comment)
    }
    #expect(asides > 0)
  }

  @Test("at every step of sharing out bits: nothing that was measured is measured again")
  func sharing() throws {
    let bench = try QuantizeBench(
      QuantizeCase(
        name: "shared", model: "opt",
        options: [
          "--method", "rtn", "--group-size", "16", "--format", "compressed-tensors",
          "--target-bits", "5.5", "--widths", "3,4,8",
        ]))
    defer { bench.folder.remove() }
    let expected = try bench.expected()
    let disk = try FaultyDisk(in: bench.folder, below: bench.place)
    #expect(try disk.run(bench.arguments(), .none).status == 0)
    let calls = disk.calls
    let kept = calls.indices.filter {
      calls[$0].hasPrefix("rename ") && calls[$0].hasSuffix("/profile.json")
    }
    #expect(kept.count == 2, "one for each block: \(calls)")
    for step in calls.indices {
      bench.clear()
      let run = try disk.run(bench.arguments(), .death(at: step + 1))
      let comment: Comment = "killed at step \(step + 1), \(calls[step]): \(run.errors)"
      #expect(run.wasSignalled && run.status == SIGKILL, comment)
      let blocks = kept.count { $0 < step }
      if blocks > 0, !bench.exists(bench.out) {
        let again = try disk.run(bench.arguments(), .none)
        #expect(
          again.errors.contains(
            "what the layers of \(blocks) of 2 blocks lose was measured by an earlier run"),
          "\(comment) \(again.errors)")
        let measured = disk.calls.count {
          $0.hasPrefix("rename ") && $0.hasSuffix("/profile.json")
        }
        #expect(measured == 2 - blocks, comment)
        #expect(try bench.contents() == expected, comment)
      }
      try isWhole(bench, or: nil, expected, comment)
    }
  }

  /// What is there may be nothing, the old output or the new one, and the same command ends well.
  private func isWhole(
    _ bench: QuantizeBench, or old: [String: Data]?, _ expected: [String: Data],
    _ comment: Comment, _ more: String...
  ) throws {
    let found = try bench.contents()
    #expect(found == nil || found == old || found == expected, comment)
    let again = try Nibble.run(bench.arguments(more))
    if again.status == 73, more.isEmpty {
      // The run before had ended but for its tidying up.
      #expect(
        found == expected && again.errors.contains("exists already"), "\(comment) \(again.errors)")
    } else {
      #expect(again.status == 0, "\(comment) \(again.errors)")
    }
    #expect(try bench.contents() == expected, comment)
    #expect(bench.halves.isEmpty, "\(comment) \(bench.halves)")
    #expect(bench.names == [bench.test.output], "\(comment) \(bench.names)")
  }

  /// Everything but the last part done, and another output in the place of the one that is to be.
  private static func prepared(_ bench: QuantizeBench, _ disk: FaultyDisk) throws -> String {
    let copy = bench.folder.path + "/prepared"
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    if !bench.test.isGGUF {
      #expect(try disk.run(bench.arguments(), .none).status == 0)
      let first = disk.calls.firstIndex { $0.hasPrefix("mkdir") && $0.hasSuffix("/output") }
      bench.clear()
      _ = try disk.run(bench.arguments(), .death(at: try #require(first) + 1))
      try FileManager.default.moveItem(atPath: bench.work, toPath: copy + "/work")
    }
    if bench.test.output.hasSuffix(".gguf") {
      try Data("old".utf8).write(to: URL(fileURLWithPath: copy + "/old"))
    } else {
      try FileManager.default.createDirectory(
        atPath: copy + "/old", withIntermediateDirectories: true)
      for name in ["config.json", "model.safetensors"] {
        try Data("old \(name)".utf8).write(to: URL(fileURLWithPath: copy + "/old/" + name))
      }
    }
    try restore(bench, copy)
    return copy
  }

  private static func restore(_ bench: QuantizeBench, _ copy: String) throws {
    bench.clear()
    if bench.exists(copy + "/work") {
      try FileManager.default.copyItem(atPath: copy + "/work", toPath: bench.work)
    }
    try FileManager.default.copyItem(atPath: copy + "/old", toPath: bench.out)
  }
}
