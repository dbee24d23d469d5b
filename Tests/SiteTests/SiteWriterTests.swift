import Foundation
import Site
import Testing

/// Writing a site.
///
/// Evidence: by hand, in a temporary folder.
@Suite("Writing a site")
struct SiteWriterTests {
  private func site(_ pages: [String: String]) -> RenderedSite {
    RenderedSite(
      pages: pages.sorted { $0.key < $1.key }.map { SitePage(path: $0.key, html: $0.value) },
      assets: [SiteAsset(path: "assets/a.css", content: .bytes([1, 2]))])
  }

  @Test("a second writing changes only what changed, and removes what is gone")
  func rewriting() throws {
    try Fixture.inTemporaryFolder { folder in
      let writer = SiteWriter(folder: "\(folder)/out")
      let first = try writer.write(site(["index.html": "a", "old/index.html": "b"]))
      #expect(first.written == ["index.html", "old/index.html", "assets/a.css"])
      let second = try writer.write(site(["index.html": "c"]))
      #expect(second.written == ["index.html"])
      #expect(second.unchanged == ["assets/a.css"])
      #expect(second.removed == ["old/index.html"])
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/out/old"))
      #expect(try String(contentsOfFile: "\(folder)/out/index.html", encoding: .utf8) == "c")
    }
  }

  @Test("a folder with somebody else's files is left as it is")
  func foreignFolder() throws {
    try Fixture.inTemporaryFolder { folder in
      try write("mine", to: "\(folder)/notes.txt")
      let error = #expect(throws: SiteError.self) {
        try SiteWriter(folder: folder).write(site(["index.html": "a"]))
      }
      #expect(error == .foreignFolder(path: folder, example: "notes.txt"))
      #expect(error?.isOutputRefused == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes.txt"])
    }
  }

  @Test("a file put into our folder is neither replaced nor removed")
  func foreignFile() throws {
    try Fixture.inTemporaryFolder { folder in
      let writer = SiteWriter(folder: folder)
      _ = try writer.write(site(["index.html": "a"]))
      try write("mine", to: "\(folder)/new.html")
      #expect(throws: SiteError.foreignFolder(path: folder, example: "new.html")) {
        try writer.write(site(["index.html": "b", "new.html": "theirs"]))
      }
      #expect(try String(contentsOfFile: "\(folder)/index.html", encoding: .utf8) == "a")
      _ = try writer.write(site([:]))
      #expect(try String(contentsOfFile: "\(folder)/new.html", encoding: .utf8) == "mine")
    }
  }

  @Test("a page cannot leave its folder")
  func paths() throws {
    try Fixture.inTemporaryFolder { folder in
      for path in ["../out.html", "/tmp/out.html", ".nibble-site", ""] {
        #expect(throws: SiteError.self) {
          try SiteWriter(folder: "\(folder)/out").write(site([path: "a"]))
        }
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.html"))
    }
  }

  @Test("an image that is not there is named")
  func missingImage() throws {
    try Fixture.inTemporaryFolder { folder in
      let site = RenderedSite(
        pages: [], assets: [SiteAsset(path: "images/a.png", content: .file("\(folder)/a.png"))])
      let error = #expect(throws: SiteError.self) {
        try SiteWriter(folder: "\(folder)/out").write(site)
      }
      #expect(error?.description.contains("\(folder)/a.png") == true)
    }
  }
}
