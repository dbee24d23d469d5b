/// Appends a string as JSON writes it, in quotes, with escapes where they are needed.
func appendJSON(_ text: some Sequence<UInt8>, to output: inout [UInt8]) {
  output.append(UInt8(ascii: "\""))
  for byte in text {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
    case UInt8(ascii: "\n"): output += Array("\\n".utf8)
    case UInt8(ascii: "\t"): output += Array("\\t".utf8)
    case 0..<0x20:
      output += Array((byte < 0x10 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
    default: output.append(byte)
    }
  }
  output.append(UInt8(ascii: "\""))
}
