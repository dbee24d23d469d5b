import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// Evidence: by other frameworks (`Tests/Goldens/quantized-checkpoints/make.py`).
///
/// bitsandbytes' folders are its own, saved by transformers; AWQ's are laid out by its documentation.
@Suite("folders that other programs have quantized")
struct QuantizedFolderTests {
  static let names = ["awq", "bitsandbytes-nf4", "bitsandbytes-fp4", "bitsandbytes-int8"]

  private static func folder(_ name: String) -> String {
    TestFiles.golden("quantized-checkpoints/\(name)").path
  }

  private static func expected(_ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder(name) + "/expected.safetensors")
  }

  @Test("weights are those that the packages' own functions decode", arguments: names)
  func weights(name: String) throws {
    let model = try Transformer(path: Self.folder(name))
    let expected = try Self.expected(name)
    for (role, layer) in [
      (LinearLayerID.Role.key, "self_attn.k_proj"), (.down, "mlp.down_proj"),
    ] {
      let theirs = try expected.matrix(named: "model.layers.0.\(layer).weight")
      let ours = try #require(model.layer(LinearLayerID(block: 0, role: role)))
      // AWQ's and int8's steps are even, and stay codes; NF4 and FP4 come from tables.
      let isGrid = name == "awq" || name == "bitsandbytes-int8"
      #expect((ours is PackedGroupLinear) == isGrid)
      // A scale made of up to three numbers, times a code: three roundings of 2⁻²⁴ each on either side.
      for (own, other) in zip(ours.weight.elements, theirs.elements) {
        #expect(abs(own - other) <= 6 * 0x1p-24 * abs(other))
      }
    }
  }

  @Test("logits are transformers' of the decoded weights", arguments: names)
  func logits(name: String) throws {
    let expected = try Self.expected(name)
    let ids = try expected.matrix(named: "ids").elements.map { Int($0) }
    let theirs = try expected.matrix(named: "logits")
    let size = theirs.elements.reduce(0) { max($0, $1.magnitude) }
    for keepsCodes in [true, false] {
      let model = try Transformer(path: Self.folder(name), keepsBlocks: keepsCodes)
      // One block of seven layers and a head, sums of at most 96 products, in two programs.
      let bound = size * 8 * 2 * 96 * 0x1p-24
      #expect(try model.logits(ids).maximumDifference(from: theirs) <= bound)
    }
  }

  /// A copy of a golden folder with its tensors changed, in a folder that is gone afterwards.
  private static func changed(
    _ name: String, config change: (String) -> String = { $0 },
    _ tensor: (TensorInfo, [UInt8]) -> (shape: [Int], type: TensorType, bytes: [UInt8])?
  ) throws -> ModelError? {
    let path = NSTemporaryDirectory() + "nibble-quantized-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let config = try String(contentsOfFile: folder(name) + "/config.json", encoding: .utf8)
    try change(config).write(toFile: path + "/config.json", atomically: true, encoding: .utf8)
    let file = try SafetensorsFile(path: folder(name) + "/model.safetensors")
    var writer = SafetensorsWriter()
    for info in file.entries {
      let bytes = try file.withBytes(named: info.name) { Array($0) }
      guard let new = tensor(info, bytes) else { continue }
      try writer.add(info.name, shape: new.shape, bytes: new.bytes, as: new.type)
    }
    try writer.write(to: path + "/model.safetensors")
    do throws(ModelError) {
      _ = try Transformer(path: path)
      return nil
    } catch {
      return error
    }
  }

  @Test("a tensor that is missing, cut short or of another type: an error that names the layer")
  func hostile() throws {
    let layer = "model.layers.0.mlp.down_proj"
    for name in Self.names {
      #expect(try Self.changed(name) { ($0.shape, $0.type, $1) } == nil)
      let own = try SafetensorsFile(path: Self.folder(name) + "/model.safetensors").entries
        .filter { $0.name.hasPrefix(layer + ".") }
      for target in own {
        // A layout's number may be missing: rows are the usual one. So may AWQ's zero points be.
        let isOptional = target.name.hasSuffix("weight_format") || target.name.hasSuffix("qzeros")
        let missing = try Self.changed(name) {
          $0.name == target.name ? nil : ($0.shape, $0.type, $1)
        }
        #expect((missing == nil) == isOptional, "\(target.name) is missing")
        if let missing { #expect("\(missing)".contains(layer), "\(missing)") }
        let short = try Self.changed(name) { info, bytes in
          guard info.name == target.name, let first = info.shape.first, first > 1 else {
            return (info.shape, info.type, bytes)
          }
          return (
            [first - 1] + info.shape.dropFirst(), info.type,
            Array(bytes.prefix(bytes.count / first * (first - 1)))
          )
        }
        if target.shape.first ?? 1 > 1 {
          #expect(short != nil, "\(target.name) is short")
          #expect("\(short.map { "\($0)" } ?? layer)".contains(layer))
        }
        let retyped = try Self.changed(name) { info, bytes in
          guard info.name == target.name else { return (info.shape, info.type, bytes) }
          return (info.shape, .float64, [UInt8](repeating: 0, count: 8 * info.shape.reduce(1, *)))
        }
        // Numbers of any floating type are scales; codes and texts must be what they are.
        let isNumbers = [".SCB", ".scales", "absmax", "quant_map"].contains {
          target.name.hasSuffix($0)
        }
        if !isNumbers || target.type == .uint8 {
          #expect(retyped != nil, "\(target.name) holds F64")
        }
      }
    }
  }

  @Test("a state that lies, a table that is too short, a version that is not read: refused by name")
  func lies() throws {
    let state = ".weight.quant_state.bitsandbytes__nf4"
    let texts: [(String, String)] = [
      ("not JSON", "quant_state"), ("[]", "object"), ("{}", "shape"),
      (#"{"shape": [64, 96]}"#, "blocksize"),
      (#"{"shape": [64, 97], "blocksize": 64}"#, "down_proj"),
      (#"{"shape": [64, -96], "blocksize": 64}"#, "shape"),
      (#"{"shape": [9999999999999, 9999999999999], "blocksize": 64}"#, "shape"),
      (#"{"shape": [64, 96], "blocksize": 0}"#, "blocksize"),
      (#"{"shape": [64, 96], "blocksize": 128}"#, "down_proj"),
      (#"{"shape": [64, 96], "blocksize": 64, "nested_blocksize": -1}"#, "nested_blocksize"),
    ]
    for (text, word) in texts {
      let error = try Self.changed("bitsandbytes-nf4") { info, bytes in
        info.name == "model.layers.0.mlp.down_proj" + state
          ? ([text.utf8.count], .uint8, Array(text.utf8)) : (info.shape, info.type, bytes)
      }
      #expect("\(error.map { "\($0)" } ?? "")".contains(word), "\(text)")
    }
    let format = try Self.changed("bitsandbytes-int8") { info, bytes in
      (info.shape, info.type, info.name.hasSuffix("weight_format") ? [2] : bytes)
    }
    #expect("\(format.map { "\($0)" } ?? "")".contains("weight_format"))
    for (old, new) in [("\"gemm\"", "\"gemv\""), ("\"bits\": 4", "\"bits\": 8")] {
      func change(_ config: String) -> String { config.replacingOccurrences(of: old, with: new) }
      let error = try Self.changed("awq", config: change) { ($0.shape, $0.type, $1) }
      #expect("\(error.map { "\($0)" } ?? "")".contains("gemm"), "\(new)")
    }
    // A configuration that speaks of codes over weights that are none.
    let plain = try Self.changed("awq") { info, bytes in
      info.name.contains("proj") ? nil : (info.shape, info.type, bytes)
    }
    #expect("\(plain.map { "\($0)" } ?? "")".contains(".qweight"))
  }
}
