import Foundation
import Quantization
import Tensors
import Testing

/// Evidence: by another framework (what the gguf package decodes from its own file).
@Suite("tensors of a GGUF file in blocks")
struct CheckpointBlocksTests {
  private struct Tensor: Decodable {
    let values: [Float]
  }

  private struct Goldens: Decodable {
    let blocks: [String: Tensor]

    enum CodingKeys: String, CodingKey { case blocks = "blocks.gguf" }
  }

  private static func path(_ name: String, from here: String = #filePath) -> String {
    var folder = URL(fileURLWithPath: here)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return folder.appendingPathComponent("Goldens/checkpoints/\(name)").path
  }

  @Test("golden: every type that the gguf package quantizes, decoded to the same numbers")
  func decoded() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: Self.path("expected.json")))
    let expected = try JSONDecoder().decode(Goldens.self, from: data).blocks
    let checkpoint = try Checkpoint(path: Self.path("blocks.gguf"))
    #expect(Set(checkpoint.names) == Set(expected.keys))
    for info in checkpoint.tensors {
      let matrix = try checkpoint.decodedMatrix(named: info.name)
      #expect(matrix.rows == info.rows && matrix.columns == info.columns)
      #expect(matrix.elements == expected[info.name]?.values, "\(info.name)")
      let alone = try checkpoint.decodedMatrix(named: info.name, threads: 1)
      #expect(alone == matrix)
    }
  }

  @Test("blocks without a format, and tensors without elements")
  func edges() throws {
    var writer = GGUFWriter()
    let unknown = try #require(GGUFTensorType(named: "iq2_xxs"))
    try writer.add(
      "other", shape: [1, 256], type: unknown, bytes: [UInt8](repeating: 0, count: 66))
    let known = try #require(GGUFTensorType(named: "q4_k"))
    try writer.add("rows", shape: [5, 0], type: known, bytes: [])
    try writer.add("columns", shape: [0, 512], type: known, bytes: [])
    let checkpoint = try Checkpoint(bytes: writer.serialized())
    #expect(
      throws: CheckpointError.notNumbers(path: "memory", name: "other", type: .blocks(unknown))
    ) { try checkpoint.decodedMatrix(named: "other") }
    #expect(try checkpoint.decodedMatrix(named: "columns").columns == 512)
    #expect(try checkpoint.decodedMatrix(named: "rows").isEmpty)
  }
}
