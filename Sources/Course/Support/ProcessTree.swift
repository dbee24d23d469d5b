internal import Glibc

/// A process and everything it started, whatever process groups those are in.
///
/// The Swift driver puts each compiler into a group of its own. Killing the driver's group would leave
/// compilers behind, at work in a folder that is about to be removed.
enum ProcessTree {
  /// How often, and how many microseconds apart, it looks whether the last has gone.
  private static let looks = 100
  private static let pause: UInt32 = 2000

  /// Kills a child of this process and all its descendants, and waits until the descendants have gone.
  ///
  /// The child itself stays unburied: the caller waits for it.
  static func kill(_ root: pid_t) {
    Glibc.kill(root, SIGSTOP)  // so that it starts nothing while we look
    var found: Set<pid_t> = []
    while true {
      let new = descendants(of: root).subtracting(found)
      if new.isEmpty { break }
      found.formUnion(new)
      for process in new { Glibc.kill(process, SIGSTOP) }
    }
    for process in found { Glibc.kill(process, SIGKILL) }
    Glibc.kill(-root, SIGKILL)
    Glibc.kill(root, SIGKILL)
    for _ in 0..<looks where found.contains(where: isRunning) { usleep(pause) }
  }

  private static func descendants(of root: pid_t) -> Set<pid_t> {
    var children: [pid_t: [pid_t]] = [:]
    for name in Files.names(in: "/proc") {
      guard let process = pid_t(name), let status = status(of: process) else { continue }
      children[status.parent, default: []].append(process)
    }
    var found: Set<pid_t> = []
    var waiting = [root]
    while let next = waiting.popLast() {
      for child in children[next, default: []] where found.insert(child).inserted {
        waiting.append(child)
      }
    }
    return found
  }

  /// A zombie does nothing any more, even where nobody buries it.
  private static func isRunning(_ process: pid_t) -> Bool {
    status(of: process).map { $0.state != UInt8(ascii: "Z") } ?? false
  }

  /// State and parent from `/proc/PID/stat`, whose second field, the name, may hold anything.
  private static func status(of process: pid_t) -> (state: UInt8, parent: pid_t)? {
    guard let file = fopen("/proc/\(process)/stat", "re") else { return nil }
    defer { fclose(file) }
    var text = [UInt8](repeating: 0, count: 512)
    let count = fread(&text, 1, text.count, file)
    guard let name = text[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = text[(name + 1)..<count].split(separator: UInt8(ascii: " "))
    guard fields.count > 1, let state = fields[0].first,
      let parent = pid_t(String(decoding: fields[1], as: UTF8.self))
    else { return nil }
    return (state, parent)
  }
}
