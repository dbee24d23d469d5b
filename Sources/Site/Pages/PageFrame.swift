import Course

/// The frame around every page: head, contents, persona switch.
struct PageFrame {
  private let template: Template
  private let site: SiteMap
  private let personas: [[String: Template.Value]]

  init(template: Template, site: SiteMap) {
    self.template = template
    self.site = site
    var used: Set<String> = []
    for chapter in site.content.chapters {
      for block in BlockWalk.all(chapter.blocks) {
        if case .audience(let personas, _) = block.kind { used.formUnion(personas) }
      }
    }
    personas = Persona.allCases.filter { used.contains($0.rawValue) }.map { persona in
      ["id": .text(persona.rawValue), "name": .text(persona.name)]
    }
  }

  /// A page in the frame.
  func page(
    at path: String, title: String, description: String, root: String, current: Chapter?,
    main: String
  ) throws(SiteError) -> SitePage {
    let siteTitle = site.content.title
    let html = try template.filled([
      "title": .text(title == siteTitle ? title : "\(title) · \(siteTitle)"),
      "description": .text(description),
      "siteTitle": .text(siteTitle),
      "root": .text(root),
      "home": .text("\(root)index.html"),
      "claims": .text("\(root)\(SiteMap.claimsPath)"),
      "bibliography": .text("\(root)\(SiteMap.bibliographyPath)"),
      "mainAnchor": .text(SiteMap.mainAnchor),
      "pageKind": .text(current == nil ? "front" : "chapter"),
      "parts": .list(
        Contents.parts(of: site, root: root) { chapter in
          let isCurrent = chapter.id == current?.id
          let sections = isCurrent ? Contents.sections(of: chapter, site: site) : []
          return ["isCurrent": .flag(isCurrent), "sections": .list(sections)]
        }),
      "personas": .list(personas),
      "main": .html(main),
    ])
    return SitePage(path: path, html: html)
  }
}

/// The chapters by part, as templates list them.
enum Contents {
  /// The parts in order of first appearance, each with its chapters; `adding` gives further fields.
  static func parts(
    of site: SiteMap, root: String, adding: (Chapter) -> [String: Template.Value]
  ) -> [[String: Template.Value]] {
    var order: [String] = []
    var members: [String: [[String: Template.Value]]] = [:]
    for chapter in site.content.chapters {
      let part = chapter.frontMatter.part
      if members[part] == nil { order.append(part) }
      let fields: [String: Template.Value] = [
        "address": .text(root + SiteMap.address(ofChapter: chapter.id)),
        "title": .text(site.title(of: chapter)),
        "number": .text(number(of: chapter)),
        "question": .text(chapter.frontMatter.question),
        "minutes": .text(minutes(chapter.frontMatter.minutes)),
      ]
      members[part, default: []].append(fields.merging(adding(chapter)) { _, added in added })
    }
    return order.map { part in
      ["part": .text(part), "chapters": .list(members[part] ?? [])]
    }
  }

  /// The sections of a chapter's page.
  static func sections(of chapter: Chapter, site: SiteMap) -> [[String: Template.Value]] {
    ChapterRenderer.sections(of: chapter).map { section in
      [
        "anchor": .text("#" + LinkDestination.encoded(name: section.anchor)),
        "section": .text(section.text),
      ]
    }
  }

  /// `20 minutes`, or nothing when the chapter does not say.
  static func minutes(_ minutes: Int) -> String {
    minutes <= 0 ? "" : minutes == 1 ? "1 minute" : "\(minutes) minutes"
  }

  /// The number a chapter's file name starts with, without leading zeros; empty when it has none.
  static func number(of chapter: Chapter) -> String {
    let name = chapter.id.split(separator: "/").last ?? ""
    return Int(name.prefix { $0.isASCII && $0.isNumber }).map(String.init) ?? ""
  }
}
