import Course
import Foundation
import Serving
import Site

/// `nibble site --serve`: pages at an address of this machine, rendered again whenever a file changes.
///
/// What cannot be rendered, such as a template with a mark too many, leaves the last good pages where
/// they are; the terminal says what is wrong, and open pages say it too. A chapter that does not hold
/// is no such thing: its page says so itself.
struct SiteServing {
  /// Tried in order when nobody asked for a port.
  private static let ports: ClosedRange<UInt16> = 8000...8099

  let course: CourseOptions
  let out: String
  let port: Int?

  /// Serves until it is stopped.
  func run() async throws {
    let pages = try await CoursePages(of: course, out: out)
    // The watcher knows the files from before they are read, so no save is missed.
    let watcher = ChapterWatcher(
      paths: [course.path], everythingIn: [try pages.themeFolder()], except: [out])
    let server = try await start()
    let (out, progress) = (out, Progress())
    let task = Task {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        group.addTask {
          try await Rerun.always(watcher) { changed in
            try await render(pages, changed: changed, for: server, into: out, progress)
          }
        }
        // Neither ends by itself but by an error.
        try await group.next()
        group.cancelAll()
      }
    }
    try await Interrupts.cancelling(task)
  }

  private func start() async throws -> PageServer {
    if let port = port.flatMap({ UInt16(exactly: $0) }) {
      return try await PageServer(folder: out, port: port)
    }
    return try await PageServer.start(folder: out, firstFreeOf: Self.ports)
  }
}

/// Whether there are pages to show already, and whether they are the newest.
private actor Progress {
  var hasPages = false
  var isTroubled = false

  func set(hasPages: Bool? = nil, isTroubled: Bool) {
    self.hasPages = hasPages ?? self.hasPages
    self.isTroubled = isTroubled
  }
}

/// Renders once, and tells the terminal and open pages what came of it.
@Sendable
private func render(
  _ pages: CoursePages, changed: Set<String>, for server: PageServer, into out: String,
  _ progress: Progress
) async throws {
  do {
    let rendering = try await pages.render(changed: changed)
    let isFirst = await !progress.hasPages
    for words in summaries(of: rendering, isFirst: isFirst) { Output.line(words) }
    for fault in rendering.folder.diagnostics {
      Output.note("\(fault.path):\(fault.line): \(fault.summary)")
    }
    let report = rendering.report
    if isFirst || !report.written.isEmpty || !report.removed.isEmpty {
      Output.line(report.line(for: out, pages: rendering.site.pages.count))
      server.reload()
    } else if await progress.isTroubled {
      Output.line("\(out): as it was")
    }
    server.tell(nil)
    await progress.set(hasPages: true, isTroubled: false)
    if isFirst {
      Output.line("serving \(server.address)")
      Output.note("watching chapters and theme; Ctrl-C ends")
    }
  } catch {
    // What is wrong before there is any page, such as a folder that is not there, ends the command.
    guard await progress.hasPages, !Task.isCancelled else { throw error }
    let (_, words) = TerminalReport.words(for: error)
    Output.note("nibble: \(words)")
    server.tell(words)
    await progress.set(isTroubled: true)
  }
}

/// What is to be said of chapters: at first of those that did not hold, later of each that is new.
private func summaries(of rendering: CoursePages.Rendering, isFirst: Bool) -> [String] {
  let results = Dictionary(
    rendering.results.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  return rendering.fresh.flatMap { parsed -> [String] in
    guard let result = results[parsed.chapter.id], !isFirst || !result.held else { return [] }
    let summary = ChapterSummary(chapter: parsed.chapter, result: result)
    return [summary.line] + summary.failures
  }
}
