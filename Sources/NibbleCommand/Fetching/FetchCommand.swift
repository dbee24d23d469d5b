import ArgumentParser
import Fetching
import Foundation

/// `nibble fetch`: published models and data sets, into the cache, checked.
struct FetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Bring a published model or data set into the cache, checked.",
    discussion: """
      What has been fetched is then known by its name: --model opt-125m, --dataset wikitext-2, --tasks \
      mmlu. It goes to models/NAME or datasets/NAME in the cache folder: NIBBLE_CACHE, or else \
      ~/.cache/nibble.

      Every file is held against the SHA-256 in the catalogue, and has its name only when it is that \
      file; before, it is NAME.part. Of MMLU, the archive is held against it, and then unpacked. A \
      broken connection is mended, and after Ctrl-C the same command goes on. Files that you place by \
      hand are checked and taken: --dry-run says which go where.

      A mirror serves the paths of huggingface.co: --mirror, or NIBBLE_MIRROR, or HF_ENDPOINT.

      Example: nibble fetch opt-125m
      """
  )

  @Argument(help: "What to fetch; --list has the names.")
  var name: String?

  @Flag(
    help: "List what there is, with sizes, licences and what is in the cache, to go by lengths.")
  var list = false

  @Option(help: ArgumentHelp("Ask this host instead of huggingface.co.", valueName: "URL"))
  var mirror: String?

  @Option(help: ArgumentHelp("Use this cache folder.", valueName: "folder"))
  var cache: String?

  @Flag(help: "Say which file goes where, and from where; fetch nothing.")
  var dryRun = false

  @Flag(help: "Replace a file that is there and is not the published one.")
  var force = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if list, name != nil { throw ValidationError("--list takes no name; it lists everything") }
    if !list, name == nil {
      throw ValidationError("there is nothing to fetch; give a name, or --list to see the names")
    }
    if list, dryRun || force { throw ValidationError("--dry-run and --force go with a name") }
    if list, mirror != nil {
      throw ValidationError("--mirror goes with a name; the list is of what is built in")
    }
    if cache?.isEmpty == true { throw ValidationError("--cache needs a folder, not \"\"") }
  }

  func run() throws {
    let cache =
      self.cache.map { CacheFolder(URL(fileURLWithPath: $0).standardizedFileURL.path) }
      ?? .standard
    guard let name else {
      try CatalogueListing(cache).show(json: json)
      return
    }
    let entry = try Catalogue.entry(named: name)
    let mirror = try Mirror.chosen(
      self.mirror, environment: ProcessInfo.processInfo.environment)
    if dryRun {
      try PlacementListing(entry, cache, mirror).show(json: json)
    } else {
      try fetch(entry, into: cache, from: mirror)
    }
  }

  private func fetch(
    _ entry: CatalogueEntry, into cache: CacheFolder, from mirror: Mirror
  ) throws {
    let narrator = FetchNarrator(entry)
    let fetcher = Fetcher(
      cache: cache, mirror: mirror, replaces: force, report: { narrator.tell($0) })
    let files: [FetchedFile]
    do {
      files = try Interrupts.cleaningUp(narrator.stop) { try fetcher.fetch(entry) }
      narrator.end()
    } catch let error as FetchError where error.callsForPlacing {
      narrator.end()
      // By their digests: with --force, a file of the right length may be the one to be replaced.
      let missing = Placement.missing(of: entry, in: cache, from: .huggingFace, reading: true)
      throw Failure(
        error.exitStatus,
        "\(error)\nWhoever gets the files by other means puts them here; the same command checks them:\n"
          + Placement.text(of: missing))
    } catch {
      narrator.end()
      throw error
    }
    let report = FetchReport(entry, files, folder: cache.folder(of: entry), mirror: mirror)
    if json {
      try Output.json(report)
    } else {
      for line in report.lines { Output.line(line) }
    }
    if cache != .standard {
      Output.note(
        "note: other commands look in \(CacheFolder.standard.path); set NIBBLE_CACHE=\(cache.path) "
          + "for them to know \(entry.name) by its name")
    }
  }
}

extension FetchError {
  /// The exit code of its kind.
  var exitStatus: ExitStatus {
    switch kind {
    case .badRequest: .usage
    case .unavailable: .noInput
    case .badData: .badData
    case .cannotWrite: .cannotWrite
    }
  }
}
