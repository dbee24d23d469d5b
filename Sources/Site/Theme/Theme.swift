internal import Foundation

/// What makes pages look as they do: templates, style, small scripts, read from a folder.
///
/// A designer edits `site/templates/*.html` and `site/assets/*` without touching Swift. Templates are
/// filled by name (see the folder's own README); everything in `assets` is copied as it is.
public struct Theme: Sendable {
  /// The frame every page stands in.
  let page: Template
  /// The inside of the first page.
  let home: Template
  /// The inside of a chapter's page.
  let chapter: Template
  /// The inside of the claims ledger.
  let claims: Template
  /// The inside of the table of methods.
  let methods: Template
  /// The inside of the glossary.
  let glossary: Template
  /// The inside of the bibliography.
  let bibliography: Template
  /// Everything that is copied, by path under the output folder.
  package let assets: [SiteAsset]

  /// Reads a theme from its folder.
  ///
  /// - Parameter folder: Holds `templates` with `page`, `home`, `chapter`, `claims`, `methods`,
  ///   `glossary` and `bibliography.html`, and `assets`.
  /// - Throws: `SiteError.unreadable` for a file that is missing, `SiteError.badTemplate` for a
  ///   template that does not parse.
  public init(folder: String) throws(SiteError) {
    func template(_ name: String) throws(SiteError) -> Template {
      let path = "\(folder)/templates/\(name).html"
      let bytes = try Theme.bytes(of: path)
      return try Template(String(decoding: bytes, as: UTF8.self), path: path)
    }
    page = try template("page")
    home = try template("home")
    chapter = try template("chapter")
    claims = try template("claims")
    methods = try template("methods")
    glossary = try template("glossary")
    bibliography = try template("bibliography")
    let names: [String]
    do {
      names = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/assets")
    } catch {
      throw .unreadable(path: "\(folder)/assets", reason: "not a folder that can be listed")
    }
    var assets: [SiteAsset] = []
    for name in names.sorted() where !name.split(separator: "/").contains(where: \.isHidden) {
      let path = "\(folder)/assets/\(name)"
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      guard exists, !isFolder.boolValue else { continue }
      assets.append(SiteAsset(path: "assets/\(name)", content: .bytes(try Theme.bytes(of: path))))
    }
    self.assets = assets
  }

  private static func bytes(of path: String) throws(SiteError) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unreadable(path: path, reason: "no such file, or no permission")
    }
    return [UInt8](data)
  }
}

extension Substring {
  fileprivate var isHidden: Bool { hasPrefix(".") }
}
