import Foundation
import Glibc
import Serving
import Testing

/// By hand: the command serves a course of one chapter while its files are saved.
///
/// How soon a save shows is measured by `nibble bench course` and in a browser; here the limits only
/// say that it does.
@Suite("nibble site --serve")
struct ServeTests {
  @Test(
    "a saved word, style or image reaches open pages; the script that tells them is not on disk")
  func saves() throws {
    let course = try ServedCourse()
    defer { course.remove() }
    let page = try course.listen()
    #expect(try course.fetch("/").contains("/.nibble/reload.js"))
    #expect(try course.fetch("/01-holds/").contains("A sum."))

    let first = try course.version()
    try course.replace("A sum.", with: "A little sum.", in: "Chapters/01-holds.md")
    let second = try course.versionAfter(first, on: page)
    #expect(try course.fetch("/01-holds/").contains("A little sum."))

    try course.append("\n/* A word in the style. */\n", to: "site/assets/nibble.css")
    let third = try course.versionAfter(second, on: page)
    #expect(try course.fetch("/assets/nibble.css").contains("A word in the style."))

    try course.append("\nA picture: ![dots](dots.svg)\n", to: "Chapters/01-holds.md")
    _ = try course.folder.file("Chapters/dots.svg", text: "<svg/>")
    let fourth = try course.versionAfter(third, on: page)
    try course.append("<!-- changed -->", to: "Chapters/dots.svg")
    _ = try course.versionAfter(fourth, on: page)
    #expect(try course.fetch("/images/dots.svg").contains("changed"))

    #expect(!course.onDisk("index.html").contains(".nibble"))
    let run = course.stop()
    #expect(run.status == 130)
    #expect(run.errors.hasSuffix("\nnibble: stopped\n"))
    #expect(throws: ServingError.self) { _ = try course.listen() }
  }

  @Test("a chapter that stops holding is shown as such, in the terminal and on its page")
  func broken() throws {
    let course = try ServedCourse()
    defer { course.remove() }
    let page = try course.listen()
    let first = try course.version()
    try course.replace("// => 5", with: "// => 6", in: "Chapters/01-holds.md")
    let second = try course.versionAfter(first, on: page)
    let path = course.folder.path + "/Chapters/01-holds.md"
    let printed = try #require(course.live.waitForOutput("01-holds: did not hold"))
    #expect(printed.contains("\(path):15: "))
    #expect(try course.fetch("/01-holds/").contains("did not hold"))
    try course.replace("// => 6", with: "// => 5", in: "Chapters/01-holds.md")
    _ = try course.versionAfter(second, on: page)
    #expect(course.live.waitForOutput("01-holds: held") != nil)
  }

  @Test("what cannot be rendered leaves the last good pages, and they say what is wrong")
  func unrenderable() throws {
    let course = try ServedCourse()
    defer { course.remove() }
    let page = try course.listen()
    let version = try course.version()
    let template = course.text("site/templates/home.html")
    try course.append("{{#nobody}}", to: "site/templates/home.html")
    #expect(
      page.receive(until: { $0.contains("event: trouble\ndata: ") && $0.contains("home.html:") }))
    #expect(course.live.waitForErrors("home.html:"))
    #expect(try course.version() == version, "the last good page, as it was")
    _ = try course.folder.file("site/templates/home.html", text: template)
    #expect(course.live.waitForOutput("as it was") != nil)
    #expect(page.receive(until: { $0.hasSuffix("event: trouble\ndata: \n\n\r\n") }))

    try FileManager.default.moveItem(
      atPath: course.folder.path + "/Chapters", toPath: course.folder.path + "/Elsewhere")
    #expect(course.live.waitForErrors("no such file or folder"))
    #expect(try course.fetch("/01-holds/").contains("A sum."))
    try FileManager.default.moveItem(
      atPath: course.folder.path + "/Elsewhere", toPath: course.folder.path + "/Chapters")
    #expect(course.stop().status == 130)
  }

  @Test("a saved chapter does not wait for the one before it to end")
  func givingUp() throws {
    let course = try ServedCourse()
    defer { course.remove() }
    let page = try course.listen()
    let first = try course.version()
    _ = try course.folder.file("Chapters/01-holds.md", text: FixtureChapters.loops)
    try #require(course.live.waitForChild("/chapter "))
    let mended = FixtureChapters.holds.replacingOccurrences(of: "A sum.", with: "Mended.")
    _ = try course.folder.file("Chapters/01-holds.md", text: mended)
    _ = try course.versionAfter(first, on: page)  // well within the minute that the loop may run
    #expect(try course.fetch("/01-holds/").contains("Mended."))
    #expect(course.stop().status == 130)
    #expect(course.live.children.isEmpty && course.live.leftovers.isEmpty)
  }

  @Test("pages are served to this machine alone")
  func loopback() throws {
    let course = try ServedCourse()
    defer { course.remove() }
    let listening = try Nibble.shell("awk '$4 == \"0A\" { print $2 }' /proc/net/tcp /proc/net/tcp6")
    let port = String(course.port, radix: 16, uppercase: true)
    let padded = String(repeating: "0", count: 4 - port.count) + port
    #expect(
      listening.output.split(separator: "\n").filter { $0.hasSuffix(":" + padded) } == [
        "0100007F:\(padded)"
      ])
  }

  @Test("a port that was asked for and is taken is told; one that nobody asked for is looked for")
  func ports() throws {
    let course = try ServedCourse()
    defer { course.remove() }
    let out = course.folder.path + "/another"
    let run = try Nibble.run(
      "site", "--chapters", course.folder.path + "/Chapters", "--out", out, "--serve",
      "--port", String(course.port))
    #expect(run.status == 73)
    #expect(run.output == "")
    #expect(run.errors.contains("port \(course.port) of 127.0.0.1 is in use"))
    let second = try ServedCourse(port: nil)
    defer { second.remove() }
    #expect((8000...8099).contains(second.port))
  }

  @Test(
    "options that mean nothing are usage errors that name the option",
    arguments: [
      (["--port", "8000"], "--serve"), (["--serve", "--port", "70000"], "65535"),
      (["--serve", "--port", "-1"], "65535"), (["--serve", "--check-links"], "--check-links"),
    ])
  func usage(options: [String], word: String) throws {
    let run = try Nibble.run(["site"] + options)
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(run.errors.contains(word))
  }
}
