import Synchronization
import Tokenizers

/// Tokens becoming text on standard output, at once or at the end; whoever ends it first has the last word.
final class GeneratedText: Sendable {
  /// When text is printed.
  enum Printing: Sendable {
    /// As soon as nothing that follows can change it.
    case atOnce
    /// All of it at the end, early or not.
    case atTheEnd
    /// By somebody else.
    case later
  }

  private struct State {
    var decoder: StreamingDecoder
    var text = ""
    var tokens: [Int] = []
    var hasEnded = false
  }

  private let state: Mutex<State>
  private let printing: Printing

  /// A text that begins with a prompt.
  init(of tokenizer: Tokenizer, after prompt: [Int], showsPrompt: Bool, printing: Printing) {
    // The prompt is decoded too, shown or not: what comes first in a text may lose a space.
    var decoder = tokenizer.streamingDecoder()
    let text = prompt.map { Self.text(of: $0, &decoder) }.joined()
    state = Mutex(State(decoder: decoder, text: showsPrompt ? text : ""))
    self.printing = printing
    if printing == .atOnce, showsPrompt { Output.text(text) }
  }

  /// Adds a token.
  func take(_ token: Int) {
    state.withLock { state in
      if state.hasEnded { return }
      state.tokens.append(token)
      add(Self.text(of: token, &state.decoder), to: &state)
    }
  }

  /// Ends the text, and prints what has not been printed.
  ///
  /// - Returns: Whether this was the first end; a second one changes nothing.
  func end() -> Bool {
    state.withLock { state in
      if state.hasEnded { return false }
      state.hasEnded = true
      add(state.decoder.finish(), to: &state)
      switch printing {
      case .atOnce: Output.line()
      case .atTheEnd: Output.line(state.text)
      case .later: break
      }
      return true
    }
  }

  /// The tokens so far.
  var tokens: [Int] { state.withLock { $0.tokens } }

  /// The text so far.
  var text: String { state.withLock { $0.text } }

  private func add(_ text: String, to state: inout State) {
    state.text += text
    if printing == .atOnce, !text.isEmpty { Output.text(text) }
  }

  /// A token's text; U+FFFD for one that fills the embedding up and stands for nothing.
  private static func text(of token: Int, _ decoder: inout StreamingDecoder) -> String {
    (try? decoder.append(token)) ?? "\u{FFFD}"
  }
}
