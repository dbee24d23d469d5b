import Foundation
import Models
import Tensors
import Terminal
import Tokenizers

/// What a model's linear layers were given while it read a text.
struct ActivationReport: Encodable {
  /// One input, which several layers may share.
  struct Input: Encodable {
    let block: Int
    let roles: [String]
    /// The weights that read it, by their names in the checkpoint.
    let weights: [String]
    let channels: ChannelReport
    /// Excess kurtosis of all values; absent where all are alike.
    let kurtosis: Double?
    /// Channels that reached the threshold at least once.
    let outlierChannels: [OutlierChannel]

    var name: String { "\(block) " + roles.joined(separator: ", ") }
  }

  /// A channel that reached the threshold, and in what share of the tokens.
  struct OutlierChannel: Encodable {
    let channel: Int
    let share: Double
  }

  let text: String
  let tokens: Int
  let windows: Int
  /// The token that each window begins with, if any.
  let beginningToken: Int?
  /// The magnitude of LLM.int8().
  let threshold: Float
  /// How many medians make an outlier.
  let ratio = ChannelReport.outlierRatio
  /// Channels that are outliers in a quarter of the blocks and in 6% of the tokens.
  let systematicChannels: [Int]
  let inputs: [Input]

  /// Reads a text with a model.
  ///
  /// - Parameters:
  ///   - model: The model and its tokenizer.
  ///   - file: Where the text was.
  ///   - words: The text.
  ///   - limit: How many of its tokens are read at most.
  /// - Throws: `Failure` for a text without tokens, and what tokenizer and model throw.
  init(_ model: TextModel, text file: String, _ words: String, limit: Int) throws {
    let ids = Array(try model.tokenizer.encode(words).prefix(limit))
    guard !ids.isEmpty else {
      throw Failure(.badData, "\(file): there is no token in it; a few hundred say something")
    }
    let beginning = model.tokenizer.template.prefix.first
    let positions = min(2048, model.transformer.configuration.contextLength)
    let length = max(1, positions - (beginning == nil ? 0 : 1))
    let starts = Array(stride(from: 0, to: ids.count, by: length))
    var survey = InputSurvey()
    let progress = ProgressLine("reading \(file.lastPathName)")
    defer { progress.end() }
    for (place, start) in starts.enumerated() {
      let window = ids[start..<min(start + length, ids.count)]
      try survey.add((beginning.map { [$0] } ?? []) + window, to: model.transformer)
      progress.show(Double(place + 1) / Double(starts.count))
    }
    self.text = file
    tokens = ids.count
    windows = starts.count
    beginningToken = beginning
    threshold = survey.threshold
    systematicChannels = survey.systematicChannels
    inputs = survey.profiles.map { Input($0, of: model.transformer) }
  }

  /// The map, and a row of figures an input.
  func lines(width: Int) -> [StyledLine] {
    let map = OutlierMap(
      title: "Inputs of the linear layers over \(tokens) tokens: the largest |x| of each channel",
      rows: inputs.map { OutlierMap.Row(name: $0.name, magnitudes: $0.channels.magnitudes) })
    let header = [
      "input", "median", "kurtosis", "≥ \(Int(threshold))", "≥ \(Int(ratio))×", "largest",
    ]
    let table = ColumnTable(
      alignments: [.left, .right, .right, .right, .right, .left],
      header: header.map { [Span($0)] },
      rows: inputs.map { input in
        [
          input.name, String(format: "%.4g", input.channels.median),
          input.kurtosis.map { String(format: "%.4g", $0) } ?? "-",
          "\(input.outlierChannels.count)",
          "\(input.channels.outliers.count)", input.channels.largest(3),
        ].map { [Span($0)] }
      })
    let systematic =
      systematicChannels.isEmpty
      ? "none" : systematicChannels.map(String.init).joined(separator: ", ")
    let words =
      "≥ \(Int(threshold)): channels with a value of magnitude \(Int(threshold)) or more, as "
      + "LLM.int8() finds them. ≥ \(Int(ratio))×: of \(Int(ratio)) medians or more. "
      + "Channels with \(Int(threshold)) or more in a quarter of the blocks and in 6% of the tokens: "
      + systematic + "."
    return map.lines(width: width) + [StyledLine()] + table.lines(width: width) + [StyledLine()]
      + LineWrapper(width: min(width, 100)).lines([Span(words)])
  }
}

extension ActivationReport.Input {
  fileprivate init(_ profile: InputProfile, of model: Transformer) {
    block = profile.layers.first?.block ?? 0
    roles = profile.layers.map { role in
      role.role == .attentionOutput ? "output" : role.role.rawValue
    }
    var names: [String] = []
    for name in profile.layers.map(model.tensorName) where !names.contains(name) {
      names.append(name)
    }
    weights = names
    channels = ChannelReport(profile.magnitudes)
    kurtosis = profile.moments.variance > 0 ? profile.moments.kurtosis : nil
    outlierChannels = profile.outlierChannels.map {
      ActivationReport.OutlierChannel(
        channel: $0, share: Double(profile.outlierTokens[$0]) / Double(profile.tokens))
    }
  }
}
