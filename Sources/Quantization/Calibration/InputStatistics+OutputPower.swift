public import Tensors

extension InputStatistics {
  /// ‖DX‖² for several D, from the sums alone: tr(D (Σ x xᵀ) Dᵀ).
  ///
  /// With D = W − Ŵ this is the output error of a layer without a second look at its inputs. In single
  /// precision where the sums are; D's own error is what counts, so nothing cancels between two large
  /// outputs.
  ///
  /// - Parameter differences: Matrices of `columns` columns (a precondition).
  /// - Returns: One number a matrix, 0 or more.
  public func outputPowers(of differences: [Matrix]) -> [Double] {
    if precision == .double {
      let sum = gram.scaled(by: 1)
      return differences.map { difference in
        let wide = DoubleMatrix(difference)
        return max(
          0, zip(wide.multiplied(by: sum).elements, wide.elements).reduce(0) { $0 + $1.0 * $1.1 })
      }
    }
    var sum = gram.single
    sum.mirrorUpperTriangle()
    return differences.map { difference in
      precondition(
        difference.columns == columns, "\(difference.columns) columns for \(columns) inputs")
      let product = difference.multiplied(by: sum)
      var power = 0.0
      product.withUnsafeBufferPointer { product in
        difference.withUnsafeBufferPointer { difference in
          for place in product.indices {
            power += Double(product[place]) * Double(difference[place])
          }
        }
      }
      return max(0, power)
    }
  }
}
