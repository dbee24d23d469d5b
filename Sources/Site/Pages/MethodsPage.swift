/// The methods side by side: one table to compare, and a section for each.
struct MethodsPage {
  private let site: SiteMap

  init(_ site: SiteMap) {
    self.site = site
  }

  /// The template's values.
  func values() -> [String: Template.Value] {
    let methods = site.content.methods
    return [
      "count": .text(Counted.text(methods.count, "method")),
      "methods": .list(
        methods.map { method in
          let anchor = Self.anchor(of: method)
          return [
            "anchor": .text(anchor),
            "link": .text("#" + LinkDestination.encoded(name: anchor)),
            "name": .text(method.name),
            "summary": .text(Self.sentence(method.summary)),
            "needs": .text(method.needs.isEmpty ? "nothing" : method.needs),
            "bits": .text(method.bits),
            "options": .html(HTMLText.words(of: method.options.joined(separator: " "))),
            "source": .text(method.source),
          ]
        }),
    ]
  }

  /// The anchor of a method on the page.
  static func anchor(of method: SiteMethod) -> String { ChapterRenderer.anchor(method.name) }

  /// A summary that begins a sentence; the template ends it.
  private static func sentence(_ text: String) -> String {
    (text.first?.uppercased() ?? "") + text.dropFirst()
  }
}
