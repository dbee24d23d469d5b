internal import Glibc

/// The terminal's modes while keys act at once, and the signals that have to do with them.
///
/// A process has one terminal, so this state is the process's own. Whatever ends or pauses the process
/// gives the terminal back first: its own end, Ctrl-Z, a hang-up. What handlers touch lies behind a
/// pointer that is made before the first of them, and they call nothing that a handler may not call.
enum TerminalModes {
  /// Lines as they are: no waiting for Enter, no echo; Ctrl-C and Ctrl-Z go on being signals.
  ///
  /// - Parameters:
  ///   - input: A terminal's open descriptor.
  ///   - output: Where the status line stands.
  static func take(input: Int32, output: Int32) {
    Interruption.prepare()
    guard tcgetattr(input, &shared.pointee.saved) == 0 else { return }
    shared.pointee.input = input
    shared.pointee.output = output
    shared.pointee.isWanted = true
    for (place, number) in watched.enumerated() {
      sigaction(number, nil, &shared.pointee.before[place])
      // Whoever sees to a hang-up itself, or ignores it, gives the terminal back as it ends.
      let isDefault = shared.pointee.before[place].__sigaction_handler.sa_handler == nil
      if number == SIGHUP, !isDefault { continue }
      var action = sigaction()
      sigemptyset(&action.sa_mask)
      action.sa_flags = SA_RESTART
      action.__sigaction_handler.sa_handler =
        switch number {
        case SIGWINCH: { _ in noteChange() }
        case SIGCONT: { _ in resume() }
        default: { suspend($0) }
        }
      sigaction(number, &action, nil)
    }
    enter()
  }

  /// Gives the terminal back as it was before; nothing happens when it was not taken.
  ///
  /// - Parameter isErasing: Whether what stands at the bottom goes as well.
  static func giveBack(erasing isErasing: Bool = false) {
    guard shared.pointee.isWanted else { return }
    shared.pointee.isWanted = false
    if isErasing { erase() }
    leave()
    for (place, number) in watched.enumerated() {
      sigaction(number, &shared.pointee.before[place], nil)
    }
  }

  /// Whether the size changed, or the terminal came back, since this was last asked.
  static func takeChange() -> Bool {
    defer { shared.pointee.hasChanged = 0 }
    return shared.pointee.hasChanged != 0
  }
}

/// What makes a difference to the terminal.
///
/// A hang-up and Ctrl-\ end the process, after the terminal; a hang-up only where nobody else sees to it.
private let watched = [SIGWINCH, SIGCONT, SIGTSTP, SIGQUIT, SIGHUP]

private struct Shared {
  var input: Int32 = -1
  var output: Int32 = -1
  var saved = termios()
  var isWanted = false
  var isTaken = false
  var hasChanged: sig_atomic_t = 0
  let before: UnsafeMutablePointer<sigaction>
  /// Carriage return, and everything from there on erased.
  let erasure: UnsafeMutablePointer<UInt8>
}

private nonisolated(unsafe) let shared: UnsafeMutablePointer<Shared> = {
  let before = UnsafeMutablePointer<sigaction>.allocate(capacity: watched.count)
  before.initialize(repeating: sigaction(), count: watched.count)
  let erasure = UnsafeMutablePointer<UInt8>.allocate(capacity: 4)
  for (place, byte) in [0x0D, 0x1B, 0x5B, 0x4A].enumerated() { erasure[place] = UInt8(byte) }
  let shared = UnsafeMutablePointer<Shared>.allocate(capacity: 1)
  shared.initialize(to: Shared(before: before, erasure: erasure))
  return shared
}()

private func enter() {
  guard !shared.pointee.isTaken else { return }
  var modes = shared.pointee.saved
  modes.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
  modes.c_cc.6 = 1  // VMIN: a read waits for one byte
  modes.c_cc.5 = 0  // VTIME: and for no time after it
  shared.pointee.isTaken = tcsetattr(shared.pointee.input, TCSANOW, &modes) == 0
}

private func leave() {
  guard shared.pointee.isTaken else { return }
  shared.pointee.isTaken = false
  tcsetattr(shared.pointee.input, TCSANOW, &shared.pointee.saved)
}

private func erase() {
  if shared.pointee.isTaken { _ = write(shared.pointee.output, shared.pointee.erasure, 4) }
}

private func noteChange() {
  shared.pointee.hasChanged = 1
  Interruption.wake()
}

/// Ctrl-Z and what ends the process: the status line goes, the modes go back, then the signal does
/// what it would have done.
private func suspend(_ number: Int32) {
  let code = errno
  erase()
  leave()
  var standard = sigaction()
  var own = sigaction()
  sigemptyset(&standard.sa_mask)
  standard.__sigaction_handler.sa_handler = SIG_DFL
  sigaction(number, &standard, &own)
  var set = sigset_t()
  sigemptyset(&set)
  sigaddset(&set, number)
  pthread_sigmask(SIG_UNBLOCK, &set, nil)
  raise(number)
  // Only after a pause does anything come here.
  sigaction(number, &own, nil)
  resume()
  errno = code
}

/// Back from a pause: the shell has set modes of its own.
///
/// In the background they stay the shell's.
private func resume() {
  guard shared.pointee.isWanted else { return }
  guard tcgetpgrp(shared.pointee.input) == getpgrp() else { return }
  shared.pointee.isTaken = false
  enter()
  noteChange()
}
