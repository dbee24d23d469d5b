internal import Foundation

/// The host that files are asked of: Hugging Face, or whoever serves the same paths.
public struct Mirror: Sendable, Hashable {
  /// The host that publishes everything in the catalogue.
  public static let huggingFace = Mirror(base: "https://huggingface.co")

  /// The address before a file's path, without a slash at its end.
  public let base: String

  private init(base: String) { self.base = base }

  /// A mirror at an address.
  ///
  /// - Parameter address: With `http` or `https`, a host, and a path where the mirror has one.
  /// - Throws: `FetchError.badMirror` for anything else.
  public init(_ address: String) throws(FetchError) {
    guard let parts = URLComponents(string: address), let scheme = parts.scheme?.lowercased(),
      scheme == "https" || scheme == "http", parts.host?.isEmpty == false,
      parts.query == nil, parts.fragment == nil
    else { throw .badMirror(address) }
    // The scheme in small letters, which whoever compares it expects.
    var base = scheme + address.dropFirst(scheme.count)
    while base.hasSuffix("/") { base.removeLast() }
    self.base = base
  }

  /// The mirror that somebody asked for, or else Hugging Face itself.
  ///
  /// - Parameters:
  ///   - address: What the command line says.
  ///   - environment: `NIBBLE_MIRROR` counts next, then `HF_ENDPOINT`, which others' tools heed too.
  /// - Returns: The mirror.
  /// - Throws: `FetchError.badMirror`.
  public static func chosen(
    _ address: String?, environment: [String: String]
  ) throws(FetchError) -> Mirror {
    let named = [address, environment["NIBBLE_MIRROR"], environment["HF_ENDPOINT"]]
    // A flag that is empty is a mistake; a variable that is empty is one that is not set.
    if let address, address.isEmpty { throw .badMirror(address) }
    for case let address? in named where !address.isEmpty { return try Mirror(address) }
    return .huggingFace
  }

  /// The address of a file.
  func address(of path: String) -> String { "\(base)/\(path)" }
}
