internal import Tensors

extension LayerResult {
  /// Everything that is stored, array by array: ``dequantized`` can be rebuilt from the others, but for
  /// `bias_correction`, which belongs to the outputs.
  ///
  /// A reader takes six steps; where a part is missing, so is its step.
  ///
  /// 1. `blocks`, where there are some, are rows of a GGUF type and say all; steps 2 and 3 fall away.
  /// 2. *The value of a code.* `levels[code]`; or the entry of `codebooks` (one row for the layer, or
  ///    one for each scale); or, for codes of eight weights, the sum over the codes of a vector:
  ///    entries of as many `codebooks` rows as there are codes, or the points of E8 below; or code − zero.
  /// 3. *Times its scale.* The columns of `scales` are runs of equal length in a row, or `g_idx` names
  ///    the column of each input. With `scale_run` in ``notation`` scales are one list, each for
  ///    so many weights counted through the whole matrix.
  /// 4. `outlier_values` take the places of `outlier_columns`, row by row from `outlier_row_starts`.
  /// 5. Each column is divided by its `input_scales`.
  /// 6. *Back to the layer's own coordinates.* The words of `restore` in ``notation``, in order; the
  ///    arrays of word i are called `restore.i.…`. `inputs:` acts on rows, `outputs:` on columns:
  ///    - `hadamard/b`: vectors y are cut into blocks of b, each becomes Hᵀ y / √b, then all is multiplied
  ///      by `signs`. H is Sylvester's matrix of order b / k ⊗ `core`, k × k.
  ///    - `kronecker`: y, cut into p rows of q, becomes Aᵀ Y B with A = `outer` and B = `inner`; the
  ///      number at place i then goes to place `order[i]`.
  ///    - `dense`: y becomes Qᵀ y with Q = `matrix`.
  ///    - `columns:scales`: each column is divided by its number in `scales`.
  ///
  /// *The points of E8*, `codebook` in ``notation``: of a code of E8P the high byte names a row of
  /// `lattice.patterns`; bit i of the low byte negates its element i; where the low byte has an odd
  /// number of ones, bit 0 is flipped first and ¼ is taken from every element, else ¼ is added. `e8p`
  /// is that alone, a code for eight weights. `e8p+e8` has a second code for them, a row of
  /// `lattice.residual`, and `e8p+e8p` a second code of E8P; both points are divided by `residual_scale`
  /// and added to the first.
  public var parts: [LayerPart] {
    codeParts + scaleParts + outlierParts + biasParts
      + restoring.enumerated().flatMap { index, step in
        step.parts.map { $0.named(after: "restore.\(index).") }
      }
      + [Self.part("dequantized", dequantized)]
  }

  /// The words that belong to ``parts``, by key; empty for most methods.
  public var notation: [String: String] {
    var words: [String: String] = [:]
    words["then"] = then
    words["scale_run"] = scaleRun.map(String.init)
    if let lattice {
      words["codebook"] = ["e8p", "e8p+e8", "e8p+e8p"][lattice.bits - 2]
      if lattice.stages > 1 { words["residual_scale"] = "\(lattice.residualScale)" }
    }
    if !restoring.isEmpty { words["restore"] = restoring.map(\.notation).joined(separator: " ") }
    return words
  }

  /// The codes, and what gives them their values.
  private var codeParts: [LayerPart] {
    var parts: [LayerPart] = []
    let shape = [dequantized.rows, dequantized.columns]
    if let codes = vectorCodes {
      parts.append(
        LayerPart("codes", shape: [dequantized.rows, codes.perRow], .words(codes.values)))
    } else if codes.isSigned {
      parts.append(LayerPart("codes", shape: shape, .signedBytes(codes.signedBytes)))
    } else {
      parts.append(LayerPart("codes", shape: shape, .bytes(codes.bytes)))
    }
    if let codebooks { parts.append(Self.part("codebooks", codebooks)) }
    if let levels { parts.append(LayerPart("levels", shape: [levels.count], .floats(levels))) }
    if let lattice {
      parts.append(Self.part("lattice.patterns", (0..<256).map(PaddedE8.signedPattern)))
      if lattice.bits == 3 { parts.append(Self.part("lattice.residual", OneBitE8.points)) }
    }
    if let blocks {
      parts.append(
        LayerPart("blocks", shape: [dequantized.rows, blocks.bytesPerRow], .bytes(blocks.bytes)))
    }
    return parts
  }

  /// Scales and zeros, and whose they are.
  private var scaleParts: [LayerPart] {
    var parts = [Self.part("scales", scales), Self.part("zeros", zeros)]
    if let inputScales {
      parts.append(LayerPart("input_scales", shape: [1, inputScales.count], .floats(inputScales)))
    }
    if let groupIndex {
      parts.append(
        LayerPart("g_idx", shape: [groupIndex.count], .integers(groupIndex.map(Int32.init))))
    }
    return parts
  }

  /// The weights kept apart.
  private var outlierParts: [LayerPart] {
    guard let outliers else { return [] }
    return [
      LayerPart("outlier_values", shape: [outliers.count], .floats(outliers.values)),
      LayerPart(
        "outlier_columns", shape: [outliers.count], .integers(outliers.columns.map(Int32.init))),
      LayerPart(
        "outlier_row_starts", shape: [outliers.rowStarts.count],
        .integers(outliers.rowStarts.map(Int32.init))),
    ]
  }

  /// What is added to the outputs.
  private var biasParts: [LayerPart] {
    guard let bias = biasCorrection else { return [] }
    return [LayerPart("bias_correction", shape: [bias.count], .floats(bias))]
  }

  private static func part(_ name: String, _ matrix: Matrix) -> LayerPart {
    LayerPart(name, shape: [matrix.rows, matrix.columns], .floats(matrix.elements))
  }

  private static func part(_ name: String, _ points: [SIMD8<Float>]) -> LayerPart {
    LayerPart(
      name, shape: [points.count, 8],
      .floats(points.flatMap { point in (0..<8).map { point[$0] } }))
  }
}
