import Foundation
import Models
import Tensors
import Testing

/// stories260K, a trained model in llama2.c's format, and what its author printed.
enum StoriesModel {
  static let data = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"].map { $0 + "/tiny-lm/" }

  /// What its author printed, and what a NumPy pass in double precision found.
  struct Expected: Decodable {
    let text: String
    let tokens: [Int]
    let meanLoss: Double

    enum CodingKeys: String, CodingKey {
      case text
      case tokens = "token_ids"
      case meanLoss = "mean_nll_nats"
    }
  }

  static func expected(_ folder: String) throws -> Expected {
    try JSONDecoder().decode(
      Expected.self,
      from: Data(contentsOf: URL(fileURLWithPath: folder + "stories260K.expected.json")))
  }

  /// The pieces of `tok512.bin`, by token; 3 to 258 stand for single bytes.
  static func pieces(_ folder: String) throws -> [String] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "tok512.bin")))
    var pieces: [String] = []
    var place = 4
    while place + 8 <= bytes.count {
      let length = Int(bytes[place + 4]) | Int(bytes[place + 5]) << 8
      pieces.append(
        3...258 ~= pieces.count
          ? String(decoding: [UInt8(pieces.count - 3)], as: UTF8.self)
          : String(decoding: bytes[place + 8..<place + 8 + length], as: UTF8.self))
      place += 8 + length
    }
    return pieces
  }
}
