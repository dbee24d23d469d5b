/// How a GGUF file stores a tensor's elements: numbers, or blocks of them.
///
/// The block formats are computed with in the module above; here only their sizes matter.
public struct GGUFTensorType: Hashable, Sendable {
  /// The number that stands for the type in a file.
  public let id: UInt32
  /// The name ggml gives it.
  public let name: String
  /// How many neighbours in a row make a block; 1 for plain numbers.
  public let blockLength: Int
  /// How many bytes a block takes.
  public let bytesPerBlock: Int
  /// The same type in safetensors, for plain numbers.
  public let plain: TensorType?

  private init(
    _ id: UInt32, _ name: String, _ blockLength: Int, _ bytesPerBlock: Int,
    _ plain: TensorType? = nil
  ) {
    self.id = id
    self.name = name
    self.blockLength = blockLength
    self.bytesPerBlock = bytesPerBlock
    self.plain = plain
  }

  /// Every type a reader may meet, in the order of the numbers.
  public static let all: [GGUFTensorType] = [
    .init(0, "f32", 1, 4, .float32), .init(1, "f16", 1, 2, .float16),
    .init(2, "q4_0", 32, 18), .init(3, "q4_1", 32, 20), .init(6, "q5_0", 32, 22),
    .init(7, "q5_1", 32, 24), .init(8, "q8_0", 32, 34), .init(9, "q8_1", 32, 36),
    .init(10, "q2_k", 256, 84), .init(11, "q3_k", 256, 110), .init(12, "q4_k", 256, 144),
    .init(13, "q5_k", 256, 176), .init(14, "q6_k", 256, 210), .init(15, "q8_k", 256, 292),
    .init(16, "iq2_xxs", 256, 66), .init(17, "iq2_xs", 256, 74), .init(18, "iq3_xxs", 256, 98),
    .init(19, "iq1_s", 256, 50), .init(20, "iq4_nl", 32, 18), .init(21, "iq3_s", 256, 110),
    .init(22, "iq2_s", 256, 82), .init(23, "iq4_xs", 256, 136), .init(24, "i8", 1, 1, .int8),
    .init(25, "i16", 1, 2, .int16), .init(26, "i32", 1, 4, .int32), .init(27, "i64", 1, 8, .int64),
    .init(28, "f64", 1, 8, .float64), .init(29, "iq1_m", 256, 56),
    .init(30, "bf16", 1, 2, .bfloat16), .init(34, "tq1_0", 256, 54), .init(35, "tq2_0", 256, 66),
    .init(39, "mxfp4", 32, 17), .init(40, "nvfp4", 64, 36), .init(41, "q1_0", 128, 18),
    .init(42, "q2_0", 64, 18),
  ]

  /// The type of a number, or nil where none is known.
  ///
  /// - Parameter id: The number in the file.
  public init?(id: UInt32) {
    guard let found = Self.all.first(where: { $0.id == id }) else { return nil }
    self = found
  }

  /// The type with a name, or nil where none is known.
  ///
  /// - Parameter name: The name ggml gives it, such as `q4_k` or `f16`.
  public init?(named name: String) {
    guard let found = Self.all.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// The type that stores plain numbers of a type, or nil where there is none.
  ///
  /// - Parameter plain: The type of the numbers.
  public init?(plain: TensorType) {
    guard let found = Self.all.first(where: { $0.plain == plain }) else { return nil }
    self = found
  }
}
