import Testing

/// By law: a figure lies between its extremes, whatever the machine.
@Suite("nibble bench")
struct BenchTests {
  @Test("each figure has unit, median, spread, and its ratio to a probe of the same run")
  func figures() throws {
    let run = try Nibble.run("bench", "rtn", "--json")
    #expect(run.status == 0)
    let json = try run.json()
    #expect(Set(json.keys) == ["schema", "figures"])
    let figures = try #require(json["figures"] as? [[String: Any]])
    #expect(figures.count == 2, "with memory used before, and with fresh memory")
    for figure in figures {
      #expect(
        Set(figure.keys) == [
          "name", "unit", "median", "lowest", "highest", "runs", "ratio", "ratioTo",
        ])
      let median = try #require(figure["median"] as? Double)
      let (lowest, highest) = (figure["lowest"] as? Double, figure["highest"] as? Double)
      #expect(try #require(lowest) <= median && median <= #require(highest))
      #expect(try #require(lowest) > 0)
      let ratio = try #require(figure["ratio"] as? Double)
      #expect(ratio > 0 && ratio.isFinite)
      #expect(figure["unit"] as? String == "GB/s of float32")
    }
  }

  @Test("a course that does not hold is not timed")
  func failing() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    _ = try folder.file("01-fails.md", text: FixtureChapters.fails)
    let run = try Nibble.run("bench", "course", "--chapters", folder.path)
    #expect(run.status == 1)
    #expect(run.output == "")
    #expect(run.errors.contains("a course that does not hold is not timed"))
  }

  @Test("a name that is not measured is a usage error with the names that are")
  func usage() throws {
    let run = try Nibble.run("bench", "gpu")
    #expect(run.status == 64)
    #expect(["rtn", "models", "quantize", "course"].allSatisfy { run.errors.contains($0) })
  }
}
