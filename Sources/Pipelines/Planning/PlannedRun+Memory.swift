internal import Models
internal import Quantization
internal import Tensors

// What a run has in memory at once, moment by moment: the sizes of what the code of a block keeps alive.
extension PlannedRun {
  /// A moment of a run.
  struct Moment {
    /// What goes on.
    let moment: String
    /// Bytes that are there then.
    var parts: [ModelPlan.Part]

    var bytes: Double { parts.reduce(0) { $0 + $1.amount } }

    /// The same with the program itself, and without what takes nothing.
    var withProgram: Moment {
      Moment(
        moment: moment,
        parts: [.init(name: "the program itself", amount: PlannedRun.program)]
          + parts.filter { $0.amount > 0 })
    }
  }

  /// The moment at which most is there.
  var peak: Moment {
    var moments = blocks.enumerated().flatMap { self.moments(ofBlock: $0, $1) }
    moments += stageMoments
    moments.append(writing)
    let most = moments.max { $0.bytes < $1.bytes } ?? writing
    return most.withProgram
  }

  /// What the program takes before it does anything: tables of libraries, threads.
  ///
  /// Measured: 6.2 to 6.7 MB of anonymous memory when a run begins (`RssAnon`). It was 25 MB here, with which plans for
  /// small models were 9 to 30% above what their runs took.
  static let program = 6.5e6
  /// Its code and its libraries, which are files that are mapped: 38.4 MB in the same measurement.
  static let code = 39e6

  /// What products keep of the matrices that they multiply: OpenBLAS packs 768 rows of one and all of the other, 384
  /// columns at a time, into a buffer of 32 MiB for each thread, of which no more is taken than is written.
  ///
  /// So a plan's memory is that of this machine's threads.
  private var productBuffers: Double {
    guard tokens > 0 else { return 0 }
    let widest = max(shape.hiddenSize, shape.queryWidth, shape.feedForwardSize)
    let packed = 4.0 * 384 * Double(768 + widest)
    return min(packed, 32 * 1024 * 1024) * Double(BLASThreads.count)
  }

  /// Bytes of files that are mapped, besides the block's that ``peak`` counts: the model is read once to be told
  /// from others, and again block by block; what is done is read when the output is put together.
  var mappedBytes: Double {
    let linear = Double(weightBytes.values.reduce(0, +))
    // A calibration runs through the tables as well.
    let others = Double(otherBytes) * (tokens > 0 ? 2 : 1)
    return Self.code + others + linear + max(0, linear - largestBlock)
      + Double(blockBytes)
  }

  private var largestBlock: Double {
    (0..<shape.layerCount).map { block in
      Double(plans.reduce(0) { $0 + ($1.id.block == block ? weightBytes[$1.id] ?? 0 : 0) })
    }.max() ?? 0
  }

  /// Copies of the vectors between two blocks.
  private func vectors(copies: Int) -> Double {
    4 * Double(tokens) * Double(shape.hiddenSize) * Double(copies)
  }

  /// One pass of a text through a block: its vectors, queries, keys and values, keys and values once more where
  /// attention reads them, and the inner vectors.
  var workspace: Double {
    let rows = Double(longest)
    let width =
      2 * shape.hiddenSize + 2 * shape.queryWidth + 4 * shape.keyValueWidth
      + (shape.isGated ? 2 : 1) * shape.feedForwardSize
    // A copy of one layer's inputs, which are summed up.
    let widest = max(shape.hiddenSize, shape.queryWidth, shape.feedForwardSize)
    return tokens > 0 ? 4 * rows * Double(width + widest) : 0
  }

  /// The sums of products of a group's inputs.
  func square(of group: InputGroup) -> Double {
    let width = Double(group.columns)
    return tokens > 0 ? (group.precision == .double ? 8 : 4) * width * width : 0
  }

  /// The inputs of a group, where some method looks at them one by one.
  func keptInputs(of group: InputGroup) -> Double {
    guard tokens > 0, group.needsActivations else { return 0 }
    return 4 * Double(tokens) * Double(group.columns) * (group.needsExact ? 2 : 1)
  }

  /// What is there all the time that a block takes.
  func between(_ index: Int) -> [ModelPlan.Part] {
    [
      .init(
        name: "one block's weights, mapped",
        amount: Double(
          plans.reduce(0) { $0 + ($1.id.block == index ? weightBytes[$1.id] ?? 0 : 0) })),
      .init(
        name: "vectors of the calibration", amount: vectors(copies: comparesWithFloatModel ? 2 : 1)),
      .init(name: "one text on its way through a block", amount: workspace),
      .init(name: "buffers of products", amount: productBuffers),
    ]
  }

  /// The moments of a block.
  private func moments(ofBlock index: Int, _ groups: [InputGroup]) -> [Moment] {
    let between = between(index)
    var moments: [Moment] = []
    var done = 0.0  // the block's layers so far: in single precision, and as they are stored
    for stage in inTurn ? groups.map({ [$0] }) : [groups] {
      let squares = stage.map(square)
      let kept = stage.map(keptInputs)
      moments.append(
        Moment(
          moment: "while the texts pass through a block",
          parts: between + [
            .init(name: "Hessians of a block", amount: squares.reduce(0, +)),
            .init(name: "inputs kept token by token", amount: kept.reduce(0, +)),
            .init(name: "the block's quantized layers", amount: done),
          ]))
      for (place, group) in stage.enumerated() {
        let own: [ModelPlan.Part] = [
          .init(name: "Hessians of a block", amount: squares[place...].reduce(0, +)),
          .init(name: "inputs kept token by token", amount: kept[place...].reduce(0, +)),
        ]
        if kept[place] > 0 {
          moments.append(
            Moment(
              moment: "while the texts' inputs are joined",
              parts: between + own + [
                .init(name: "the block's quantized layers", amount: done),
                .init(name: "the same inputs, joined", amount: kept[place]),
              ]))
        }
        for plan in group.plans {
          guard let rule = plan.rule else { continue }
          let layer = rule.workingBytes(
            outputs: plan.outputs, inputs: plan.inputs, tokens: tokens, group: group,
            storedBytes: storage(of: plan)?.bytes ?? plan.weights)
          moments.append(
            Moment(
              moment: "while \(plan.name) is quantized",
              parts: between + own + [
                .init(name: "the block's quantized layers", amount: done),
                .init(name: "the layer at work", amount: layer),
              ]))
          done += 4 * Double(plan.weights) + Double(storage(of: plan)?.bytes ?? 0)
        }
      }
    }
    return moments
  }

  /// A stage has the calibration's vectors twice, the sums of a block twice, and a block's weights as they were and
  /// as they are.
  private var stageMoments: [Moment] {
    guard !recipe.stages.isEmpty else { return [] }
    let weights = 4 * plans.reduce(0.0) { $0 + ($1.id.block == 0 ? Double($1.weights) : 0) }
    let widths = [shape.hiddenSize, shape.queryWidth, shape.hiddenSize, shape.feedForwardSize]
    let sums = widths.reduce(0.0) { $0 + 4 * Double($1) * Double($1) }
    let largest = 4 * Double(plans.map(\.weights).max() ?? 0)
    let table = 4 * Double(shape.vocabularySize) * Double(shape.embeddingSize)
    return [
      Moment(
        moment: "while a stage changes a block",
        parts: [
          .init(name: "vectors of the calibration, before and after", amount: vectors(copies: 2)),
          .init(name: "one text on its way through a block", amount: workspace),
          .init(name: "Hessians of a block, before and after", amount: tokens > 0 ? 2 * sums : 0),
          .init(name: "a block's weights, before and after", amount: 3 * weights),
          .init(name: "the largest layer's error", amount: 4 * largest),
          .init(
            name: "tables that are turned",
            amount: recipe.stages.contains(.rotation) ? 3 * table : 0),
        ])
    ]
  }

  /// The output is put together file by file, each whole in memory.
  private var writing: Moment {
    let largest = max(
      plans.compactMap { storage(of: $0)?.bytes }.max() ?? 0,
      2 * shape.vocabularySize * shape.embeddingSize)
    return Moment(
      moment: "while a file of the output is written",
      parts: [
        .init(
          name: "the file's tensors",
          amount: Double(min(outputBytes, max(shardSize, largest))))
      ])
  }
}

extension LayerRule {
  /// What a layer takes while it is quantized, stored and measured: the largest of the three.
  ///
  /// - Parameters:
  ///   - outputs: The number of outputs.
  ///   - inputs: The number of inputs.
  ///   - tokens: Of the calibration.
  ///   - group: The layers that share its inputs.
  ///   - storedBytes: What it is stored in.
  /// - Returns: Bytes.
  func workingBytes(
    outputs: Int, inputs: Int, tokens: Int, group: InputGroup, storedBytes: Int
  ) -> Double {
    let (weights, width) = (Double(outputs) * Double(inputs), Double(inputs))
    let square = width * width
    let result = 5 * weights  // codes of a byte, and what they stand for
    let isTurned = method.name == "rotation"
    let name = isTurned ? options.then ?? "rtn" : method.name
    // The weight, the method's own copies of it, and its result.
    var solving =
      switch name {
      case "gptq", "ldlq", "spqr", "gptaq", "obq":
        // The factor, its inverse, columns below each other with codes of their own.
        (options.doublePrecision ?? false ? 24 : 8) * square + 4 * weights + 5 * weights + result
      case "quip", "quip-sharp": 5 * 8 * square + 4 * 4 * weights + result
      case "adaround", "aqlm": 12 * square + 6 * 4 * weights + result
      case "awq": 4 * square + 5 * 4 * weights + result
      case "hqq": 4 * 4 * weights + result
      default: 2 * 4 * weights + result
      }
    if name == "gptaq" { solving += 12 * square + 3 * 4 * Double(tokens) * Double(outputs) }
    if isTurned {
      solving += 2 * 4 * weights + 4 * square
      // Inputs that were turned, for a method that looks at them.
      if group.needsActivations { solving += 2 * 4 * Double(tokens) * width }
    }
    // The weight, the result, its codes and values once more, the words that hold them, their bytes.
    let storing = 4 * weights + result + 9 * weights + 2 * Double(storedBytes)
    // The weight, the result, what is stored, the error, rounding's error, and a product of either with the sums.
    var measuring = 4 * weights + result + 4 * weights + Double(storedBytes) + 4 * weights
    if tokens > 0 {
      measuring += (hasNearest(inputs: inputs) ? 9 : 4) * weights
      measuring += (group.precision == .double ? 8 + 16 : 4) * square
    }
    return max(solving, storing, measuring)
  }
}
