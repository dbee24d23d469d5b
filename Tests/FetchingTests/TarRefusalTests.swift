import Digests
import Fetching
import Foundation
import Testing

/// By hand: archives that lie, lead astray or end early, each refused as a whole and in words.
@Suite("tar archives that are refused")
struct TarRefusalTests {
  private static let good = [
    TarPart("data/dev/a_dev.csv", "one,two\n"), TarPart("data/test/a_test.csv", "three\n"),
  ]

  /// An archive whose third part is the one in question.
  private static func with(_ parts: TarPart...) -> [UInt8] { tar(good + parts) }

  private static func pax(_ records: String, kind: Character = "x") -> TarPart {
    TarPart("pax", records, kind: kind)
  }

  static let cases: [(String, [UInt8], String)] = [
    // Names.
    ("leads out", with(TarPart("../out.csv", "x")), "'../out.csv' leads out of the folder"),
    (
      "leads out on a detour", with(TarPart("data/dev/../../../out.csv", "x")),
      "leads out of the folder it is unpacked in"
    ),
    (
      "leads out in its prefix", with(TarPart("b.csv", "x").with { $0.prefix = Array("..".utf8) }),
      "'../b.csv' leads out"
    ),
    ("absolute", with(TarPart("/tmp/out.csv", "x")), "'/tmp/out.csv' names a place of its own"),
    (
      "leads out, in an extended header",
      with(pax(TarPart.record("path", "../../out.csv")), TarPart("b.csv", "x")),
      "'../../out.csv' leads out"
    ),
    (
      "absolute, in a long name",
      with(TarPart("././@LongLink", "/etc/passwd\0", kind: "L"), TarPart("b.csv", "x")),
      "'/etc/passwd' names a place of its own"
    ),
    ("no name", with(TarPart("", "x")), "a part of it has no name"),
    ("a file without a name", with(TarPart("./", "x")), "a file has no name"),
    ("no text", with(TarPart([0xFF, 0xFE], [])), "a name in it is no text"),
    (
      "bells", with(TarPart("data/dev/a\u{7}.csv", "x")),
      "a name in it is no text: 'data/dev/a?.csv'"
    ),
    (
      "a long name",
      with(
        pax(TarPart.record("path", "data/dev/" + String(repeating: "n", count: 256))),
        TarPart("b", "x")),
      "a name in it is longer than 255 bytes"
    ),
    (
      "a long path",
      with(pax(TarPart.record("path", String(repeating: "d/", count: 2100))), TarPart("b", "x")),
      "a name in it has 4200 bytes"
    ),
    (
      "twice", with(TarPart("data/dev/a_dev.csv", "other")), "its data/dev/a_dev.csv is in it twice"
    ),
    (
      "twice, on a detour", with(TarPart("./data//dev/./a_dev.csv", "other")),
      "its data/dev/a_dev.csv is in it twice"
    ),
    // Kinds.
    ("a link", with(TarPart("data/dev/b_dev.csv", kind: "2")), "'data/dev/b_dev.csv' is a link"),
    ("a second name", with(TarPart("elsewhere", kind: "1")), "'elsewhere' is a link"),
    ("a device", with(TarPart("data/dev/null", kind: "3")), "is a device or a pipe"),
    ("a pipe", with(TarPart("data/dev/pipe", kind: "6")), "is a device or a pipe"),
    ("zeros left out", with(TarPart("data/dev/b_dev.csv", kind: "S")), "is of kind 'S'"),
    (
      "zeros left out, by an extended header",
      with(pax(TarPart.record("GNU.sparse.major", "1")), TarPart("b", "x")), "(sparse)"
    ),
    ("a kind of nobody's", with(TarPart("data/dev/b_dev.csv", kind: "\u{1}")), "is of kind '?'"),
    // Numbers.
    (
      "longer than the archive",
      with(TarPart("data/dev/b_dev.csv", "x").with { $0.size = octal(5000) }),
      "'data/dev/b_dev.csv' would have 5000 bytes, and 1536 follow: it ends early, or lies"
    ),
    (
      "longer than anything",
      with(
        TarPart("b", "x").with {
          $0.size = [0x80, 0, 0, 0, 0x7F] + Array(repeating: 0xFF, count: 7)
        }),
      "would have 9223372036854775807 bytes"
    ),
    (
      "longer than a number",
      with(TarPart("b", "x").with { $0.size = [0x80, 0, 0, 1] + Array(repeating: 0, count: 8) }),
      "a header's length is no number"
    ),
    (
      "below 0", with(TarPart("b", "x").with { $0.size = Array(repeating: 0xFF, count: 12) }),
      "a header's length is no number"
    ),
    (
      "no number", with(TarPart("b", "x").with { $0.size = Array("00000000019\0".utf8) }),
      "a header's length is no number"
    ),
    (
      "shorter than it is",
      with(TarPart("b", String(repeating: "x", count: 600)).with { $0.size = octal(5) }),
      "it is no tar archive, or a damaged one, at byte 3072"
    ),
    (
      "a length by an extended header that is longer",
      with(pax(TarPart.record("size", "99999")), TarPart("b", "x")), "would have 99999 bytes"
    ),
    (
      "a length by an extended header that is none",
      with(pax(TarPart.record("size", "-1")), TarPart("b", "x")), "an extended header is damaged"
    ),
    (
      "another sum", with(TarPart("b", "x").with { $0.sum = octal(4321, 6) }),
      "a header's sum is another one: it is no tar archive, or a damaged one, at byte 2048"
    ),
    ("something else", Array("PK\u{3}\u{4}".utf8) + madeUpBytes(2044), "it is no tar archive, or"),
    // Extended headers.
    (
      "a record too long", with(pax("99 path=x\n"), TarPart("b", "x")), "extended header is damaged"
    ),
    ("a record too short", with(pax("3 p=x\n"), TarPart("b", "x")), "extended header is damaged"),
    ("a record of 0 bytes", with(pax("0 \n"), TarPart("b", "x")), "an extended header is damaged"),
    ("no record", with(pax("hello"), TarPart("b", "x")), "an extended header is damaged"),
    (
      "a name for all", with(pax(TarPart.record("path", "x"), kind: "g"), TarPart("b", "x")),
      "a header for all parts names one"
    ),
    (
      "a header without an end",
      with(
        TarPart("pax", String(repeating: "1", count: 1 << 20) + "1", kind: "x"), TarPart("b", "x")),
      "a header has 1048577 bytes; at most 1048576 are read"
    ),
    ("a name of nothing", with(TarPart("L", "data/dev/b_dev.csv\0", kind: "L")), "it ends early"),
    // Ends.
    ("nothing", [], "it ends early"),
    ("no end", tar(good, zeros: 0), "it ends early"),
    ("half an end", tar(good, zeros: 512), "it ends early"),
    (
      "zeros between", tar([good[0]], zeros: 512) + tar([good[1]]),
      "a block of zeros stands alone at byte 1024"
    ),
    ("a header cut off", Array(tar(good).prefix(1300)), "it ends early"),
    ("a content cut off", Array(tar(good).prefix(1540)), "would have 6 bytes, and 4 follow"),
    ("fillers cut off", Array(tar(good).prefix(1600)), "it ends early"),
    // Parts.
    ("no questions", tar([good[0]]), "there is no data/test/*.csv in it"),
    (
      "of another folder", tar(good.map { $0.with { $0.name = Array("x/".utf8) + $0.name } }),
      "there is no data/dev/*.csv in it"
    ),
  ]

  private static func octal(_ value: Int, _ digits: Int = 11) -> [UInt8] {
    TarPart.octal(value, digits)
  }

  @Test("refused in words, and nothing of it is anywhere", arguments: cases.indices)
  func refused(index: Int) throws {
    let (name, archive, words) = Self.cases[index]
    let work = try Workplace()
    let entry = entry(tar: archive)
    try work.place("data.tar", archive, of: entry)
    let failure = try #require(try work.failure(entry, from: "http://127.0.0.1:9"), "\(name)")
    #expect(failure.kind == .badData, "\(name): \(failure)")
    #expect("\(failure)".contains("/data.tar: cannot be unpacked: "), "\(name): \(failure)")
    #expect("\(failure)".contains(words), "\(name): \(failure)")
    #expect(work.names(of: entry) == ["data.tar"], "\(name)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: work.folder) == ["cache"])
    #expect(!FileManager.default.fileExists(atPath: "/tmp/out.csv"))
  }

  @Test(
    "what is odd and honest is read: fillers, remarks, numbers of another form, what follows the end"
  )
  func odd() throws {
    let long = "data/dev/" + String(repeating: "n", count: 200) + "_dev.csv"
    let archive =
      tar([
        Self.pax(TarPart.record("comment", "for all"), kind: "g"),
        TarPart("./", kind: "5"), TarPart("old/", kind: "\0"),
        TarPart("data/dev/b_dev.csv", "x,y").with {
          $0.size = [0x80] + Array(repeating: 0, count: 10) + [3]
        },
        TarPart("data/dev/c_dev.csv", "z").with { $0.size = Array("          1 ".utf8) },
        // The last word counts: a long name, and then an extended header's.
        TarPart("L", "data/dev/d_dev.csv\0", kind: "L"),
        Self.pax(TarPart.record("path", long) + TarPart.record("size", "2")),
        TarPart("short", "ab").with { $0.size = Self.octal(0) },
        TarPart("test.csv", "t", kind: "7").with { $0.prefix = Array("data/test".utf8) },
      ]) + madeUpBytes(700)
    let work = try Workplace()
    let entry = entry(tar: archive)
    try work.place("data.tar", archive, of: entry)
    let files = try work.fetch(entry, from: "http://127.0.0.1:9")
    #expect(
      files.map(\.file.name) == [
        "data/dev/b_dev.csv", "data/dev/c_dev.csv", long, "data/test/test.csv",
      ])
    #expect(
      ["data/dev/b_dev.csv", "data/dev/c_dev.csv", long, "data/test/test.csv"].map {
        work.bytes($0, of: entry).map { String(decoding: $0, as: UTF8.self) }
      } == ["x,y", "z", "ab", "t"])
  }
}
