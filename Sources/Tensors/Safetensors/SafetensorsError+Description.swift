extension SafetensorsError: CustomStringConvertible {
  /// The file, the tensor, what is wrong, what was expected, and what to do.
  public var description: String {
    switch self {
    case .noSuchFile(let path):
      "\(path): no such file"
    case .cannotRead(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .notARegularFile(let path):
      "\(path): not a file; give the path of one .safetensors file"
    case .malformedFile(let path, let problem):
      "\(path): not a valid safetensors file: \(problem)"
    case .malformedHeader(let path, let offset, let reason):
      "\(path): not a valid safetensors file: byte \(offset) of the header: \(reason)"
    case .malformedTensor(let path, let name, let problem):
      "\(path): not a valid safetensors file: tensor \(quotedName(name)): \(problem)"
    case .noSuchTensor(let path, let name, let nearest, let count):
      "\(path): no tensor \(quotedName(name)); "
        + (count == 0
          ? "the file has no tensors"
          : nearest.isEmpty
            ? "none of its \(count) tensors has a name like it"
            : "the nearest of its \(count) names: "
              + nearest.map(quotedName).joined(separator: ", "))
    case .unreadableType(let path, let name, let type, let wanted):
      "\(path): tensor \(quotedName(name)) holds \(type.rawValue), which cannot be read as \(wanted)"
    case .integerTooLarge(let path, let name, let index, let value):
      "\(path): tensor \(quotedName(name)): element \(index) is \(value), "
        + "the largest that can be read is \(Int64.max)"
    case .outputExists(let path):
      "\(path): exists already; name another output, or allow it to be replaced"
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written: \(reason)"
    case .cannotStore(let name, let reason):
      "tensor \(quotedName(name)) cannot be stored: \(reason)"
    }
  }
}

extension SafetensorsError.FileProblem: CustomStringConvertible {
  /// What is wrong, what was expected, and what to do.
  public var description: String {
    switch self {
    case .tooShort(let size):
      "it has \(size) bytes, fewer than the 8 of the header's length; copy the file again"
    case .headerTooLong(let length, let limit):
      "its header would have \(length) bytes, at most \(limit) are allowed; "
        + "it is another format, or damaged"
    case .headerPastEnd(let length, let size):
      "its header would have \(length) bytes after the first 8, the file has only \(size); "
        + "copy the file again"
    case .headerDoesNotStartWithBrace(let first):
      "its header starts with \(first.map(byteText) ?? "nothing"), not with {; "
        + "it is another format, or damaged"
    case .hole(let from, let end, let next):
      "bytes \(from) to \(end) of the data belong to no tensor"
        + (next.map { " (the next is \(quotedName($0)))" } ?? "")
        + "; every byte must belong to one: write the file again"
    case .truncated(let tensor, let needed, let available):
      "tensor \(quotedName(tensor)) ends at byte \(needed) of the data, "
        + "only \(available) are there; copy the file again"
    }
  }
}

extension SafetensorsError.TensorProblem: CustomStringConvertible {
  /// What is wrong and what was expected.
  public var description: String {
    switch self {
    case .unknownType(let name):
      "unknown dtype \(quotedName(name)); known are "
        + TensorType.allCases.map(\.rawValue).joined(separator: ", ")
    case .missing(let key):
      "\(key) is missing; an entry needs dtype, shape and data_offsets"
    case .reversedOffsets(let begin, let end):
      "data_offsets [\(begin), \(end)] end before they begin"
    case .impossibleSize(let shape, let type):
      "shape \(shapeText(shape)) of \(type.rawValue) is no whole number of bytes that a file can have"
    case .sizeMismatch(let shape, let type, let expected, let found):
      "shape \(shapeText(shape)) of \(type.rawValue) needs \(expected) bytes, its data_offsets hold \(found)"
    case .overlap(let other, let begin, let otherEnd):
      "its data begin at byte \(begin), inside tensor \(quotedName(other)), which ends at \(otherEnd)"
    }
  }
}

/// A name between quotation marks, cut where it is very long, with control characters spelled out.
func quotedName(_ name: String) -> String {
  var text = "\""
  for (index, scalar) in name.unicodeScalars.enumerated() {
    if index == 120 {
      text += "…"
      break
    }
    text +=
      scalar.properties.generalCategory == .control || scalar == "\"" || scalar == "\\"
      ? scalar.escaped(asASCII: true) : String(scalar)
  }
  return text + "\""
}

/// A byte as a character where it is one, and in hexadecimal otherwise.
private func byteText(_ byte: UInt8) -> String {
  byte > 0x20 && byte < 0x7f
    ? String(UnicodeScalar(byte)) : "the byte 0x" + String(byte, radix: 16)
}

/// A shape as JSON writes it, cut where it is very long.
private func shapeText(_ shape: [Int]) -> String {
  let sizes = shape.prefix(16).map { "\($0)" } + (shape.count > 16 ? ["…"] : [])
  return "[" + sizes.joined(separator: ", ") + "]"
}
