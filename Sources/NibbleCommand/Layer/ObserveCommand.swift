import ArgumentParser
import Foundation
import Quantization
import Tensors

/// `nibble observe`: the range one observer would choose for a tensor, and the error it costs.
struct ObserveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "observe",
    abstract: "Choose a tensor's range with one observer; print scale, zero point and error.",
    discussion: """
      Observers: \(Observer.all.map(\.name).joined(separator: ", ")). Those named after a framework \
      follow its arithmetic to the last bit it stores.

      Example: nibble observe activations.safetensors --observer entropy --json
      """
  )

  @Argument(help: "A .safetensors file.")
  var file: String

  @Option(help: ArgumentHelp("The tensor (default: the first by name).", valueName: "name"))
  var tensor: String?

  @Option(help: ArgumentHelp("The observer's name.", valueName: "name"))
  var observer: String

  @Option(parsing: .unconditional, help: "Bits a code, 1 to 8")
  var bits = 8

  @Flag(exclusivity: .exclusive, help: "Codes below zero too, or not.")
  var sign: SignFlag = .unsigned

  @Flag(help: "A range symmetric around zero.")
  var symmetric = false

  @Flag(help: "A range for each channel.")
  var perChannel = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Which axis holds the channels (default 0).", valueName: "number"))
  var axis: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Feed the rows in this many parts, cut as numpy's array_split cuts them.", valueName: "count")
  )
  var batches = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For the percentile observers, in percent (default 99.99; ONNX Runtime's 99.999).",
      valueName: "percent")
  )
  var percentile: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("For mse: the power of the error, 2 or 2.4 (default 2).", valueName: "power")
  )
  var norm: Double?

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if axis != nil, !perChannel { throw ValidationError("--axis goes with --per-channel") }
    try EngineLimits.check(percentile: percentile, norm: norm)
  }

  func run() throws {
    let observer = try Observer(named: self.observer)
    let source = try SafetensorsFile(path: file)
    guard let name = tensor ?? source.names.first else {
      throw Failure(.badData, "\(file): the file holds no tensor")
    }
    let info = try source.info(named: name, isAsked: tensor != nil)
    for option in ignoredOptions { Output.note("note: \(observer.name) does not use \(option)") }
    var options = ObserverOptions()
    options.bits = bits
    options.isSigned = sign == .signed
    options.isSymmetric = symmetric
    options.channelAxis = perChannel ? axis ?? 0 : nil
    options.batches = batches
    options.percentile = percentile
    options.norm = norm ?? 2
    let observation: Observation
    do {
      observation = try observer.observe(
        try source.floats(named: name), shape: info.shape, options: options)
    } catch let error as ObserverError {
      throw Failure(
        error.isUsage ? .usage : .badData,
        error.isUsage ? "\(error)" : "\(file): \(name): \(error)")
    }
    if json {
      try Output.json(
        ObserveReport(
          observer: observer.name, tensor: name, shape: info.shape, observation: observation))
    } else {
      print(observation, tensor: name)
    }
  }

  /// Options that this observer has no use for: no error, so that one line serves every observer.
  private var ignoredOptions: [String] {
    var ignored: [String] = []
    if percentile != nil, !observer.hasPrefix("percentile") { ignored.append("--percentile") }
    if norm != nil, observer != "mse" { ignored.append("--norm") }
    return ignored
  }

  private func print(_ observation: Observation, tensor: String) {
    Output.line("\(observer)  \(tensor) of \(file)")
    var table = TextTable(
      "channel", "minimum", "maximum", "scale", "zero point", "mean squared error")
    for index in observation.ranges.indices {
      table.add(
        perChannel ? "\(index)" : "all",
        Figures.short(observation.minimum[index]), Figures.short(observation.maximum[index]),
        "\(observation.scale[index])", "\(observation.zeroPoint[index])",
        Figures.short(observation.meanSquaredError[index]))
    }
    for line in table.lines { Output.line("  " + line) }
  }
}

/// Whether codes go below zero.
enum SignFlag: String, EnumerableFlag {
  case signed
  case unsigned
}

/// What `--json` prints: numbers for a tensor, arrays for channels.
private struct ObserveReport: Encodable {
  let observer: String
  let tensor: String
  let shape: [Int]
  let observation: Observation

  private enum Key: String, CodingKey {
    case schema, observer, tensor, shape, minimum, maximum, scale, zeroPoint, meanSquaredError
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(1, forKey: .schema)
    try container.encode(observer, forKey: .observer)
    try container.encode(tensor, forKey: .tensor)
    try container.encode(shape, forKey: .shape)
    // The scale is a Float; its exact value as a Double reads back to the same Float everywhere.
    let scales = observation.scale.map(Double.init)
    if observation.channelAxis == nil {
      try container.encode(observation.minimum[0], forKey: .minimum)
      try container.encode(observation.maximum[0], forKey: .maximum)
      try container.encode(scales[0], forKey: .scale)
      try container.encode(observation.zeroPoint[0], forKey: .zeroPoint)
      try container.encode(observation.meanSquaredError[0], forKey: .meanSquaredError)
    } else {
      try container.encode(observation.minimum, forKey: .minimum)
      try container.encode(observation.maximum, forKey: .maximum)
      try container.encode(scales, forKey: .scale)
      try container.encode(observation.zeroPoint, forKey: .zeroPoint)
      try container.encode(observation.meanSquaredError, forKey: .meanSquaredError)
    }
  }
}
