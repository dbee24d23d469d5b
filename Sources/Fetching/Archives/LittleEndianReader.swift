/// Numbers in an archive, with bounds checked.
struct LittleEndianReader {
  private let content: [UInt8]

  init(_ content: [UInt8]) { self.content = content }

  var count: Int { content.count }

  func two(_ offset: Int) throws(Inflate.Failure) -> Int {
    try bytes(offset, 2).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  func four(_ offset: Int) throws(Inflate.Failure) -> Int {
    try bytes(offset, 4).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  func bytes(_ offset: Int, _ count: Int) throws(Inflate.Failure) -> ArraySlice<UInt8> {
    guard offset >= 0, count >= 0, offset <= content.count, count <= content.count - offset else {
      throw Inflate.Failure(reason: "it ends early")
    }
    return content[offset..<offset + count]
  }
}
