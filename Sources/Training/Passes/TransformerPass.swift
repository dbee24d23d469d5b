internal import CKernels

/// One batch on its way through a transformer, and back.
///
/// Holds every buffer a batch needs, made once: nothing is allocated per token or per step. Several
/// passes run at the same time on different windows, each on one thread, each into a gradient of its
/// own, and read the same weights.
///
/// Shapes, with N = windows · length tokens, d the hidden size, f the feed-forward size, q and g the
/// heads and key-value heads of size s:
///
///     residual (N, d) → norm → fused (N, (q + 2g) s) → attention → context (N, q s) → out (N, d) +
///              (N, d) → norm → up (N, f or 2f) → activation → (N, f) → down (N, d) +
///              … → norm → head (N, vocabulary), a piece of rows at a time
final class TransformerPass {
  /// What forward leaves behind in one block for backward.
  struct Block {
    let residual: FloatBuffer
    let firstNormed: FloatBuffer
    let firstMeans: FloatBuffer
    let firstInverses: FloatBuffer
    let fused: FloatBuffer
    let probabilities: FloatBuffer
    let context: FloatBuffer
    let middle: FloatBuffer
    let secondNormed: FloatBuffer
    let secondMeans: FloatBuffer
    let secondInverses: FloatBuffer
    let up: FloatBuffer
    let activated: FloatBuffer
  }

  /// Rows of attention handled together: what lies beyond their diagonal is never computed.
  static let attentionRows = 64
  /// Rows of logits that exist at the same time.
  static let logitRows = 512

  let shape: ModelShape
  let layout: ParameterLayout
  let windows: Int
  let length: Int
  /// Steps on either side of zero to which each token's input of a linear layer is rounded.
  ///
  /// Nil for none. Gradients pass the rounding unchanged.
  let activationSteps: Float?

  let blocks: [Block]
  let last: FloatBuffer
  let lastNormed: FloatBuffer
  let lastMeans: FloatBuffer
  let lastInverses: FloatBuffer
  let logits: FloatBuffer
  let teacherLogits: FloatBuffer
  let losses: FloatBuffer
  let cosines: FloatBuffer
  let sines: FloatBuffer

  // Gradients of what the buffers above hold.
  let residualGradient: FloatBuffer
  let normedGradient: FloatBuffer
  let fusedGradient: FloatBuffer
  let activatedGradient: FloatBuffer
  let upGradient: FloatBuffer
  let scoreGradient: FloatBuffer

  var tokens: [Int32] = []
  /// How many windows and tokens a window the last forward pass had.
  var batch = (windows: 0, length: 0)

  var rows: Int { batch.windows * batch.length }
  /// Whether the activation's input must outlive its output.
  var keepsUp: Bool {
    shape.architecture == .llama || shape.activation == .gelu || activationSteps != nil
  }

  /// Makes the buffers of a pass.
  ///
  /// - Parameters:
  ///   - shape: A shape that has been validated.
  ///   - layout: Its layout.
  ///   - windows: The most windows of a batch.
  ///   - length: The most tokens of a window.
  ///   - isTraining: Whether backward will be called.
  ///   - activationSteps: See the property.
  init(
    shape: ModelShape, layout: ParameterLayout, windows: Int, length: Int, isTraining: Bool = true,
    activationSteps: Float? = nil
  ) {
    self.shape = shape
    self.layout = layout
    self.windows = windows
    self.length = length
    self.activationSteps = activationSteps
    let rows = windows * length
    let (hidden, inner) = (shape.hiddenSize, shape.feedForwardSize)
    let keepsUp =
      shape.architecture == .llama || shape.activation == .gelu || activationSteps != nil
    blocks = (0..<shape.layers).map { _ in
      let up = FloatBuffer(count: rows * shape.upWidth)
      return Block(
        residual: FloatBuffer(count: rows * hidden), firstNormed: FloatBuffer(count: rows * hidden),
        firstMeans: FloatBuffer(count: rows), firstInverses: FloatBuffer(count: rows),
        fused: FloatBuffer(count: rows * shape.fusedWidth),
        probabilities: FloatBuffer(count: windows * shape.heads * length * length),
        context: FloatBuffer(count: rows * hidden), middle: FloatBuffer(count: rows * hidden),
        secondNormed: FloatBuffer(count: rows * hidden), secondMeans: FloatBuffer(count: rows),
        secondInverses: FloatBuffer(count: rows), up: up,
        activated: keepsUp ? FloatBuffer(count: rows * inner) : up)
    }
    last = FloatBuffer(count: rows * hidden)
    lastNormed = FloatBuffer(count: rows * hidden)
    lastMeans = FloatBuffer(count: rows)
    lastInverses = FloatBuffer(count: rows)
    let logitRows = min(rows, Self.logitRows)
    logits = FloatBuffer(count: logitRows * shape.vocabularySize)
    teacherLogits = FloatBuffer(count: logitRows * shape.vocabularySize)
    losses = FloatBuffer(count: logitRows)
    let (cosines, sines) = RotaryTable.make(shape, length: length)
    self.cosines = cosines
    self.sines = sines
    let backward = isTraining ? rows : 0
    residualGradient = FloatBuffer(count: backward * hidden)
    normedGradient = FloatBuffer(count: backward * hidden)
    fusedGradient = FloatBuffer(count: backward * shape.fusedWidth)
    activatedGradient = FloatBuffer(count: backward * inner)
    upGradient = FloatBuffer(count: shape.architecture == .llama ? backward * shape.upWidth : 0)
    scoreGradient = FloatBuffer(count: isTraining ? Self.attentionRows * length : 0)
  }
}
