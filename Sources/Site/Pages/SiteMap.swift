import Course

/// Where every page of a site stands, and where a chapter's links lead on it.
struct SiteMap {
  let content: SiteContent
  private let chapterIDs: Set<String>

  /// The skip link's target on every page.
  static let mainAnchor = "_main"
  /// The claims ledger.
  static let claimsPath = "claims/index.html"
  /// The bibliography.
  static let bibliographyPath = "bibliography/index.html"
  /// The glossary.
  static let glossaryPath = "glossary/index.html"
  /// The table of methods.
  static let methodsPath = "methods/index.html"
  /// What is searched, as a script that is loaded when somebody searches.
  static let searchIndexPath = "assets/search-index.js"

  /// The pages behind the chapters; a course has those that have something on them.
  enum BackPage: CaseIterable {
    case claims
    case methods
    case glossary
    case bibliography

    /// Where it stands under the site's root.
    var path: String {
      switch self {
      case .claims: claimsPath
      case .methods: methodsPath
      case .glossary: glossaryPath
      case .bibliography: bibliographyPath
      }
    }

    /// What it is called.
    var title: String {
      switch self {
      case .claims: "The claims ledger"
      case .methods: "Methods side by side"
      case .glossary: "Glossary"
      case .bibliography: "Bibliography"
      }
    }

    /// What it holds, in a sentence.
    var about: String {
      switch self {
      case .claims: "Every claim of the course with the verdict its numbers gave."
      case .methods:
        "Every method the engine knows, what it needs, what it stores, where it comes from."
      case .glossary: "The words of the course, each with the chapters that use it."
      case .bibliography: "The sources that the chapters cite."
      }
    }
  }

  /// Whether the course has a page.
  func has(_ page: BackPage) -> Bool {
    switch page {
    case .claims:
      content.bibliography?.miscitations.isEmpty == false
        || content.chapters.contains { chapter in
          BlockWalk.all(chapter.blocks).contains { block in
            if case .claim = block.kind { true } else { false }
          }
        }
    case .methods: !content.methods.isEmpty
    case .glossary: content.glossary?.entries.isEmpty == false
    case .bibliography: content.bibliography?.entries.isEmpty == false
    }
  }

  init(_ content: SiteContent) {
    self.content = content
    chapterIDs = Set(content.chapters.map(\.id))
  }

  /// The page of a chapter, as an address from the site's root.
  static func address(ofChapter id: String) -> String {
    LinkDestination.encoded(name: "\(id)/index.html")
  }

  /// From a chapter's page back to the root: one step up for each folder.
  static func root(ofChapter id: String) -> String {
    String(repeating: "../", count: id.split(separator: "/").count)
  }

  /// The anchor of a source on the bibliography page.
  static func sourceAnchor(_ id: String) -> String { ChapterRenderer.anchor(id) }

  func title(of chapter: Chapter) -> String {
    chapter.frontMatter.title.isEmpty ? chapter.id : chapter.frontMatter.title
  }

  /// The address a link of a chapter has on its page; nil when it may not be followed.
  ///
  /// A link to another chapter's `.md` leads to that chapter's page.
  func address(
    of destination: String, in chapter: Chapter, root: String, here: String
  ) -> String? {
    switch LinkDestination(destination) {
    case .refused: return nil
    case .external(let address): return address
    case .anchor(let anchor): return here + "#" + LinkDestination.encoded(anchor)
    case .path(let path, let fragment):
      let suffix = fragment.map { "#" + LinkDestination.encoded($0) } ?? ""
      guard let resolved = Self.resolved(path, fromFolderOf: chapter.id) else { return nil }
      if resolved.hasSuffix(".md"), chapterIDs.contains(String(resolved.dropLast(3))) {
        return root + Self.address(ofChapter: String(resolved.dropLast(3))) + suffix
      }
      return path.hasPrefix("/") ? nil : root + resolved + suffix
    }
  }

  /// Where an image of the course stands on the site; nil for anything that is not such an image.
  func imagePath(of source: String, in chapter: Chapter) -> String? {
    guard content.chaptersFolder != nil, let file = Self.imageFile(source, in: chapter) else {
      return nil
    }
    return "images/" + file
  }

  /// The image's path under the chapters folder, when it stays inside it and is an image by name.
  static func imageFile(_ source: String, in chapter: Chapter) -> String? {
    guard case .path(let path, _) = LinkDestination(source), !path.hasPrefix("/"),
      let resolved = resolved(path, fromFolderOf: chapter.id)
    else { return nil }
    let kinds = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"]
    return kinds.contains { resolved.lowercased().hasSuffix($0) } ? resolved : nil
  }

  /// The path from the root of the course, `.` and `..` followed; nil when it leaves the course.
  private static func resolved(_ path: String, fromFolderOf id: String) -> String? {
    var parts = id.split(separator: "/").dropLast().map(String.init)
    for part in path.split(separator: "/") {
      switch part {
      case ".": continue
      case "..":
        guard parts.popLast() != nil else { return nil }
      default: parts.append(String(part))
      }
    }
    return parts.isEmpty ? nil : parts.joined(separator: "/")
  }
}
