public import Course

/// Checks that every link of a site leads somewhere on it, and that pages load nothing from elsewhere.
public enum LinkCheck {
  /// One diagnostic for each broken link, doubled anchor, and thing loaded from the network.
  ///
  /// `path` and `line` of a diagnostic are those of the page, not of the chapter; its id is
  /// `broken-link`, `broken-anchor`, `doubled-anchor`, `refused-link` or `external-load`. Links that a
  /// reader follows out of the site are not checked: rendering never touches the network.
  public static func diagnostics(of site: RenderedSite) -> [Diagnostic] {
    let tags = Dictionary(
      site.pages.map { ($0.path, HTMLTags.tags(of: $0.html)) },
      uniquingKeysWith: { first, _ in first })
    let anchors = tags.mapValues { Set($0.compactMap { $0.attributes["id"] }) }
    let files = Set(site.assets.map(\.path)).union(site.pages.map(\.path))
    return site.pages.flatMap { page in
      diagnostics(of: page, tags: tags[page.path] ?? [], anchors: anchors, files: files)
    }
  }

  private static func diagnostics(
    of page: SitePage, tags: [HTMLTags.Tag], anchors: [String: Set<String>], files: Set<String>
  ) -> [Diagnostic] {
    var found: [Diagnostic] = []
    var seen: Set<String> = []
    for tag in tags {
      func report(_ id: String, _ summary: String) {
        found.append(Diagnostic(id: id, path: page.path, line: tag.line, summary: summary))
      }
      if let id = tag.attributes["id"], !seen.insert(id).inserted {
        report("doubled-anchor", "two elements have the anchor \(id)")
      }
      if let destination = tag.attributes["data-destination"] {
        report(
          "refused-link",
          "the link to \(destination) leads nowhere on the site; link to a chapter, an image beside "
            + "it, an anchor, or an http address")
      }
      let isLoaded = tag.name != "a"
      for name in ["href", "src", "poster", "data", "srcset", "action"] {
        guard let address = tag.attributes[name] else { continue }
        switch LinkDestination(address) {
        case .external(let address):
          if isLoaded { report("external-load", "<\(tag.name)> would load \(address)") }
        case .refused:
          report("broken-link", "<\(tag.name) \(name)> may not lead to \"\(address)\"")
        case .anchor(let anchor):
          if anchors[page.path]?.contains(decoded(anchor)) != true {
            report("broken-anchor", "no anchor #\(anchor) on this page")
          }
        case .path(let path, let fragment):
          guard let target = resolved(decoded(path), from: page.path), files.contains(target) else {
            report("broken-link", "no page or file \(path)")
            continue
          }
          if let fragment, let known = anchors[target], !known.contains(decoded(fragment)) {
            report("broken-anchor", "no anchor #\(fragment) on \(target)")
          }
        }
      }
    }
    return found
  }

  private static func resolved(_ path: String, from page: String) -> String? {
    guard !path.hasPrefix("/") else { return nil }
    var parts = page.split(separator: "/").dropLast().map(String.init)
    for part in path.split(separator: "/") {
      if part == "." { continue }
      if part == ".." {
        guard parts.popLast() != nil else { return nil }
      } else {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }

  private static func decoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
