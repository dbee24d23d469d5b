import Foundation
import Serving
import Testing

/// By hand: a folder with a secret beside it, asked in every way that a browser would and would not.
@Suite("a folder of pages, served")
struct PageServerTests {
  @Test("a page comes with its type, its length, and a script that is not on disk")
  func page() async throws {
    try await ServedFixture.serving { site in
      let answer = try site.ask("GET", "/")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
      #expect(answer.headers["cache-control"] == "no-cache")
      #expect(answer.headers["content-length"] == String(answer.body.utf8.count))
      #expect(answer.body.hasPrefix("<html><body>first"))
      #expect(answer.body.contains("<script src=\"/.nibble/reload.js\" data-version="))
      #expect(answer.body.hasSuffix("</script>\n</body></html>"))
      #expect(try site.onDisk("index.html") == "<html><body>first</body></html>")
      let script = try site.ask("GET", "/.nibble/reload.js")
      #expect(script.status == 200 && script.body.contains("EventSource(\"/.nibble/events\")"))
    }
  }

  @Test("other files come as they are")
  func files() async throws {
    try await ServedFixture.serving { site in
      let style = try site.ask("GET", "/one/a%20b+%C3%A9.css?cached=no")
      #expect(style.status == 200 && style.body == "p {}")
      #expect(style.headers["content-type"] == "text/css; charset=utf-8")
      let unknown = try site.ask("GET", "/one/data.made-up")
      #expect(unknown.headers["content-type"] == "application/octet-stream")
      #expect(unknown.headers["x-content-type-options"] == "nosniff")
      #expect(try site.ask("GET", "/inside.css").body == "p {}", "a link that stays inside")
    }
  }

  @Test("a folder's page is at its address with a slash, and without it leads there")
  func folders() async throws {
    try await ServedFixture.serving { site in
      #expect(try site.ask("GET", "/one/").body.contains("second"))
      let moved = try site.ask("GET", "/one")
      #expect(moved.status == 308 && moved.headers["location"] == "/one/")
      #expect(try site.ask("GET", "/one/empty/").status == 404, "a folder is never listed")
    }
  }

  @Test(
    "nothing from outside the folder, and nothing hidden",
    arguments: [
      "/../secret.txt", "/%2e%2e/secret.txt", "/%2E%2E%2Fsecret.txt", "/one/../../secret.txt",
      "/one/..%2f..%2fsecret.txt", "/.%2e/secret.txt", "//secret.txt", "/one//index.html",
      "/./index.html", "/%252e%252e/secret.txt", "/..%5csecret.txt", "/%00", "/index.html%00.css",
      "/%", "/%zz", "/out.txt", "/outside/secret.txt", "/.nibble-site", "/.nibble/",
      "../secret.txt",
      "secret.txt", "http://127.0.0.1/../secret.txt", "*",
    ])
  func refusals(address: String) async throws {
    try await ServedFixture.serving { site in
      let answer = try site.ask("GET", address)
      #expect(answer.status == 404, "\(address)")
      #expect(!answer.text.contains("the secret"), "\(address)")
    }
  }

  @Test("the page for what is not there leads back, and loads again when there is something")
  func missing() async throws {
    try await ServedFixture.serving { site in
      let answer = try site.ask("GET", "/nothing/here.html")
      #expect(answer.status == 404)
      #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
      #expect(answer.body.contains("<a href=\"/\">"))
      #expect(answer.body.contains("/.nibble/reload.js"))
    }
  }

  @Test("HEAD is the head of GET; anything else is refused")
  func methods() async throws {
    try await ServedFixture.serving { site in
      let (head, get) = (try site.ask("HEAD", "/"), try site.ask("GET", "/"))
      #expect(head.status == 200 && head.body == "")
      #expect(head.headers == get.headers)
      for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = try site.ask(method, "/")
        #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD", "\(method)")
      }
    }
  }

  @Test("a page that listens hears the state it shows, then each change, then what is wrong")
  func events() async throws {
    try await ServedFixture.serving { site in
      let shown = try site.version()
      let page = try LoopbackConnection(port: site.server.port)
      page.request("GET", "/.nibble/events")
      #expect(page.receive(until: { $0.contains("data: \(shown)\n") }))
      #expect(page.text.contains("Content-Type: text/event-stream"))
      site.server.reload()
      let newer = try site.version()
      #expect(newer != shown)
      #expect(page.receive(until: { $0.contains("data: \(newer)\n") }))
      site.server.tell("page.html:3: a mark\nand its line")
      let trouble = "event: trouble\ndata: page.html:3: a mark\ndata: and its line\n\n"
      #expect(page.receive(until: { $0.contains(trouble) }))
      #expect(try site.version() == newer, "trouble alone loads no page again")
    }
  }

  @Test("a page that was away while things changed finds out when it listens again")
  func catchingUp() async throws {
    try await ServedFixture.serving { site in
      let shown = try site.version()
      site.server.reload()
      let page = try LoopbackConnection(port: site.server.port)
      page.request("GET", "/.nibble/events")
      #expect(page.receive(until: { $0.contains("event: trouble") }))
      #expect(!page.text.contains("data: \(shown)\n"))
    }
  }

  @Test("a port that is taken is told; the first free one of many is found")
  func ports() async throws {
    try await ServedFixture.serving { site in
      let taken = site.server.port
      await #expect(throws: ServingError.portInUse(taken)) {
        _ = try await PageServer(folder: "/nowhere", port: taken)
      }
      await #expect(throws: ServingError.portsInUse(taken...taken)) {
        _ = try await PageServer.start(folder: "/nowhere", firstFreeOf: taken...taken)
      }
      let next = try await PageServer.start(folder: "/nowhere", firstFreeOf: taken...(taken + 50))
      #expect(next.port > taken && next.port <= taken + 50)
      let run = Task { try await next.run() }
      run.cancel()
      try await run.value
    }
  }

  @Test("who stops serving lets go of the port")
  func stopping() async throws {
    var port: UInt16 = 0
    try await ServedFixture.serving { site in
      port = site.server.port
      let answer = try site.ask("GET", "/")
      #expect(answer.status == 200)
    }
    #expect(throws: ServingError.self) { _ = try LoopbackConnection(port: port) }
  }
}
