/// A page: where it stands under the output folder, and its HTML.
public struct SitePage: Hashable, Sendable {
  /// Such as `03-rounding/index.html`.
  public let path: String
  /// The whole document.
  public let html: String

  /// A page at a path.
  public init(path: String, html: String) {
    self.path = path
    self.html = html
  }
}

/// A file that stands beside the pages: style, script, image.
public struct SiteAsset: Hashable, Sendable {
  /// Where a file's bytes come from.
  public enum Content: Hashable, Sendable {
    /// The bytes themselves.
    case bytes([UInt8])
    /// A file to copy.
    case file(String)
  }

  /// Such as `assets/nibble.css`.
  public let path: String
  /// Its bytes, or where they are.
  public let content: Content

  /// A file at a path.
  public init(path: String, content: Content) {
    self.path = path
    self.content = content
  }
}

/// A whole site in memory: what `SiteWriter` writes and `LinkCheck` reads.
public struct RenderedSite: Sendable {
  /// The pages, the first page first, chapters in order.
  public let pages: [SitePage]
  /// The files beside them.
  public let assets: [SiteAsset]

  /// A site of pages and files.
  public init(pages: [SitePage], assets: [SiteAsset]) {
    self.pages = pages
    self.assets = assets
  }
}
