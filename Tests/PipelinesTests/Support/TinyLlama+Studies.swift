import Models
import Pipelines
import Tensors

extension TinyLlama {
  /// Random tokens in two parts, each window begun with token 1.
  static func text() -> StudyText {
    var generator = SeededGenerator(seed: 11)
    func tokens(_ count: Int) -> [Int] { (0..<count).map { _ in 3 + generator.below(93) } }
    return StudyText(
      name: "random", calibration: tokens(800), test: tokens(200), prefix: [1])
  }

  /// What a layer of a model is given by every sequence, one row a token.
  static func inputs(
    of id: LinearLayerID, in model: Transformer, _ sequences: [[Int]]
  ) throws -> Matrix {
    var rows: [[Float]] = []
    for tokens in sequences {
      _ = try model.logits(tokens) { seen in
        guard seen.layers.contains(id) else { return }
        for row in 0..<seen.rows {
          rows.append(Array(seen.values[row * seen.columns..<(row + 1) * seen.columns]))
        }
      }
    }
    return Matrix(rows)
  }

  /// ‖MX‖² in plain loops and double precision.
  static func power(_ matrix: Matrix, _ inputs: Matrix) -> Double {
    var sum = 0.0
    for token in 0..<inputs.rows {
      for row in 0..<matrix.rows {
        var output = 0.0
        for column in 0..<matrix.columns {
          output += Double(matrix[row, column]) * Double(inputs[token, column])
        }
        sum += output * output
      }
    }
    return sum
  }
}
