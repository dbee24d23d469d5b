import ArgumentParser
import Foundation
import LoadTesting

/// `nibble load`: a model's server, pressed from outside and timed token by token.
struct LoadCommand: AsyncParsableCommand {
  /// Which distribution `--histogram` writes.
  enum Histogram: String, ExpressibleByArgument, CaseIterable {
    case token
    case firstToken = "first-token"
    case request
  }

  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Load a model's server by its address: time per token and per request, tokens/s.",
    discussion: """
      URL is a server (http://127.0.0.1:8000) or one of its interfaces: /v1/completions and \
      /v1/chat/completions of OpenAI's kind, /generate_stream and /generate of Text Generation \
      Inference's. A few small requests find out what it is; then it is pressed.

      --concurrency is a closed loop: so many users, each asking again once answered. --rate is an \
      open loop: requests begin when they are due, and are timed from then, so a server that stalls \
      cannot hide who waited. --target-p95 alone searches the most users that 95 of 100 tokens reach \
      in time; together with --concurrency or --rate it is a check, and what misses it ends with 1.

      Every run is bounded in requests and in time. Ctrl-C prints what has been measured, says that \
      it is partial, and ends with 130. Load only servers that are yours to load.

      Example: nibble load http://127.0.0.1:8000 --concurrency 8 --duration 30
      """
  )

  @Argument(help: ArgumentHelp("The server's address, http or https.", valueName: "URL"))
  var address: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Users at once, each asking again once answered (default 4).", valueName: "N")
  )
  var concurrency: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Requests a second, whether or not answered.", valueName: "R"))
  var rate: Double?

  @Option(
    help: "With --rate: even or poisson, gaps as of many independent users (default even).",
    transform: { try LoadCommand.named($0, among: LoadPlan.Arrivals.allCases) })
  var arrivals: LoadPlan.Arrivals?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seconds during which requests begin, each step of a search.", valueName: "S")
  )
  var duration = 10.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The most requests, each step of a search.", valueName: "count"))
  var requests = 10_000

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seconds that a request may take.", valueName: "S"))
  var timeout = 60.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Milliseconds per token that 95 of 100 are not to exceed (default 80).", valueName: "MS"))
  var targetP95: Double?

  @Flag(help: "Search the most users at once within --target-p95.")
  var search = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The most users that a search tries.", valueName: "N"))
  var maxConcurrency = 64

  @Option(
    help: ArgumentHelp(
      "openai-completions, openai-chat, tgi-stream or tgi (default: what URL says, or is found there).",
      valueName: "name"),
    transform: { try LoadCommand.named($0, among: ServerInterface.allCases) })
  var api: ServerInterface?

  @Option(
    help: ArgumentHelp(
      "The model's name in requests (default: the first that the server lists).", valueName: "name")
  )
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The environment variable with the API key; it is sent to URL as a bearer token.",
      valueName: "name"))
  var keyVariable: String?

  @Flag(help: "Ask for answers in one piece.")
  var noStream = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The most tokens of an answer.", valueName: "count"))
  var maxTokens = 64

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("What is asked; several are asked in turn.", valueName: "text"))
  var prompt: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file of prompts, one a line, or JSON lines with 'prompt' or 'text'.", valueName: "file"))
  var prompts: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Words of each made-up prompt, where none is given.", valueName: "count"))
  var promptWords = 64

  @Option(parsing: .unconditional, help: "The seed of made-up prompts and of arrivals.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Write the percentiles here, in milliseconds, as HdrHistogram's tools read them (.hgrm).",
      valueName: "file"))
  var histogram: String?

  @Option(help: "With --histogram: token, first-token or request.")
  var histogramOf = Histogram.token

  @Flag(help: "Replace --histogram if it exists.")
  var force = false

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if concurrency != nil, rate != nil {
      throw ValidationError("give --concurrency or --rate, not both")
    }
    if arrivals != nil, rate == nil { throw ValidationError("--arrivals goes with --rate") }
    if search, concurrency != nil || rate != nil {
      throw ValidationError("--search chooses the concurrency; leave --concurrency and --rate out")
    }
    if !prompt.isEmpty, prompts != nil {
      throw ValidationError("give --prompt or --prompts, not both")
    }
    if isSearch, histogram != nil {
      throw ValidationError("--histogram goes with one --concurrency or --rate, not with a search")
    }
    if noStream, histogramOf == .firstToken {
      throw ValidationError("an answer in one piece has no first token; leave --no-stream out")
    }
  }

  /// One of some names.
  private static func named<Choice: RawRepresentable<String>>(
    _ text: String, among choices: [Choice]
  ) throws -> Choice {
    guard let choice = Choice(rawValue: text) else {
      throw ValidationError("use one of \(choices.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// A target without a pace is searched.
  private var isSearch: Bool {
    search || (targetP95 != nil && concurrency == nil && rate == nil)
  }

  func run() async throws {
    let file = try histogram.map { try OutputFile($0, force: force) }
    let prompts = try promptSet()
    let pace: LoadPlan.Pace =
      if let rate { .open(rate: rate, arrivals: arrivals ?? .even) } else {
        .closed(concurrency: concurrency ?? 4)
      }
    let plan = try self.plan(pace)
    let search = try ConcurrencySearch(target: targetP95 ?? 80, maximum: maxConcurrency)
    let probe = ServerProbe(
      address: address, interface: api, model: model, key: try key(), streams: !noStream,
      timeout: timeout)
    Output.status("asking \(address) for two tokens")
    defer { Output.status("") }
    let endpoint = try await probe.endpoint(asking: prompts[0])
    let (json, target, wanted) = (self.json, targetP95, histogramOf)
    if isSearch {
      let run = LoadSearchRun(
        endpoint: endpoint, prompts: prompts, search: search, plan: self.plan, words: !json)
      let outcome = try await Interrupts.cancelling(
        Task {
          let outcome = try await run.run()
          try LoadSearchReport(endpoint, outcome, maxTokens: plan.maximumTokens).show(json: json)
          return outcome
        })
      if outcome.best == nil, !outcome.isPartial { throw Failure(.didNotHold) }
      return
    }
    let result = try await Interrupts.cancelling(
      Task {
        let test = LoadTest(endpoint: endpoint, prompts: prompts, plan: plan)
        let line = ProgressLine("load")
        let result = await test.run { line.show($0.share(of: plan), $0.words) }
        line.end()
        try LoadReport(endpoint, plan, result, target: target).show(json: json)
        if let file {
          try file.write(Array(test.distributions.chosen(wanted).percentileText.utf8))
        }
        return result
      })
    if result.isPartial { return }  // Ctrl-C has the last word
    if result.succeeded == 0 { throw Failure(.didNotHold, "no request had a whole answer") }
    if let target, !result.meets(target) { throw Failure(.didNotHold) }
  }

  private func plan(_ pace: LoadPlan.Pace) throws(LoadError) -> LoadPlan {
    try LoadPlan(
      pace: pace, duration: duration, requestLimit: requests, timeout: timeout,
      maximumTokens: maxTokens, seed: seed)
  }

  private func promptSet() throws -> PromptSet {
    if let prompts { return try PromptSet(file: prompts) }
    return try prompt.isEmpty ? PromptSet(seed: seed, words: promptWords) : PromptSet(prompt)
  }

  private func key() throws -> String? {
    guard let keyVariable else { return nil }
    guard let key = ProcessInfo.processInfo.environment[keyVariable], !key.isEmpty else {
      throw Failure(
        .usage, "--key-variable: there is nothing in the environment variable \(keyVariable)")
    }
    return key
  }
}

extension LoadDistributions {
  /// The one that was asked for.
  fileprivate func chosen(_ which: LoadCommand.Histogram) -> LatencyDistribution {
    switch which {
    case .token: perToken
    case .firstToken: timeToFirstToken
    case .request: perRequest
    }
  }
}
