import Foundation
import Serving
import Testing

/// By hand: a served folder with a secret beside it, asked in every way that a browser would and would
/// not.
@Suite("the files of a served site")
struct ServedFilesTests {
  @Test("a file comes with its type and its length, a page with a script that is not on disk")
  func files() throws {
    let course = try ServedCourse()
    defer { course.remove() }
    try Self.addFiles(to: course)

    let page = try course.ask("GET", "/more/index.html")
    #expect(page.status == 200)
    #expect(page.headers["content-type"] == "text/html; charset=utf-8")
    #expect(page.headers["cache-control"] == "no-cache")
    #expect(page.headers["content-length"] == String(page.body.utf8.count))
    #expect(
      page.body.hasPrefix("<html><body>more<script src=\"/.nibble/reload.js\" data-version=\""))
    #expect(page.body.hasSuffix("\"></script>\n</body></html>"))
    #expect(course.onDisk("more/index.html") == "<html><body>more</body></html>")
    let script = try course.ask("GET", "/.nibble/reload.js")
    #expect(script.status == 200 && script.body.contains("EventSource(\"/.nibble/events\")"))

    let style = try course.ask("GET", "/more/a%20b+%C3%A9.css?cached=no")
    #expect(style.status == 200 && style.body == "p {}")
    #expect(style.headers["content-type"] == "text/css; charset=utf-8")
    let unknown = try course.ask("GET", "/more/data.made-up")
    #expect(unknown.headers["content-type"] == "application/octet-stream")
    #expect(unknown.headers["x-content-type-options"] == "nosniff")
    #expect(try course.ask("GET", "/inside.css").body == "p {}", "a link that stays inside")
    #expect(try course.ask("GET", "/favicon.ico").status == 204)
  }

  @Test("a folder's page is at its address with a slash; without it, that is where it leads")
  func folders() throws {
    let course = try ServedCourse()
    defer { course.remove() }
    try Self.addFiles(to: course)
    #expect(try course.ask("GET", "/more/").body.contains("more"))
    let moved = try course.ask("GET", "/more")
    #expect(moved.status == 308 && moved.headers["location"] == "/more/")
    #expect(try course.ask("GET", "/more/empty/").status == 404, "a folder is never listed")
    let missing = try course.ask("GET", "/nothing/here.html")
    #expect(missing.status == 404)
    #expect(missing.headers["content-type"] == "text/html; charset=utf-8")
    #expect(missing.body.contains("<a href=\"/\">"))
    #expect(missing.body.contains("/.nibble/reload.js"), "there may be a page here soon")
  }

  @Test("nothing from outside the folder, nothing hidden; only GET and HEAD")
  func refusals() throws {
    let course = try ServedCourse()
    defer { course.remove() }
    try Self.addFiles(to: course)
    for address in [
      "/../secret.txt", "/%2e%2e/secret.txt", "/%2E%2E%2Fsecret.txt", "/more/../../secret.txt",
      "/more/..%2f..%2fsecret.txt", "/.%2e/secret.txt", "/..%5csecret.txt", "//secret.txt",
      "/%252e%252e/secret.txt", "/more//index.html", "/./index.html", "/%00", "/index.html%00.css",
      "/%", "/%zz", "/out.txt", "/outside/secret.txt", "/.hidden.txt", "/.nibble-site", "/.nibble/",
      "/index.html/", "../secret.txt", "secret.txt", "http://127.0.0.1/../secret.txt", "*",
    ] {
      let answer = try course.ask("GET", address)
      #expect(answer.status == 404, "\(address)")
      #expect(!answer.text.contains("the secret"), "\(address)")
    }
    #expect(try course.ask("GET", "/more/shown.txt").body == "not the secret")

    let (head, get) = (try course.ask("HEAD", "/"), try course.ask("GET", "/"))
    #expect(head.status == 200 && head.body == "")
    #expect(head.headers == get.headers)
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
      let answer = try course.ask(method, "/")
      #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD", "\(method)")
    }
  }

  /// Files in the rendered folder that are not the site's, and a secret beside it.
  private static func addFiles(to course: ServedCourse) throws {
    _ = try course.folder.folder("site/public/more/empty")
    for (name, text) in [
      ("site/secret.txt", "the secret"), ("outside/secret.txt", "the secret"),
      ("site/public/.hidden.txt", "the secret"), ("site/public/more/shown.txt", "not the secret"),
      ("site/public/more/index.html", "<html><body>more</body></html>"),
      ("site/public/more/a b+é.css", "p {}"), ("site/public/more/data.made-up", "bytes"),
    ] {
      _ = try course.folder.file(name, text: text)
    }
    for (link, target) in [
      ("out.txt", "../secret.txt"), ("outside", "../../outside"), ("inside.css", "more/a b+é.css"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(course.folder.path)/site/public/\(link)", withDestinationPath: target)
    }
  }
}
