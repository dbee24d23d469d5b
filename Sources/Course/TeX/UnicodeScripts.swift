/// The raised and lowered characters that Unicode has.
enum UnicodeScripts {
  /// A text raised, or nil where a character of it has no raised form.
  static func raised(_ text: String) -> String? {
    mapped(text, superscripts)
  }

  /// A text lowered, or nil where a character of it has no lowered form.
  static func lowered(_ text: String) -> String? {
    mapped(text, subscripts)
  }

  private static func mapped(_ text: String, _ table: [Character: Character]) -> String? {
    var mapped = ""
    for character in text {
      guard let script = table[character] else { return nil }
      mapped.append(script)
    }
    return mapped.isEmpty ? nil : mapped
  }

  private static let superscripts = table(
    "0123456789+−-=()′abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ⊤",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾′ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡᵀ")

  private static let subscripts = table(
    "0123456789+−-=()aehijklmnoprstuvxβγρφχ",
    "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")

  private static func table(_ plain: String, _ scripts: String) -> [Character: Character] {
    Dictionary(zip(plain, scripts)) { first, _ in first }
  }
}
