/// A page template: HTML with a few marks where content goes.
///
/// - `{{name}}` puts a text there, escaped.
/// - `{{{name}}}` puts HTML there as it is.
/// - `{{#name}} … {{/name}}` repeats its inside for every item of a list, or shows it when a text or
///   HTML of that name is not empty; `{{^name}} … {{/name}}` shows it when it is empty.
///
/// Inside a list a name means the item's field first, then the page's. A name that neither has is an
/// error with the template's line: a typing mistake never becomes an empty place on a page.
package struct Template: Sendable {
  /// What a name can stand for.
  package enum Value: Sendable {
    case text(String)
    case html(String)
    case list([[String: Value]])

    /// Something that is there or not.
    package static func flag(_ isOn: Bool) -> Value { .text(isOn ? "yes" : "") }

    var isEmpty: Bool {
      switch self {
      case .text(let text), .html(let text): text.isEmpty
      case .list(let items): items.isEmpty
      }
    }
  }

  private indirect enum Node: Sendable {
    case literal(Substring)
    case value(name: String, isRaw: Bool, line: Int)
    case section(name: String, isInverted: Bool, line: Int, [Node])
  }

  /// The file it came from, as messages name it.
  let path: String
  private let nodes: [Node]

  /// Reads a template.
  package init(_ text: String, path: String) throws(SiteError) {
    self.path = path
    var reader = Reader(rest: text[...], line: 1, path: path)
    nodes = try reader.nodes(inside: nil)
  }

  /// The template with its names filled in.
  package func filled(_ values: [String: Value]) throws(SiteError) -> String {
    var result = ""
    try append(nodes, scopes: [values], to: &result)
    return result
  }

  private func append(
    _ nodes: [Node], scopes: [[String: Value]], to result: inout String
  ) throws(SiteError) {
    for node in nodes {
      switch node {
      case .literal(let text):
        result += text
      case .value(let name, let isRaw, let line):
        switch try value(name, scopes: scopes, line: line) {
        case .text(let text): result += HTMLText.escaped(text)
        case .html(let html) where isRaw: result += html
        case .html:
          throw .badTemplate(
            path: path, line: line, reason: "\(name) is HTML; write {{{\(name)}}}")
        case .list:
          throw .badTemplate(
            path: path, line: line, reason: "\(name) is a list; write {{#\(name)}} … {{/\(name)}}")
        }
      case .section(let name, let isInverted, let line, let inside):
        let found = try value(name, scopes: scopes, line: line)
        if isInverted {
          if found.isEmpty { try append(inside, scopes: scopes, to: &result) }
        } else if case .list(let items) = found {
          for item in items { try append(inside, scopes: scopes + [item], to: &result) }
        } else if !found.isEmpty {
          try append(inside, scopes: scopes, to: &result)
        }
      }
    }
  }

  private func value(
    _ name: String, scopes: [[String: Value]], line: Int
  ) throws(SiteError) -> Value {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    let known = Set(scopes.flatMap(\.keys)).sorted().joined(separator: ", ")
    throw .badTemplate(path: path, line: line, reason: "no \(name) here; there is \(known)")
  }

  private struct Reader {
    var rest: Substring
    var line: Int
    let path: String

    mutating func nodes(inside section: String?) throws(SiteError) -> [Node] {
      var nodes: [Node] = []
      let firstLine = line
      while let open = firstMark() {
        take(upTo: open, into: &nodes)
        let markLine = line
        let isRaw = rest.hasPrefix("{{{")
        let closing = isRaw ? "}}}" : "}}"
        rest.removeFirst(isRaw ? 3 : 2)
        guard let close = firstIndex(of: closing) else {
          throw .badTemplate(path: path, line: markLine, reason: "{{ without \(closing)")
        }
        let word = String(rest[..<close].filter { $0 != " " })
        rest = rest[close...].dropFirst(closing.count)
        switch word.first {
        case "#", "^":
          let name = String(word.dropFirst())
          let inside = try self.nodes(inside: name)
          nodes.append(
            .section(name: name, isInverted: word.first == "^", line: markLine, inside))
        case "/":
          guard word.dropFirst() == (section ?? "") else {
            throw .badTemplate(
              path: path, line: markLine,
              reason: "{{\(word)}} where {{/\(section ?? "")}} was expected")
          }
          return nodes
        default:
          nodes.append(.value(name: word, isRaw: isRaw, line: markLine))
        }
      }
      take(upTo: rest.endIndex, into: &nodes)
      if let section {
        throw .badTemplate(
          path: path, line: firstLine, reason: "{{#\(section)}} without {{/\(section)}}")
      }
      return nodes
    }

    private func firstMark() -> Substring.Index? { firstIndex(of: "{{") }

    private func firstIndex(of mark: String) -> Substring.Index? {
      var index = rest.startIndex
      while index < rest.endIndex {
        if rest[index...].hasPrefix(mark) { return index }
        index = rest.index(after: index)
      }
      return nil
    }

    private mutating func take(upTo end: Substring.Index, into nodes: inout [Node]) {
      let literal = rest[..<end]
      line += literal.count { $0 == "\n" }
      if !literal.isEmpty { nodes.append(.literal(literal)) }
      rest = rest[end...]
    }
  }
}
