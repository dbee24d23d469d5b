internal import Quantization
internal import Tensors

/// A tensor as a file holds it.
struct StoredTensor: Sendable, Equatable {
  let name: String
  let shape: [Int]
  let type: TensorType
  /// Row after row, little-endian.
  let bytes: [UInt8]

  init(_ name: String, shape: [Int], type: TensorType, bytes: [UInt8]) {
    self.name = name
    self.shape = shape
    self.type = type
    self.bytes = bytes
  }

  /// Whole numbers.
  init(_ name: String, shape: [Int], _ values: [Int32]) {
    self.init(name, shape: shape, type: .int32, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// Whole numbers.
  init(_ name: String, shape: [Int], _ values: [Int64]) {
    self.init(name, shape: shape, type: .int64, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// Numbers, rounded to the type: float32, float16 or bfloat16.
  init(_ name: String, shape: [Int], _ values: [Float], as type: TensorType) {
    let bytes =
      type == .float32
      ? values.withUnsafeBytes { Array($0) }
      : HalfPrecision.narrow(values, as: type).withUnsafeBytes { Array($0) }
    self.init(name, shape: shape, type: type, bytes: bytes)
  }
}

/// A quantized layer as the output holds it.
struct StoredLayer: Sendable {
  let plan: LayerPlan
  /// What the file holds of it.
  var tensors: [StoredTensor]
  /// Ŵ as readers of the file compute it; empty once nobody computes with it here.
  var weight: Matrix
  /// The bias, if there is one.
  let bias: [Float]?
  /// Everything stored, shared out among the weights.
  let bitsPerWeight: Double
  /// Its grid, where the format stores grids.
  var grid: StoredGrid?

  /// The bytes of its tensors.
  var byteCount: Int { tensors.reduce(0) { $0 + $1.bytes.count } }

  /// The same without the weight, for keeping.
  var withoutWeight: StoredLayer {
    var copy = self
    copy.weight = Matrix(rows: 0, columns: 0, repeating: 0)
    return copy
  }
}

/// How quantized layers are written down, so that some other program reads them.
protocol OutputFormat: Sendable {
  /// What people type: `gptq`.
  var name: String { get }

  /// Refuses what the format's readers could not be told, before a layer is quantized.
  ///
  /// - Parameter plans: What is to be done to each linear layer of the blocks.
  /// - Throws: `PipelineError.mixture` or `.cannotStore`.
  func check(_ plans: [LayerPlan]) throws(PipelineError)

  /// What people must know who open the output: a sentence a reader that does not take all of it.
  ///
  /// - Parameter plans: What is to be done to each linear layer of the blocks.
  /// - Returns: Sentences; none where every reader takes it.
  func remarks(_ plans: [LayerPlan]) -> [String]

  /// A layer as the format holds it.
  ///
  /// - Parameters:
  ///   - plan: Which layer.
  ///   - result: What its method made.
  ///   - bias: Its bias, if there is one.
  /// - Returns: The tensors, and the weight that readers will compute with.
  /// - Throws: `PipelineError.cannotStore`.
  func stored(
    _ plan: LayerPlan, _ result: LayerResult, bias: [Float]?
  ) throws(PipelineError) -> StoredLayer

  /// Joins what the layers of a block have put down, where the format wants it otherwise.
  func joined(_ layers: [StoredLayer]) throws(PipelineError) -> [StoredTensor]

  /// The members of `config.json` that the output has besides the model's own, or in their place.
  ///
  /// - Parameters:
  ///   - records: The layers that were quantized.
  ///   - kept: The linear layers of the blocks that were not, by the names that readers have for them.
  ///   - recipe: What was asked for.
  /// - Returns: Keys and values.
  func configuration(
    _ records: [LayerRecord], kept: [String], _ recipe: QuantizationRecipe
  ) -> [(key: String, json: JSONText)]
}

extension OutputFormat {
  func check(_ plans: [LayerPlan]) throws(PipelineError) {}

  func remarks(_ plans: [LayerPlan]) -> [String] { [] }

  func joined(_ layers: [StoredLayer]) throws(PipelineError) -> [StoredTensor] {
    layers.flatMap(\.tensors)
  }

  /// A method's result as codes on a grid, and packed; what cannot be is told in the format's name.
  func packed<Tensors>(
    _ plan: LayerPlan, _ result: LayerResult,
    _ pack: (AffineLayer) throws(AffineLayerError) -> Tensors
  ) throws(PipelineError) -> (layer: AffineLayer, tensors: Tensors) {
    do throws(AffineLayerError) {
      let layer = try AffineLayer(result)
      return (layer, try pack(layer))
    } catch {
      throw .cannotStore(plan, name, error, isScaled: result.inputScales != nil)
    }
  }
}
