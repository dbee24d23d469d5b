/// Numbers that others have published, to stand beside ours and never to be mixed with them.
enum PublishedTables {
  /// A row: what was quantized and how, and the perplexity on WikiText-2.
  struct Row: Encodable {
    let model: String
    let method: String
    let perplexity: Double
    let source: String
  }

  private static let gptqPaper = "Frantar et al. 2022, arXiv:2210.17323, table 3"
  private static let gptqReadme = "IST-DASLab/gptq, README"
  private static let awqPaper = "Lin et al. 2023, arXiv:2306.00978, table 4"

  /// Perplexity on WikiText-2, windows of 2,048 that do not overlap.
  static let rows: [Row] =
    rows(
      "OPT-125M", gptqPaper,
      [
        "fp16": 27.65, "rtn, 4 bits": 37.28, "gptq, 4 bits": 31.12, "rtn, 3 bits": 1300,
        "gptq, 3 bits": 53.85,
      ])
    + rows(
      "OPT-1.3B", gptqPaper,
      [
        "fp16": 14.63, "rtn, 4 bits": 48.17, "gptq, 4 bits": 15.47, "rtn, 3 bits": 13000,
        "gptq, 3 bits": 20.97,
      ])
    + rows(
      "OPT-6.7B", gptqPaper,
      [
        "fp16": 10.86, "rtn, 4 bits": 12.10, "gptq, 4 bits": 11.39, "rtn, 3 bits": 5800,
        "gptq, 3 bits": 14.86,
      ])
    + rows(
      "LLaMA-7B, act-order, true-sequential", gptqReadme,
      [
        "fp16": 5.68, "rtn, 4 bits": 6.29, "gptq, 4 bits": 6.09, "rtn, 3 bits": 25.54,
        "gptq, 3 bits": 8.07,
      ])
    + rows(
      "LLaMA-13B, act-order, true-sequential", gptqReadme,
      [
        "fp16": 5.09, "rtn, 4 bits": 5.53, "gptq, 4 bits": 5.36, "rtn, 3 bits": 11.4,
        "gptq, 3 bits": 6.63,
      ])
    + rows(
      "LLaMA-2-13B, groups of 128", awqPaper,
      [
        "fp16": 4.88, "rtn, 4 bits": 4.98, "gptq, 4 bits": 4.98, "rtn, 3 bits": 5.52,
        "gptq, 3 bits": 5.48,
      ])

  private static func rows(
    _ model: String, _ source: String, _ values: [String: Double]
  ) -> [Row] {
    ["fp16", "rtn, 4 bits", "gptq, 4 bits", "rtn, 3 bits", "gptq, 3 bits"].compactMap { method in
      values[method].map { Row(model: model, method: method, perplexity: $0, source: source) }
    }
  }
}
