import Course

/// Makes a whole site in memory: the first page, one page a chapter, what stands at the back, and
/// the index that is searched.
///
/// A pure function of content and theme: the same in, the same out, byte for byte, and nothing is read
/// or written. `SiteWriter` puts the result on disk.
public struct SiteBuilder: Sendable {
  private let theme: Theme

  /// A builder that dresses pages in a theme.
  public init(theme: Theme) {
    self.theme = theme
  }

  /// Renders every page.
  ///
  /// - Parameter content: Chapters, what happened when they ran, and the bibliography. Chapters without
  ///   a result, and steps that did not end well, are shown as such.
  /// - Returns: The pages and the files beside them.
  /// - Throws: `SiteError.badTemplate` when a template asks for what its page does not have.
  public func build(_ content: SiteContent) throws(SiteError) -> RenderedSite {
    let site = SiteMap(content)
    let frame = PageFrame(template: theme.page, site: site)
    var pages: [SitePage] = []
    let home = try theme.home.filled(HomePage(site).values())
    pages.append(
      try frame.page(
        at: "index.html", kind: "home", title: content.title,
        description: HomePage.promise(of: content), root: "", current: nil, main: home))
    for index in content.chapters.indices {
      pages.append(try chapterPage(index, site: site, frame: frame))
    }
    for page in SiteMap.BackPage.allCases where site.has(page) {
      pages.append(try backPage(page, site: site, frame: frame))
    }
    let index = SiteAsset(
      path: SiteMap.searchIndexPath, content: .bytes(Array(SearchIndex(site).script.utf8)))
    return RenderedSite(pages: pages, assets: theme.assets + [index] + images(of: content))
  }

  private func chapterPage(
    _ index: Int, site: SiteMap, frame: PageFrame
  ) throws(SiteError) -> SitePage {
    let chapter = site.content.chapters[index]
    let page = ChapterPage(index: index, site: site)
    return try frame.page(
      at: "\(chapter.id)/index.html", kind: "chapter", title: site.title(of: chapter),
      description: chapter.frontMatter.question, root: SiteMap.root(ofChapter: chapter.id),
      current: chapter, main: try theme.chapter.filled(page.values()))
  }

  private func backPage(
    _ page: SiteMap.BackPage, site: SiteMap, frame: PageFrame
  ) throws(SiteError) -> SitePage {
    let main =
      switch page {
      case .claims: try theme.claims.filled(ClaimsPage(site).values())
      case .methods: try theme.methods.filled(MethodsPage(site).values())
      case .glossary: try theme.glossary.filled(GlossaryPage(site).values())
      case .bibliography: try theme.bibliography.filled(BibliographyPage(site).values())
      }
    return try frame.page(
      at: page.path, kind: "back \(page)", title: page.title, description: page.about,
      root: "../", current: nil, main: main)
  }

  private func images(of content: SiteContent) -> [SiteAsset] {
    guard let folder = content.chaptersFolder else { return [] }
    var files: Set<String> = []
    for chapter in content.chapters {
      for case .image(let source, _, _) in BlockWalk.inlines(of: chapter.blocks) {
        if let file = SiteMap.imageFile(source, in: chapter) { files.insert(file) }
      }
    }
    return files.sorted().map { file in
      SiteAsset(path: "images/\(file)", content: .file("\(folder)/\(file)"))
    }
  }
}
