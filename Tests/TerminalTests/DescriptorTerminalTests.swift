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
    let read = (0..<4).map { _ in terminal.readLine() }
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
      let answer = terminal.readLine()
      exit(answer == .interrupted ? 42 : 1)
    }
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
