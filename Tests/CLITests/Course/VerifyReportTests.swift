import Foundation
import Testing

/// By hand: the shapes that other programs read.
@Suite("nibble verify --json and --junit")
struct VerifyReportTests {
  @Test("--json - is one object on standard output and nothing else there")
  func json() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let run = try Nibble.run(
      "verify", "--chapters", try FixtureChapters.course(in: folder), "--json", "-")
    #expect(run.status == 1)
    #expect(run.errors == "")
    let json = try run.json()
    #expect(Set(json.keys) == ["schema", "held", "chapters", "diagnostics"])
    #expect(json["schema"] as? Int == 1)
    #expect(json["held"] as? Bool == false)
    let chapters = try #require(json["chapters"] as? [[String: Any]])
    #expect(chapters.compactMap { $0["id"] as? String } == ["01-holds", "02-fails"])
    for chapter in chapters {
      #expect(
        Set(chapter.keys) == ["id", "held", "seconds", "cached", "steps", "diagnostics"])
    }
    #expect(chapters[0]["held"] as? Bool == true)
    let fails = chapters[1]
    #expect(fails["held"] as? Bool == false)
    let step = try #require((fails["steps"] as? [[String: Any]])?.first)
    #expect(Set(step.keys) == ["id", "line", "outcome", "expectations"])
    #expect(step["id"] as? String == "difference")
    #expect(step["line"] as? Int == 14)
    #expect(step["outcome"] as? String == "did-not-hold")
    let expectations = try #require(step["expectations"] as? [[String: Any]])
    for expectation in expectations {
      #expect(Set(expectation.keys) == ["line", "expression", "expected", "actual", "held"])
    }
    #expect(expectations.compactMap { $0["held"] as? Bool } == [true, false])
    #expect(expectations[1]["line"] as? Int == 16)
    #expect(expectations[1]["expression"] as? String == "third")
    #expect(expectations[1]["expected"] as? String == "0.34")
    let diagnostics = try #require(fails["diagnostics"] as? [[String: Any]])
    #expect(diagnostics.compactMap { $0["line"] as? Int } == [16, 19])
    for diagnostic in diagnostics {
      #expect(Set(diagnostic.keys).isSuperset(of: ["line", "id", "summary"]))
    }
  }

  @Test("what is wrong with the folder itself is in the object too, and then nothing held")
  func folderDiagnostics() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    _ = try folder.file("01-holds.md", text: FixtureChapters.holds)
    _ = try folder.file("sources.yaml", text: "a: [\n")
    let run = try Nibble.run("verify", "--chapters", folder.path, "--json", "-")
    #expect(run.status == 1)
    let json = try run.json()
    #expect(json["held"] as? Bool == false)
    let diagnostic = try #require((json["diagnostics"] as? [[String: Any]])?.first)
    #expect(diagnostic["path"] as? String == folder.path + "/sources.yaml")
    #expect(Set(diagnostic.keys).isSuperset(of: ["path", "line", "id", "summary"]))
  }

  @Test("both reports go to files, beside the lines for people")
  func files() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let (json, junit) = (folder.path + "/out.json", folder.path + "/out.xml")
    let run = try Nibble.run(
      "verify", "--chapters", try FixtureChapters.course(in: folder), "--json", json, "--junit",
      junit)
    #expect(run.status == 1)
    #expect(run.output.contains("02-fails: did not hold"))
    let object = try JSONSerialization.jsonObject(with: Data(text(of: json).utf8))
    #expect((object as? [String: Any])?["held"] as? Bool == false)
    let xml = text(of: junit)
    #expect(
      xml.hasPrefix(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"2\" failures=\"1\""))
    #expect(xml.contains("<testcase classname=\"02-fails\" name=\"difference\""))
    #expect(xml.contains("<failure type=\"did-not-hold\""))
    #expect(folder.names().filter { $0.hasSuffix(".partial") }.isEmpty)
  }

  @Test("a report that exists is refused before anything runs, and --force replaces it")
  func existing() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapter = try folder.file("01-holds.md", text: FixtureChapters.holds)
    let report = try folder.file("report.json", text: "mine")
    let refused = try Nibble.run("verify", chapter, "--json", report)
    #expect(refused.status == 73)
    #expect(refused.output == "", "nothing ran")
    #expect(refused.errors == "nibble: \(report): exists already; use --force to replace it\n")
    #expect(text(of: report) == "mine")
    #expect(try Nibble.run("verify", chapter, "--json", report, "--force").status == 0)
    #expect(text(of: report).hasPrefix("{"))
  }

  @Test("a report that cannot be written is 73, with the system's reason")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let chapter = try folder.file("01-holds.md", text: FixtureChapters.holds)
    for (path, words) in [
      (folder.path, "a folder stands there"),
      (folder.path + "/none/report", "No such file or directory"),
      ("/dev/full", "No space left on device"),
    ] {
      let run = try Nibble.run("verify", chapter, "--junit", path)
      #expect(run.status == 73)
      #expect(run.errors.hasPrefix("nibble: \(path): "))
      #expect(run.errors.contains(words))
    }
    #expect(
      try Nibble.run("verify", chapter, "--json", "/dev/null").status == 0, "a device is fine")
  }
}
