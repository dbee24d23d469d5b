internal import Models
internal import Quantization
internal import Tensors

/// Linear layers of a block that share their input, and so their Hessian.
struct InputGroup {
  /// The layers, in the order of the forward pass; those that are kept are left out.
  let plans: [LayerPlan]

  /// The layers that share an input with each other, by role.
  private static let shared: [[LinearLayerID.Role]] = [
    [.query, .key, .value], [.attentionOutput], [.gate, .up], [.down],
  ]

  /// The groups of a block, in the order of the forward pass.
  static func groups(_ plans: [LayerPlan]) -> [InputGroup] {
    shared.compactMap { roles in
      let own = plans.filter { roles.contains($0.id.role) && $0.rule != nil }
      return own.isEmpty ? nil : InputGroup(plans: own)
    }
  }

  /// The number of input channels.
  var columns: Int { plans.first?.inputs ?? 0 }

  /// Whether some method needs the inputs token by token.
  var needsActivations: Bool { plans.contains { $0.rule?.needs == .activations } }

  /// Whether some method compares with the float model.
  var needsExact: Bool { plans.contains { $0.rule?.comparesWithFloatModel ?? false } }

  /// In what the Hessian is summed: double where one of its methods asks for that.
  var precision: InputStatistics.Precision {
    plans.contains { $0.rule?.options.doublePrecision ?? false } ? .double : .single
  }
}

/// What a group's layers were given, over all calibration sequences.
struct GroupInputs {
  var statistics: InputStatistics
  /// Token by token, one matrix a sequence; empty where nobody asks.
  var activations: [Matrix] = []
  /// The same in the float model; empty where nobody asks.
  var exact: [Matrix] = []

  init(_ group: InputGroup) {
    statistics = InputStatistics(columns: group.columns, precision: group.precision)
  }

  /// All sequences' rows of a group as one matrix, and the parts let go.
  static func joining(
    _ inputs: inout [GroupInputs]?, _ place: Int, _ path: WritableKeyPath<GroupInputs, [Matrix]>
  ) -> Matrix? {
    defer { inputs?[place][keyPath: path] = [] }
    return inputs.flatMap { joined($0[place][keyPath: path]) }
  }

  /// All sequences' rows as one matrix; nil where none were kept.
  static func joined(_ parts: [Matrix]) -> Matrix? {
    guard let first = parts.first else { return nil }
    if parts.count == 1 { return first }
    let rows = parts.reduce(0) { $0 + $1.rows }
    return Matrix(rows: rows, columns: first.columns) {
      (target: UnsafeMutableBufferPointer<Float>) in
      guard var next = target.baseAddress else { return }
      for part in parts {
        part.withUnsafeBufferPointer { source in
          if let start = source.baseAddress { next.update(from: start, count: source.count) }
        }
        next += part.count
      }
    }
  }
}

extension LayerInputs {
  /// The rows as a matrix of their own.
  var matrix: Matrix {
    Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
      _ = target.update(from: values)
    }
  }
}
