/// The parts of a path as it was typed.
///
/// Not by Foundation's `NSString`, whose `deletingLastPathComponent` stops the program on Linux for a name of
/// one letter.
extension String {
  /// The last name of the path, slashes at its end left out: `c` of `a/b/c/`; empty for slashes alone.
  var lastPathName: String {
    split(separator: "/", omittingEmptySubsequences: true).last.map(String.init) ?? ""
  }

  /// The folder that holds what the path names: `a/b` of `a/b/c`, `.` of `c`, `/` of `/c`.
  var parentPath: String {
    var path = Substring(self)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard let slash = path.lastIndex(of: "/") else { return "." }
    path = path[..<slash]
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path.isEmpty ? "/" : String(path)
  }
}
