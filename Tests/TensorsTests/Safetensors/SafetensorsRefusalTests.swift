import Foundation
import Tensors
import Testing

/// Evidence: by another framework (the reference's verdicts), by hand, and by law: whatever the
/// bytes are, opening and reading either work or throw.
struct SafetensorsRefusalTests {
  struct Case: Decodable, Sendable {
    let name: String
    let file: String
    let expected: Bool
  }
  struct Cases: Decodable { let cases: [Case] }

  @Test("mangled headers get the reference's verdict, or a stricter one where the format says so")
  func verdicts() throws {
    let cases = try Golden.load("mangled", as: Cases.self).cases
    #expect(cases.count > 80)
    for known in cases {
      let bytes = Array(try #require(Data(base64Encoded: known.file)))
      do throws(SafetensorsError) {
        _ = try SafetensorsFile(bytes: bytes, path: "file")
        #expect(known.expected, "\(known.name): was accepted")
      } catch {
        #expect(!known.expected, "\(known.name): \(error)")
        #expect(error.kind == .badData)
        #expect("\(error)".hasPrefix("file: "))
      }
    }
  }

  /// The message for a header over some bytes of zeros.
  func message(_ header: String, data: Int = 2) -> String {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count)) { Array($0) }
    let bytes = length + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    do throws(SafetensorsError) {
      _ = try SafetensorsFile(bytes: bytes, path: "f")
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test("a refusal says which tensor, what is wrong, and what was expected")
  func messages() {
    let prefix = "f: not a valid safetensors file: "
    func entry(_ type: String, _ shape: String, _ offsets: String) -> String {
      #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }
    #expect(
      message(#"{"a":\#(entry("F32", "[2]", "[0,2]"))}"#)
        == prefix + #"tensor "a": shape [2] of F32 needs 8 bytes, its data_offsets hold 2"#)
    #expect(
      message(#"{"a":\#(entry("F31", "[2]", "[0,2]"))}"#)
        .hasPrefix(prefix + #"tensor "a": unknown dtype "F31"; known are BOOL, F4"#))
    #expect(
      message(
        #"{"a":\#(entry("U8", "[2]", "[0,2]")),"b":\#(entry("U8", "[2]", "[1,3]"))}"#, data: 3)
        == prefix
        + #"tensor "b": its data begin at byte 1, inside tensor "a", which ends at 2"#)
    #expect(
      message(#"{"a":\#(entry("U8", "[2]", "[0,2]")),"a":\#(entry("U8", "[2]", "[0,2]"))}"#)
        .hasSuffix(#"the name "a" stands twice"#))
    #expect(
      message(#"{"a":\#(entry("U8", "[2]", "[1,3]"))}"#, data: 3)
        == prefix + "bytes 0 to 1 of the data belong to no tensor (the next is \"a\"); "
        + "every byte must belong to one: write the file again")
    #expect(
      message(#"{"a":\#(entry("U8", "[9]", "[0,9]"))}"#)
        == prefix + "tensor \"a\" ends at byte 9 of the data, only 2 are there; "
        + "copy the file again")
    #expect(
      message(#"{"a":{"dtype":"U8","shape":[2]}}"#)
        == prefix + #"tensor "a": data_offsets is missing; an entry needs dtype, shape and "#
        + "data_offsets")
    #expect(
      message(#"{"a":\#(entry("U8", "[2]", "[2,0]"))}"#)
        == prefix + #"tensor "a": data_offsets [2, 0] end before they begin"#)
    #expect(message("hello").hasPrefix(prefix + "its header starts with h, not with {"))
    #expect(message(#"{"a":1}"#) == prefix + "byte 5 of the header: expected {, found 1")
    #expect(message(#"{"a\u001b[31m":{}}"#).contains(#"tensor "a\u{1B}[31m""#))
  }

  @Test("a header's length beyond the file or the limit is refused before anything is read")
  func lengths() {
    func verdict(_ length: UInt64) -> String {
      let bytes = withUnsafeBytes(of: length) { Array($0) } + Array("{}".utf8)
      do throws(SafetensorsError) {
        _ = try SafetensorsFile(bytes: bytes, path: "f")
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    #expect(verdict(2) == "accepted")
    #expect(verdict(3).contains("3 bytes after the first 8, the file has only 10"))
    #expect(verdict(100_000_001).contains("at most 100000000 are allowed"))
    #expect(verdict(.max).contains("18446744073709551615"))
    #expect(verdict(1 << 63).contains("at most 100000000 are allowed"))
  }

  @Test("nesting however deep neither recurses nor passes")
  func nesting() {
    for (open, close) in [("[", "]"), (#"{"x":"#, "}")] {
      let deep = String(repeating: open, count: 200_000)
      #expect(message(#"{"a":{"x":"# + deep).contains("nested deeper than 64"))
      let allowed =
        String(repeating: open, count: 60) + "0" + String(repeating: close, count: 60)
      let entry = #"{"dtype":"U8","shape":[2],"data_offsets":[0,2],"x":\#(allowed)}"#
      #expect(message(#"{"a":\#(entry)}"#) == "accepted")
    }
  }

  /// Reads everything there is; what matters is that it comes back.
  func readEverything(_ bytes: [UInt8]) -> Bool {
    do throws(SafetensorsError) {
      let file = try SafetensorsFile(bytes: bytes)
      for info in file.entries {
        let summary: TensorSummary? = try? file.summary(named: info.name)
        let matrix: Matrix? = try? file.matrix(named: info.name)
        let integers: [Int64]? = try? file.integers(named: info.name)
        let size = try file.withBytes(named: info.name) { $0.reduce(0) { $0 &+ Int($1) } }
        if size < 0 || summary?.scan.count ?? info.count != info.count
          || matrix?.count ?? info.count != info.count
          || integers?.count ?? info.count != info.count
        {
          return false
        }
      }
      return true
    } catch {
      return error.kind == .badData && !"\(error)".isEmpty
    }
  }

  @Test("a file cut anywhere is refused")
  func truncation() throws {
    let (bytes, _) = try SafetensorsReadingTests.golden()
    for count in 0..<bytes.count {
      #expect(throws: SafetensorsError.self, "cut to \(count) bytes") {
        try SafetensorsFile(bytes: Array(bytes[..<count]))
      }
    }
    #expect(throws: SafetensorsError.self) { try SafetensorsFile(bytes: bytes + [0]) }
  }

  @Test("a file with any one byte changed is read or refused")
  func oneByte() throws {
    let (bytes, _) = try SafetensorsReadingTests.golden()
    for place in bytes.indices {
      for value: UInt8 in [0x00, 0x22, 0x2d, 0x39, 0x5b, 0x5c, 0x7b, 0x7d, 0xff] {
        var changed = bytes
        changed[place] = value
        #expect(readEverything(changed), "byte \(place) became \(value)")
      }
    }
  }

  @Test("a file mangled at random is read or refused")
  func random() throws {
    let (bytes, _) = try SafetensorsReadingTests.golden()
    let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    var generator = SeededGenerator(seed: 1)
    for round in 0..<20_000 {
      var changed = bytes
      for _ in 0...generator.below(6) {
        let place = 8 + generator.below(header - 8)
        switch generator.below(4) {
        case 0: changed[place] = UInt8(generator.below(256))
        case 1: changed.remove(at: place)
        case 2: changed.insert(changed[8 + generator.below(header - 8)], at: place)
        default:  // a piece of the header over another one
          let count = min(generator.below(24), header - place)
          let from = 8 + generator.below(header - 8 - count + 1)
          changed.replaceSubrange(place..<place + count, with: bytes[from..<from + count])
        }
      }
      // Half the time the length is made right again, so that more than the first check is reached.
      if generator.below(2) == 0 {
        let length = UInt64(max(0, header - 8 + changed.count - bytes.count))
        changed.replaceSubrange(0..<8, with: withUnsafeBytes(of: length) { Array($0) })
      }
      #expect(readEverything(changed), "round \(round)")
    }
  }
}
