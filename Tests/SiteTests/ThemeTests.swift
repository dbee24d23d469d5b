import Foundation
import Site
import Testing

/// The theme that is published, and where it is found.
///
/// Evidence: by law and by another framework (tidy).
@Suite("Theme")
struct ThemeTests {
  @Test("text can be read on every paper: contrast 4.5 at least, light, dark and in print")
  func contrast() throws {
    let style = try String(
      contentsOfFile: "\(Fixture.themeFolder)/assets/nibble.css", encoding: .utf8)
    let blocks = style.components(separatedBy: ":root").dropFirst().map {
      $0.components(separatedBy: "}")[0]
    }
    let screen = try #require(blocks.first { $0.contains("light-dark(") })
    let print = try #require(blocks.first { $0.contains("--paper: #fff") })
    for palette in [colours(in: screen, side: 0), colours(in: screen, side: 1), colours(in: print)]
    {
      for paper in ["paper", "shade", "found"] {
        for ink in ["ink", "soft", "accent", "blue"] {
          let ratio = contrast(try #require(palette[ink]), try #require(palette[paper]))
          // WCAG 2.2, 1.4.3: 4.5 to 1 for text.
          #expect(ratio >= 4.5, "\(ink) on \(paper): \(ratio)")
        }
      }
    }
  }

  /// The colours a block names; of a pair the light (0) or the dark (1) one.
  private func colours(in block: String, side: Int = 0) -> [String: [Double]] {
    var colours: [String: [Double]] = [:]
    for declaration in block.split(separator: ";") {
      let parts = declaration.split(separator: ":").map {
        $0.trimmingCharacters(in: .whitespacesAndNewlines)
      }
      guard parts.count == 2 else { continue }
      let written = parts[1].split { "(), ".contains($0) }.filter { $0.hasPrefix("#") }
      guard written.indices.contains(side) else { continue }
      let digits = written[side].dropFirst()
      let full = digits.count == 3 ? digits.map { "\($0)\($0)" }.joined() : String(digits)
      let name = parts[0].components(separatedBy: "--").last ?? ""
      guard let value = Int(full, radix: 16) else { continue }
      colours[name] = [16, 8, 0].map { Double(value >> $0 & 255) / 255 }
    }
    return colours
  }

  /// WCAG's contrast ratio of two sRGB colours.
  private func contrast(_ one: [Double], _ other: [Double]) -> Double {
    func luminance(_ colour: [Double]) -> Double {
      let linear = colour.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
    let (light, dark) = (
      max(luminance(one), luminance(other)), min(luminance(one), luminance(other))
    )
    return (light + 0.05) / (dark + 0.05)
  }

  @Test("style and script load nothing")
  func nothingLoaded() throws {
    for asset in try Fixture.theme().assets {
      guard case .bytes(let bytes) = asset.content else { continue }
      // A drawing's namespace is a name that looks like an address; nothing is loaded from it.
      let text = String(decoding: bytes, as: UTF8.self)
        .replacingOccurrences(of: "xmlns=\"http://www.w3.org/2000/svg\"", with: "")
      #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("@import"))
      #expect(!text.contains("url(") && !text.contains("fetch("))
    }
  }

  @Test("the theme is looked for where the reader, the course and the command could have one")
  func places() throws {
    let places = ThemeLocation.candidates(
      chaptersFolder: "/book/Chapters", executable: "/opt/nibble/bin/nibble", environment: [:])
    #expect(places.prefix(2) == ["/book/Chapters/site", "/book/site"])
    #expect(places.contains("/opt/nibble/share/nibble/site"))
    let chosen = ThemeLocation.candidates(
      chaptersFolder: nil, executable: "/bin/nibble", environment: ["NIBBLE_THEME": "/mine"])
    #expect(chosen == ["/mine"])
    #expect(throws: SiteError.noTheme(looked: ["/nowhere"])) {
      try ThemeLocation.find(
        chaptersFolder: nil, executable: "/bin/nibble", environment: ["NIBBLE_THEME": "/nowhere"])
    }
    let found = try ThemeLocation.find(
      chaptersFolder: nil, executable: "/bin/nibble",
      environment: ["NIBBLE_THEME": Fixture.themeFolder])
    #expect(found == Fixture.themeFolder)
  }

  static let tidy = "/usr/bin/tidy"

  @Test(
    "HTML Tidy finds nothing to say about the book",
    .enabled(if: FileManager.default.isExecutableFile(atPath: tidy), "HTML Tidy is not installed"))
  func valid() throws {
    var pages = try PageSnapshotTests.book().pages
    for example in BlockSnapshotTests.cases {
      let chapter = Fixture.chapter(example.body)
      let result = Fixture.result(
        chapter, example.values, left: example.left, endings: example.endings,
        diagnostics: example.diagnostics)
      pages += try Fixture.site([chapter], results: [result]).pages.filter {
        $0.path.hasPrefix("01")
      }
    }
    try Fixture.inTemporaryFolder { folder in
      for page in pages {
        try write(page.html, to: "\(folder)/page.html")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.tidy)
        process.arguments = [
          "-q", "-e", "-utf8", "-f", "\(folder)/said.txt", "\(folder)/page.html",
        ]
        try process.run()
        process.waitUntilExit()
        let said = try String(contentsOfFile: "\(folder)/said.txt", encoding: .utf8)
        // Tidy 5.6 does not know ARIA 1.1's aria-current, which is valid HTML.
        let lines = said.split(separator: "\n").filter { !$0.contains("aria-current") }
        #expect(lines == [], "\(page.path)")
      }
    }
  }
}
