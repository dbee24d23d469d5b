import Course

/// The links that lead out of the site, numbered in the order a reader meets them.
///
/// A screen shows links as links; on paper each is a number, and the addresses stand at the end.
struct Footnotes {
  /// The addresses, the first one numbered 1.
  let addresses: [String]
  private let numbers: [String: Int]

  /// The footnotes of a text.
  init(of blocks: [Block]) {
    var addresses: [String] = []
    var numbers: [String: Int] = [:]
    for inline in BlockWalk.inlines(of: blocks) {
      let destination: String
      switch inline {
      case .link(let written, _, _), .image(let written, _, _): destination = written
      default: continue
      }
      guard case .external(let address) = LinkDestination(destination), numbers[address] == nil
      else { continue }
      addresses.append(address)
      numbers[address] = addresses.count
    }
    self.addresses = addresses
    self.numbers = numbers
  }

  /// The number after a link to an address; empty where it has none.
  func mark(after address: String) -> String {
    numbers[address].map { "<sup class=\"footnote-mark\">\($0)</sup>" } ?? ""
  }

  /// The notes as templates list them.
  var values: [[String: Template.Value]] {
    addresses.enumerated().map { index, address in
      ["number": .text(String(index + 1)), "address": .text(address)]
    }
  }
}
