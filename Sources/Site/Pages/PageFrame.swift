import Course

/// The frame around every page: head, contents, persona switch.
struct PageFrame {
  private let template: Template
  private let site: SiteMap
  /// What every page has.
  private let frame: [String: Template.Value]

  init(template: Template, site: SiteMap) {
    self.template = template
    self.site = site
    let content = site.content
    var used = Set((content.opening?.starts ?? []).flatMap(\.personas))
    for chapter in content.chapters {
      for block in BlockWalk.all(chapter.blocks) {
        if case .audience(let personas, _) = block.kind { used.formUnion(personas) }
      }
    }
    let personas = Persona.allCases.filter { used.contains($0.rawValue) }.map { persona in
      ["id": Template.Value.text(persona.rawValue), "name": .text(persona.name)]
    }
    frame = [
      "siteTitle": .text(content.title),
      "courseKey": .text(ProvenNumberCheck.slug(content.title)),
      "mainAnchor": .text(SiteMap.mainAnchor),
      "hasBack": .flag(SiteMap.BackPage.allCases.contains(where: site.has)),
      "personas": .list(personas),
      "hasPersonas": .flag(!personas.isEmpty),
    ]
  }

  /// A page in the frame.
  func page(
    at path: String, kind: String, title: String, description: String, root: String,
    current: Chapter?, main: String
  ) throws(SiteError) -> SitePage {
    let siteTitle = site.content.title
    func back(_ page: SiteMap.BackPage, at address: String) -> Template.Value {
      .text(site.has(page) ? root + address : "")
    }
    let html = try template.filled(
      frame.merging([
        "title": .text(title == siteTitle ? title : "\(title) · \(siteTitle)"),
        "description": .text(description),
        "root": .text(root),
        "path": .text(path),
        "home": .text("\(root)index.html"),
        "searchIndex": .text(root + SiteMap.searchIndexPath),
        "claims": back(.claims, at: SiteMap.claimsPath),
        "methods": back(.methods, at: SiteMap.methodsPath),
        "glossary": back(.glossary, at: SiteMap.glossaryPath),
        "bibliography": back(.bibliography, at: SiteMap.bibliographyPath),
        "isClaims": .flag(path == SiteMap.claimsPath),
        "isMethods": .flag(path == SiteMap.methodsPath),
        "isGlossary": .flag(path == SiteMap.glossaryPath),
        "isBibliography": .flag(path == SiteMap.bibliographyPath),
        "pageKind": .text(kind),
        "chapterID": .text(current?.id ?? ""),
        "parts": .list(
          Contents.parts(of: site, root: root) { chapter in
            let isCurrent = chapter.id == current?.id
            let sections = isCurrent ? Contents.sections(of: chapter, site: site) : []
            return ["isCurrent": .flag(isCurrent), "sections": .list(sections)]
          }),
        "main": .html(main),
      ]) { _, own in own })
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
        "id": .text(chapter.id),
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
