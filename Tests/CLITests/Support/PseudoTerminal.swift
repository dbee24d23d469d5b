import Foundation
import Glibc
import Testing

/// The command on a terminal of its own, with a test at the keys and its eyes on the screen.
final class PseudoTerminal {
  private let master: Int32
  private var process: pid_t = 0
  private let folder: TemporaryFolder
  private(set) var screen: Screen
  private var status: Int32?

  /// Starts the command on a new terminal.
  ///
  /// - Parameters:
  ///   - arguments: Its arguments.
  ///   - folder: Where the learner's folder `home` and temporary files `tmp` are.
  ///   - columns: The terminal's width.
  ///   - rows: Its height.
  ///   - extra: Variables over those that every test has.
  /// - Throws: When there is no terminal to be had, or the command cannot be started.
  init(
    _ arguments: [String], in folder: TemporaryFolder, columns: Int, rows: Int,
    environment extra: [String: String] = [:]
  ) throws {
    self.folder = folder
    screen = Screen(columns: columns)
    // What `posix_openpt`, `unlockpt` and `ptsname` do; Swift does not see those.
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var isLocked: Int32 = 0
    var number: UInt32 = 0
    try #require(master >= 0)
    try #require(ioctl(master, Self.setLock, &isLocked) == 0)
    try #require(ioctl(master, Self.getNumber, &number) == 0)
    let name = "/dev/pts/\(number)"
    resize(columns: columns, rows: rows)

    var variables = Nibble.environment(
      home: folder.path + "/home", ["TMPDIR": try folder.folder("tmp"), "TERM": "xterm-256color"])
    variables["COLUMNS"] = nil
    variables["LANG"] = "C.UTF-8"
    variables.merge(extra) { $1 }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The first terminal that a new session opens is its own: Ctrl-C then reaches the command.
    posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Self.newSession)
    let words = ([Nibble.path] + arguments).map { strdup($0) } + [nil]
    let values = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + values { free(text) } }
    try #require(posix_spawn(&process, Nibble.path, &actions, &attributes, words, values) == 0)
  }

  /// `TIOCSPTLCK`, `TIOCGPTN` and `POSIX_SPAWN_SETSID` of Linux.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430
  private static let newSession: Int16 = 0x80

  deinit {
    if status == nil {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    close(master)
  }

  /// Gives the terminal another size; the command hears of it.
  func resize(columns: Int, rows: Int) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    screen.columns = columns
  }

  /// Types keys.
  func type(_ keys: String) throws {
    let bytes = Array(keys.utf8)
    try #require(write(master, bytes, bytes.count) == bytes.count)
  }

  /// Types keys one after the other, each when the screen has come to rest, until a text appears.
  func type(_ keys: String, until text: String) throws {
    let mark = screen.mark
    for key in keys {
      if screen.text(since: mark).contains(text) { return }
      try type(String(key))
      rest()
    }
    try expect(text, since: mark)
  }

  /// Waits until a text stands on the screen, or in what was written since a mark.
  func expect(
    _ text: String, since mark: Int? = nil, seconds: Double = 60,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let end = Date.now.addingTimeInterval(seconds)
    while Date.now < end {
      if screen.text(since: mark ?? 0).contains(text) { return }
      read(within: 100)
    }
    Issue.record(
      "'\(text)' did not appear; the screen:\n\(screen.text(since: 0).suffix(3000))",
      sourceLocation: sourceLocation)
    throw CancellationError()
  }

  /// Where the screen is now, for `expect`.
  var mark: Int { screen.mark }

  /// Reads until nothing has come for a while.
  func rest() {
    while read(within: 300) {}
  }

  /// Whether the terminal reads lines and echoes, as a shell finds it.
  var isCooked: Bool {
    var modes = termios()
    tcgetattr(master, &modes)
    let wanted = tcflag_t(ICANON | ECHO)
    return modes.c_lflag & wanted == wanted
  }

  /// Sends a signal to the command alone.
  func send(_ signal: Int32) { kill(process, signal) }

  /// Waits for the command to end; its exit code, or the number of the signal that ended it, negative.
  func end(seconds: Double = 60) -> Int32 {
    let end = Date.now.addingTimeInterval(seconds)
    var status: Int32 = 0
    while Date.now < end {
      read(within: 20)
      if waitpid(process, &status, WNOHANG) == process {
        while read(within: 20) {}
        let code = status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
        self.status = code
        return code
      }
    }
    return Int32.min
  }

  @discardableResult
  private func read(within milliseconds: Int32) -> Bool {
    var descriptor = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, milliseconds) > 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(master, &buffer, buffer.count)
    guard count > 0 else { return false }
    screen.write(buffer.prefix(count))
    return true
  }
}

/// What a terminal shows of what is written to it: as much as the reader uses, and nothing it must not.
///
/// Lines that scrolled away are kept, as a terminal's own memory keeps them.
struct Screen {
  /// The width now; a line written past it is noted.
  var columns: Int
  private(set) var lines: [[Character]] = [[]]
  /// Lines that were longer than the screen was wide.
  private(set) var tooWide: [String] = []
  /// Sequences that are none of the reader's: moves up, clearing, blinking.
  private(set) var forbidden: [String] = []
  private var column = 0
  private var pending: [UInt8] = []

  init(columns: Int) {
    self.columns = columns
  }

  /// How many lines have begun.
  var mark: Int { lines.count - 1 }

  /// Everything since a mark, lines without space at their ends.
  func text(since mark: Int) -> String {
    lines[min(mark, lines.count - 1)...].map { line in
      var text = String(line)
      while text.last == " " { text.removeLast() }
      return text
    }.joined(separator: "\n")
  }

  /// Takes what was written, in pieces of any size.
  mutating func write(_ bytes: some Sequence<UInt8>) {
    pending += bytes
    // A character, or a sequence, that is cut waits for its rest.
    var text = ""
    var kept = 0
    for cut in 0...min(3, pending.count) {
      if let whole = String(validating: pending.dropLast(cut), as: UTF8.self) {
        text = whole
        kept = cut
        break
      }
    }
    pending = Array(pending.suffix(kept))
    var rest = text.unicodeScalars[...]
    var plain = ""
    while let scalar = rest.popFirst() {
      guard scalar == "\u{1B}" else {
        plain.unicodeScalars.append(scalar)
        continue
      }
      put(plain)
      plain = ""
      var sequence = String.UnicodeScalarView()
      var isWhole = false
      for next in rest {
        sequence.append(next)
        if next != "[", next != "?", next != ";", !(0x30...0x39).contains(next.value) {
          isWhole = true
          break
        }
      }
      guard isWhole else {
        pending = [0x1B] + Array(String(sequence).utf8) + pending
        rest = rest[rest.endIndex...]
        break
      }
      rest = rest.dropFirst(sequence.count)
      obey(String(sequence))
    }
    put(plain)
  }

  private mutating func put(_ text: String) {
    for character in text {
      switch character {
      case "\r\n":
        column = 0
        begin()
      case "\n": begin()
      case "\r": column = 0
      case "\u{07}", "\u{08}": forbidden.append(character.debugDescription)
      default: set(character)
      }
    }
  }

  private mutating func begin() {
    lines.append([])
  }

  private mutating func set(_ character: Character) {
    let row = lines.count - 1
    while lines[row].count <= column { lines[row].append(" ") }
    lines[row][column] = character
    column += 1
    if column > columns { tooWide.append(String(lines[row])) }
  }

  private mutating func obey(_ sequence: String) {
    let row = lines.count - 1
    let number = Int(sequence.filter { $0.isASCII && $0.isNumber }) ?? 0
    switch sequence.last {
    case "m":
      if sequence.split(whereSeparator: { "[;m".contains($0) }).contains("5") { forbid(sequence) }
    case "K" where number == 0, "J" where number == 0:
      lines[row] = Array(lines[row].prefix(column))
    case "C": column += max(1, number)
    case "h" where sequence.hasPrefix("[?25"), "l" where sequence.hasPrefix("[?25"): break
    case "h" where sequence.hasPrefix("[?2004"), "l" where sequence.hasPrefix("[?2004"): break
    default: forbid(sequence)
    }
  }

  private mutating func forbid(_ sequence: String) {
    forbidden.append(sequence)
  }
}
