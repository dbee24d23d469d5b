import Models
import Pipelines
import Quantization
import Tensors
import Testing

/// Evidence: by hand, by law, and by second implementation.
struct HessianStudyTests {
  @Test("a spectrum by hand: two directions of four channels")
  func spectrum() throws {
    var sums = InputStatistics(columns: 4, precision: .double)
    try sums.add(Matrix([[3, 0, 0, 0], [0, 1, 0, 0]]))
    let spectrum = try HessianSpectrum(sums, damping: 0.1)
    // H = (2/2) diag(9, 1, 0, 0).
    #expect(spectrum.values.count == 4)
    #expect(zip(spectrum.values, [9, 1, 0, 0]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(spectrum.rank == 2 && spectrum.condition == nil && spectrum.tokens == 2)
    #expect(abs(spectrum.dampingAmount - 0.25) < 1e-12)  // a tenth of 10/4
    #expect(abs(spectrum.dampedCondition - 9.25 / 0.25) < 1e-9)
    #expect(abs(spectrum.effectiveDimension - 100.0 / 82) < 1e-9)
    #expect(spectrum.directions(carrying: 0.9) == 1 && spectrum.directions(carrying: 0.95) == 2)
    #expect(spectrum.outweighed == 2)
  }

  @Test("eigenvalues alone are those that come with vectors")
  func eigenvalues() throws {
    let half = DoubleMatrix(
      Matrix(rows: 40, columns: 40, drawnFrom: .normal(mean: 0, deviation: 1), seed: 5))
    let product = half.multiplyingTransposed(half)
    let (values, _) = try product.symmetricEigenvectors()
    let alone = try product.symmetricEigenvalues()
    // Both are backward stable: n · ε · the largest, and a little.
    let tolerance = 40 * 40 * Double.ulpOfOne * (values.last ?? 0)
    #expect(values.count == 40 && alone.count == 40)
    #expect(zip(values, alone).allSatisfy { abs($0 - $1) < tolerance })
    #expect(throws: TensorError.self) {
      try DoubleMatrix(rows: 2, columns: 3, repeating: 1).symmetricEigenvalues()
    }
  }

  @Test(
    "errors flow as a plain GPTQ pushes them, in any order of columns",
    arguments: [ColumnOrder.natural, .byActivation])
  func flow(_ order: ColumnOrder) throws {
    let weight = Matrix(
      rows: 12, columns: 20, drawnFrom: .normal(mean: 0, deviation: 1), seed: 1)
    let inputs = Matrix(
      rows: 200, columns: 20, drawnFrom: .normal(mean: 0.3, deviation: 1), seed: 2)
    var sums = InputStatistics(columns: 20, precision: .double)
    try sums.add(inputs)
    let factor = try HessianFactor(sums, order: order)
    let result = try GPTQ(
      QuantizationScheme(bits: 3, symmetry: .asymmetric, granularity: .channel)
    ).quantized(weight, factor)
    let flow = ErrorFlow(
      weight: weight, quantized: result.dequantized, factor: factor, blockSize: 8)
    #expect(flow.losses.count == 3)
    // Single precision in GPTQ, 20 columns: its own loss to about 1e-5.
    #expect(abs(flow.loss - result.loss) < 1e-4 * result.loss)
    // The plain loops: round what GPTQ chose, spread what is left, and keep an account of it.
    let spread = factor.doubleInverseRoot()
    let target = factor.arranged(result.dequantized)
    let start = factor.arranged(weight)
    var (moved, rounded) = ([0.0, 0, 0], [0.0, 0, 0])
    var push = 0.0  // from block 0 to block 2
    for row in 0..<12 {
      var current = start.row(row).map { Double($0) }
      var pushed = [Double](repeating: 0, count: 20)
      for column in 0..<20 {
        let block = column / 8
        let own = current[column]
        moved[block] += (own - Double(start[row, column])) * (own - Double(start[row, column]))
        let gap = own - Double(target[row, column])
        rounded[block] += gap * gap
        let error = gap / spread[column, column]
        for later in column..<20 where later > column {
          current[later] -= error * spread[column, later]
          if block == 0 { pushed[later] += error * spread[column, later] }
        }
      }
      push += pushed[16...].reduce(0) { $0 + $1 * $1 }
    }
    for block in 0..<3 {
      #expect(abs(flow.moved[block] - moved[block]) < 1e-9)
      #expect(abs(flow.rounded[block] - rounded[block]) < 1e-9)
    }
    #expect(abs(flow.pushes[0][2] - push) < 1e-9 && push > 0)
    #expect(flow.pushes[2] == [0, 0, 0] && flow.pushes[1][0] == 0)
    #expect(flow.moved[0] > 0)  // inside a block errors are passed on too
  }

  @Test("a study of a tiny model: losses, orders, block sizes and scores")
  func study() throws {
    let folder = try TemporaryFolder()
    try TinyLlama.write(to: folder.path)
    let model = try Transformer(path: folder.path)
    let text = TinyLlama.text()
    var study = HessianStudy()
    study.groupSize = 32
    study.flowBlockSize = 16
    study.blockSizes = [8, 128]
    study.orderSeeds = [1]
    study.samples = 5
    study.length = 32
    study.testWindows = 2
    var told = 0
    let found = try study.run(on: model, text: text) { _ in told += 1 }
    #expect(told == 21 && found.layers.count == 21 && found.wholes.count == 6)
    let windows = try text.testWindows(2, length: 32).map(\.tokens)
    for (id, layer) in zip(model.linearLayers, found.layers) {
      let weight = try #require(model.layer(id)).weight
      let inputs = try TinyLlama.inputs(of: id, in: model, windows)
      let power = TinyLlama.power(weight, inputs)
      #expect(abs(layer.power - power) < 1e-4 * power)
      #expect(abs(layer.flow.loss - layer.loss) < 1e-3 * layer.loss)
      #expect(layer.orders.map(\.name) == ["natural", "loudest first", "loudest last", "random 1"])
      #expect(layer.quality?.tokens == 62)
      // Fresh scales: smaller batches change codes by the rounding of sums alone.
      let fresh = layer.blockSizes.filter { !$0.isStale }
      #expect(fresh.map(\.size) == [8, 128] && fresh[1].codesChanged == 0)
      #expect(fresh[0].codesChanged <= weight.count / 100)
    }
    // Layers that share inputs share the spectrum.
    #expect(found.layers[0].spectrum == found.layers[2].spectrum)
    #expect(found.layers[0].spectrum != found.layers[3].spectrum)
    #expect(found.agreement(of: .relativeError) != nil)
    #expect(found.orders.first { $0.name == "natural" }?.logRatio.mean == 0)
  }
}
