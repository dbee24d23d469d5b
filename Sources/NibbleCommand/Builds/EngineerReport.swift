import Foundation
import Models
import Pipelines
import StepRecords

/// What the engineer's build has to say.
struct EngineerReport {
  private let findings: DeploymentFindings
  private let model: BuildModel
  private let text: String
  private let job: BuildJob

  init(_ findings: DeploymentFindings, model: BuildModel, text: String, job: BuildJob) {
    self.findings = findings
    self.model = model
    self.text = text
    self.job = job
  }

  private var study: DeploymentStudy { findings.study }
  private var cases: [LatencyCase] { findings.packedLatency.cases }
  private var lengths: [Int] { Set(cases.map(\.promptLength)).sorted() }

  var document: BuildDocument {
    var document = BuildDocument(
      over: "\(model.name), \(text), \(findings.tokens) scored tokens",
      title: findings.canBeServed
        ? "\(study.bits) bits can be served" : "\(study.bits) bits cannot be served",
      question: "Is it good enough, is it fast enough, and what does it take?")
    addQuality(to: &document)
    addBatch(to: &document)
    addTimes(to: &document)
    addMemory(to: &document)
    addElsewhere(to: &document)
    return document
  }

  // MARK: Quality

  private func addQuality(to document: inout BuildDocument) {
    func row(_ name: String, _ quality: StudyQuality) -> [String] {
      [
        name, ReportWords.number(quality.perplexity),
        "\(ReportWords.number(quality.logRatio)) ± \(ReportWords.number(quality.logRatioError))",
        "\(ReportWords.number(quality.divergence)) ± \(ReportWords.number(quality.divergenceError))",
      ]
    }
    document.add(
      .heading("Good enough?"),
      .paragraph(
        "As it would be served, perplexity is \(ReportWords.number(findings.packedPerplexity)), and "
          + "\(ReportWords.number(findings.floatPerplexity)) in float: a rise of \(ReportWords.number(findings.rise)) with a "
          + "standard error of \(ReportWords.number(findings.riseError)); "
          + "\(ReportWords.number(study.allowance)) is allowed. \(findings.isAllowed ? "It holds." : "It does not hold.")"
      ),
      .table(
        ["Model", "perplexity", "ln of its ratio to float", "KL, nats a token"],
        [["float", ReportWords.number(findings.floatPerplexity), "", ""]]
          + [row("rtn, \(study.bits) bits", findings.nearest)]
          + [row("gptq, \(study.bits) bits, as served", findings.packed)]),
      .paragraph(
        "± is one standard error over the tokens, which both models have read. \(findings.packedLayers) of "
          + "\(findings.layers) linear layers are computed from packed codes, in groups of \(study.groupSize)."
      ))
  }

  // MARK: Time

  private func addBatch(to document: inout BuildDocument) {
    let target = ReportWords.number(study.target)
    let longest = lengths.last ?? 0
    let own = findings.largestBatch.flatMap {
      findings.packedLatency.latencyCase(batch: $0, promptLength: longest)
    }
    let isOpen = findings.largestBatch == cases.map(\.batch).max()
    document.add(
      .heading("Fast enough?"),
      .paragraph(
        findings.largestBatch.map {
          "On this machine, as busy as it was, serve up to \($0) texts at a time: the largest batch measured whose tokens come "
            + "within \(target) ms in 95 of 100 cases, for every length of prompt."
            + (isOpen ? " A larger one was not tried." : "")
        }
          ?? "On this machine, as busy as it was, not even one text at a time has its tokens within \(target) ms in 95 of 100 "
          + "cases."),
      .paragraph(
        (own.map {
          "With prompts of \(longest) tokens such a batch gives \(ReportWords.number($0.tokensPerSecond)) tokens a second, a "
            + "token every \(ReportWords.number($0.perToken.p95)) ms or sooner in 95 of 100 cases, an answer of "
            + "\(findings.packedLatency.study.newTokens) tokens within \(ReportWords.number($0.perRequest.p95)) ms, and takes "
            + "\(Figures.bytes(findings.packedLatency.weightBytes + $0.cacheBytes)) of memory. "
        } ?? "")
          + "A larger batch makes more tokens a second and each of them later; the target says where to stop."
      ))
  }

  private func addTimes(to document: inout BuildDocument) {
    let asked = findings.packedLatency.study
    document.add(
      .chart(
        Chart(
          title: "Milliseconds a token, 95 of 100 within",
          alternative: "One line a length of prompt, by batch.",
          horizontal: "batch", vertical: .linear("per token", unit: "ms"),
          marks: lengths.map { length in
            let own = cases.filter { $0.promptLength == length }
            return .line(
              label: "prompt of \(length)", x: own.map { Double($0.batch) },
              y: own.map(\.perToken.p95))
          })),
      .paragraph("Per token, in milliseconds; every text of a batch waits for the same pass:"),
      .table(
        [
          "Batch, prompt", "float p50", "p95", "p99", "packed p50", "p95", "p99", "tokens a second",
        ],
        cases.map { own in
          let float = findings.floatLatency.latencyCase(
            batch: own.batch, promptLength: own.promptLength)
          return ["\(own.batch), \(own.promptLength)"]
            + (float.map { percentiles($0.perToken) } ?? ["", "", ""])
            + percentiles(own.perToken) + [ReportWords.number(own.tokensPerSecond)]
        }),
      .paragraph(
        "Per request, packed, in milliseconds: to the first token, and to the last of \(asked.newTokens):"
      ),
      .table(
        ["Batch, prompt", "first p50", "p95", "p99", "request p50", "p95", "p99", "requests"],
        cases.map { own in
          ["\(own.batch), \(own.promptLength)"] + percentiles(own.timeToFirstToken)
            + percentiles(own.perRequest) + ["\(own.perRequest.count)"]
        }),
      .paragraph(
        "Every percentile is a time that was measured: of \(asked.rounds) rounds the 95th and the 99th are the slowest; --seeds asks "
          + "for more rounds."))
  }

  private func percentiles(_ times: LatencyPercentiles) -> [String] {
    [times.p50, times.p95, times.p99].map(ReportWords.number)
  }

  // MARK: Memory

  private func addMemory(to document: inout BuildDocument) {
    let (float, packed) = (findings.floatLatency.weightBytes, findings.packedLatency.weightBytes)
    let largest = lengths.last ?? 0
    document.add(
      .heading("What it takes"),
      .paragraph(
        "A pass reads \(Figures.bytes(packed)) of weights, and \(Figures.bytes(float)) in float: "
          + "\(ReportWords.number(Double(float) / Double(max(1, packed)))) times less. Embeddings, norms and the head are kept as "
          + "they are. Each text adds keys and values of its own:"),
      .table(
        ["Batch, prompt", "keys and values", "with the weights"],
        cases.filter { $0.promptLength == largest }.map {
          [
            "\($0.batch), \($0.promptLength)", Figures.bytes($0.cacheBytes),
            Figures.bytes(packed + $0.cacheBytes),
          ]
        }))
  }

  // MARK: Elsewhere

  private func addElsewhere(to document: inout BuildDocument) {
    let path = BuildJob.quoted(model.path)
    let served = BuildJob.quoted(job.place) + "/checkpoint"
    let target = ReportWords.number(study.target)
    document.add(
      .heading("On a machine of your own"),
      .paragraph(
        "The times above are of the model in this process: no network, no queue. checkpoint/ is in GPTQ's format with "
          + "zero points, which transformers loads. vLLM takes symmetric codes alone: make and judge those for it, with your model "
          + "in place of this one, and ask there:"
      ),
      .code(
        """
        nibble eval --model \(served) --against \(path) --text HELD-OUT.txt
        nibble latency --model \(served) --target-p95 \(target)
        nibble quantize --model \(path) --out int4-symmetric --method gptq --bits \(study.bits) --group-size \(study.groupSize) --symmetric --calibration CALIBRATION.txt --format gptq
        nibble eval --model int4-symmetric --against \(path) --text HELD-OUT.txt
        vllm serve int4-symmetric --port 8000
        nibble load http://127.0.0.1:8000 --target-p95 \(target)
        nibble load http://127.0.0.1:8000 --rate 4 --arrivals poisson --duration 60
        """),
      .paragraph(
        "The first nibble load searches the most users at once whose tokens come in time; the last lets requests arrive whether or not the "
          + "others are answered, which is what users do. Both work with any server of OpenAI's interface or of Text Generation "
          + "Inference's, and count errors by their kind."))
  }
}
