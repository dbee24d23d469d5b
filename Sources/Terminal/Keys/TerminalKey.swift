/// A key as a reader pressed it, whatever bytes the terminal sent for it.
public enum TerminalKey: Hashable, Sendable {
  /// A letter, digit, sign or space.
  case character(Character)
  /// Ctrl and a small letter.
  case control(Character)
  /// Enter.
  case enter
  /// Tab.
  case tab
  /// Backspace.
  case backspace
  /// Delete, which takes what is under the cursor.
  case delete
  /// Escape, pressed alone.
  case escape
  /// An arrow up.
  case up
  /// An arrow down.
  case down
  /// An arrow to the left.
  case left
  /// An arrow to the right.
  case right
  /// Ctrl or Alt and an arrow to the left.
  case wordLeft
  /// Ctrl or Alt and an arrow to the right.
  case wordRight
  /// Home.
  case home
  /// End.
  case end
  /// A page up.
  case pageUp
  /// A page down.
  case pageDown
  /// A key that means nothing here.
  case unknown
}
