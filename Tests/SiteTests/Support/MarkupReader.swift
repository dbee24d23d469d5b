import Foundation
import FoundationXML
import Testing

/// Reads markup as XML, strictly, and keeps what a law about it needs.
final class MarkupReader: NSObject, XMLParserDelegate {
  struct Element {
    let name: String
    let attributes: [String: String]
  }

  private(set) var elements: [Element] = []
  /// Elements that hold text, in the order they end, each with the text in it.
  private(set) var texts: [(attributes: [String: String], text: String)] = []
  private var open: [(attributes: [String: String], text: String)] = []
  private(set) var text = ""

  /// The elements and the text of a fragment; throws where it is not well-formed.
  static func read(_ fragment: String) throws -> MarkupReader {
    // HTML's empty elements have no end tag; everything else must be balanced as it is.
    let closed = fragment.replacingOccurrences(
      of: "<(br|hr|img|meta|link)((?:\\s[^<>]*)?)>", with: "<$1$2/>", options: .regularExpression)
    let parser = XMLParser(data: Data("<fragment>\(closed)</fragment>".utf8))
    let reader = MarkupReader()
    parser.delegate = reader
    guard parser.parse() else {
      let lines = closed.split(separator: "\n", omittingEmptySubsequences: false)
      let line = parser.lineNumber - 1
      let near = lines.indices.contains(line) ? String(lines[line]) : ""
      throw NotWellFormed(line: parser.lineNumber, near: near)
    }
    return reader
  }

  struct NotWellFormed: Error, CustomStringConvertible {
    let line: Int
    let near: String
    var description: String { "not well-formed at line \(line): \(near)" }
  }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName qName: String?, attributes attributeDict: [String: String]
  ) {
    elements.append(Element(name: elementName, attributes: attributeDict))
    open.append((attributeDict, ""))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    text += string
    if !open.isEmpty { open[open.count - 1].text += string }
  }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?,
    qualifiedName qName: String?
  ) {
    if let last = open.popLast(), !last.text.isEmpty { texts.append(last) }
  }
}
