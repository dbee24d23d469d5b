import Foundation
import Terminal
import Testing

/// A terminal behind descriptors.
///
/// Evidence: by hand, with pipes and a real signal.
@Suite("Descriptor terminal", .serialized)
struct DescriptorTerminalTests {
  private let settings = TerminalSettings(width: 80, usesColor: false)

  @Test("lines come one by one, the last one also without its end")
  func lines() {
    let input = Pipe()
    let output = Pipe()
    input.fileHandleForWriting.write(Data("one\r\n\ntwo".utf8))
    input.fileHandleForWriting.closeFile()
    let terminal = DescriptorTerminal(
      input: input.fileHandleForReading.fileDescriptor,
      output: output.fileHandleForWriting.fileDescriptor, settings: settings)
    let read = (0..<4).map { _ in terminal.read(timeout: nil) }
    #expect(read == [.line("one"), .line(""), .line("two"), .endOfInput])
    terminal.write("über")
    output.fileHandleForWriting.closeFile()
    #expect(output.fileHandleForReading.readDataToEndOfFile() == Data("über".utf8))
  }

  @Test("a signal ends the wait", arguments: [SIGINT, SIGTERM])
  func signals(signal: Int32) async {
    // In a process of its own: a handler that is not there would end the tests.
    await #expect(processExitsWith: .exitCode(42)) { [signal] in
      let input = Pipe()
      let terminal = DescriptorTerminal(
        input: input.fileHandleForReading.fileDescriptor, output: 1,
        settings: TerminalSettings(width: 80, usesColor: false))
      let process = getpid()
      Thread.detachNewThread {
        usleep(300_000)
        kill(process, signal)
      }
      let answer = terminal.read(timeout: nil)
      exit(answer == .interrupted ? 42 : 1)
    }
  }

  @Test("a wait ends after its time, and not before")
  func timeout() {
    let input = Pipe()
    let terminal = DescriptorTerminal(
      input: input.fileHandleForReading.fileDescriptor, output: 1, settings: settings)
    let start = terminal.seconds
    #expect(terminal.read(timeout: 0.1) == .nothing)
    #expect(terminal.seconds - start >= 0.1)
    input.fileHandleForWriting.write(Data("x\n".utf8))
    #expect(terminal.read(timeout: 60) == .line("x"))
  }

  /// A terminal of its own: the side that a person sits at, and the side that a program has.
  private func pseudoTerminal() throws -> (person: Int32, program: Int32) {
    let person = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    try #require(person >= 0)
    let name: String = try self.name(ofPartnerOf: person)
    let program = open(name, O_RDWR | O_NOCTTY)
    try #require(program >= 0)
    return (person, program)
  }

  private func name(ofPartnerOf person: Int32) throws -> String {
    // Linux's requests TIOCSPTLCK and TIOCGPTN, which the C library's functions wrap.
    var isLocked: Int32 = 0
    var number: Int32 = -1
    try #require(ioctl(person, 0x4004_5431, &isLocked) == 0)
    try #require(ioctl(person, 0x8004_5430, &number) == 0)
    return "/dev/pts/\(number)"
  }

  private func modes(_ descriptor: Int32) -> tcflag_t {
    var modes = termios()
    tcgetattr(descriptor, &modes)
    return modes.c_lflag & tcflag_t(ICANON | ECHO | ISIG)
  }

  @Test("keys act at once while the terminal is taken, and it is given back as it was")
  func keys() throws {
    let (person, program) = try pseudoTerminal()
    defer {
      close(person)
      close(program)
    }
    let terminal = DescriptorTerminal(
      input: program, output: program, settings: settings, kind: "xterm-256color")
    #expect(terminal.readsKeys)
    let before = modes(program)
    #expect(before == tcflag_t(ICANON | ECHO | ISIG))
    terminal.begin()
    #expect(modes(program) == tcflag_t(ISIG))
    #expect(write(person, "a\u{1B}[B\u{1B}", 5) == 5)
    #expect(terminal.read(timeout: 5) == .key(.character("a")))
    #expect(terminal.read(timeout: 5) == .key(.down))
    // An escape alone waits a moment for what would make it a sequence.
    #expect(terminal.read(timeout: 5) == .key(.escape))
    #expect(terminal.lend { modes(program) } == before)
    #expect(modes(program) == tcflag_t(ISIG))
    terminal.end()
    #expect(modes(program) == before)
    terminal.begin()
    DescriptorTerminal.restore()
    #expect(modes(program) == before)
  }

  @Test("a size that changes is told and counts from then on")
  func size() throws {
    let (person, program) = try pseudoTerminal()
    defer {
      close(person)
      close(program)
    }
    let terminal = DescriptorTerminal(
      input: program, output: program, settings: settings, kind: "xterm")
    terminal.begin()
    defer { terminal.end() }
    var size = winsize(ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
    #expect(ioctl(program, UInt(TIOCSWINSZ), &size) == 0)
    kill(getpid(), SIGWINCH)
    #expect(terminal.read(timeout: 5) == .changed)
    #expect(terminal.settings == TerminalSettings(width: 100, height: 30, usesColor: false))
  }

  @Test("a dumb terminal, or one without a name, is read by lines", arguments: ["dumb", "", nil])
  func dumb(kind: String?) throws {
    let (person, program) = try pseudoTerminal()
    defer {
      close(person)
      close(program)
    }
    let terminal = DescriptorTerminal(
      input: program, output: program, settings: settings, kind: kind)
    #expect(!terminal.readsKeys)
    terminal.begin()
    #expect(modes(program) == tcflag_t(ICANON | ECHO | ISIG))
    #expect(write(person, "hint\n", 5) == 5)
    #expect(terminal.read(timeout: 5) == .line("hint"))
  }

  @Test("Ctrl-\\ and a hang-up give the terminal back first", arguments: [SIGQUIT, SIGHUP])
  func endsBySignal(signal: Int32) async throws {
    // In a process of its own, which the signal ends; its terminal is looked at from outside.
    let (person, program) = try pseudoTerminal()
    defer {
      close(person)
      close(program)
    }
    let name: String = try self.name(ofPartnerOf: person)
    await #expect(processExitsWith: .signal(signal)) { [name = name as String, signal] in
      let program = open(name, O_RDWR | O_NOCTTY)
      let terminal = DescriptorTerminal(
        input: program, output: program,
        settings: TerminalSettings(width: 80, usesColor: false), kind: "xterm")
      terminal.begin()
      kill(getpid(), signal)
      _ = terminal.read(timeout: 5)
    }
    #expect(modes(program) == tcflag_t(ICANON | ECHO | ISIG))
  }

  @Test("the locale does not change what is written", arguments: ["C", "POSIX", "de_DE.UTF-8"])
  func locale(name: String) {
    let environment = ["LANG": name, "LC_ALL": name, "COLUMNS": "70"]
    #expect(
      TerminalSettings.detect(
        descriptor: Pipe().fileHandleForWriting.fileDescriptor, environment: environment)
        == TerminalSettings(width: 70, usesColor: false))
  }

  @Test("a pipe is no terminal, and NO_COLOR is obeyed")
  func detection() {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    #expect(!TerminalSettings.isTerminal(descriptor))
    let settings = TerminalSettings.detect(descriptor: descriptor, environment: ["COLUMNS": "57"])
    #expect(settings == TerminalSettings(width: 57, usesColor: false))
    #expect(TerminalSettings.detect(descriptor: descriptor, environment: [:]).width == 80)
    #expect(TerminalSettings(width: -3, usesColor: false).width == 20)
  }
}
