/// The commands of the course's TeX that stand for one sign, name or mark.
enum TeXSymbols {
  /// Greek letters: set like variables.
  static let letters: [String: String] = [
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ",
    "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ", "phi": "ϕ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "ell": "ℓ",
  ]

  /// Greek capitals: upright, as TeX sets them.
  static let uprightLetters: [String: String] = [
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
  ]

  /// Signs and the part they play.
  static let signs: [String: (text: String, role: TeXClass)] = [
    "cdot": ("⋅", .binary), "times": ("×", .binary), "odot": ("⊙", .binary),
    "otimes": ("⊗", .binary), "oplus": ("⊕", .binary), "circ": ("∘", .binary),
    "pm": ("±", .binary), "mp": ("∓", .binary), "div": ("÷", .binary), "ast": ("∗", .binary),
    "star": ("⋆", .binary), "cup": ("∪", .binary), "cap": ("∩", .binary),
    "setminus": ("∖", .binary), "wedge": ("∧", .binary), "land": ("∧", .binary),
    "vee": ("∨", .binary), "lor": ("∨", .binary), "oslash": ("⊘", .binary),
    "bmod": ("mod", .binary),
    "le": ("≤", .relation), "leq": ("≤", .relation), "ge": ("≥", .relation),
    "geq": ("≥", .relation), "ne": ("≠", .relation), "neq": ("≠", .relation),
    "ll": ("≪", .relation), "gg": ("≫", .relation), "lt": ("<", .relation),
    "gt": (">", .relation), "approx": ("≈", .relation), "equiv": ("≡", .relation),
    "sim": ("∼", .relation), "simeq": ("≃", .relation), "cong": ("≅", .relation),
    "propto": ("∝", .relation), "in": ("∈", .relation), "notin": ("∉", .relation),
    "ni": ("∋", .relation), "subset": ("⊂", .relation), "subseteq": ("⊆", .relation),
    "supset": ("⊃", .relation), "supseteq": ("⊇", .relation), "perp": ("⊥", .relation),
    "parallel": ("∥", .relation), "mid": ("∣", .relation), "colon": (":", .punctuation),
    "to": ("→", .relation), "rightarrow": ("→", .relation), "leftarrow": ("←", .relation),
    "gets": ("←", .relation), "mapsto": ("↦", .relation), "leftrightarrow": ("↔", .relation),
    "Rightarrow": ("⇒", .relation), "Leftarrow": ("⇐", .relation),
    "Leftrightarrow": ("⇔", .relation), "implies": ("⟹", .relation), "iff": ("⟺", .relation),
    "longrightarrow": ("⟶", .relation), "uparrow": ("↑", .relation),
    "downarrow": ("↓", .relation), "lesssim": ("≲", .relation), "gtrsim": ("≳", .relation),
    "coloneqq": ("≔", .relation),
    "infty": ("∞", .ordinary), "partial": ("∂", .ordinary), "nabla": ("∇", .ordinary),
    "forall": ("∀", .ordinary), "exists": ("∃", .ordinary), "emptyset": ("∅", .ordinary),
    "varnothing": ("∅", .ordinary), "top": ("⊤", .ordinary), "bot": ("⊥", .ordinary),
    "neg": ("¬", .ordinary), "lnot": ("¬", .ordinary), "prime": ("′", .ordinary),
    "dagger": ("†", .ordinary), "ldots": ("…", .ordinary), "dots": ("…", .ordinary),
    "cdots": ("⋯", .ordinary), "vdots": ("⋮", .ordinary), "ddots": ("⋱", .ordinary),
    "hbar": ("ℏ", .ordinary), "Re": ("ℜ", .ordinary), "Im": ("ℑ", .ordinary),
    "angle": ("∠", .ordinary), "degree": ("°", .ordinary), "backslash": ("∖", .ordinary),
    "vert": ("|", .ordinary), "Vert": ("‖", .ordinary), "square": ("□", .ordinary),
    "lvert": ("|", .opening), "rvert": ("|", .closing), "lVert": ("‖", .opening),
    "rVert": ("‖", .closing), "lfloor": ("⌊", .opening), "rfloor": ("⌋", .closing),
    "lceil": ("⌈", .opening), "rceil": ("⌉", .closing), "langle": ("⟨", .opening),
    "rangle": ("⟩", .closing), "lbrace": ("{", .opening), "rbrace": ("}", .closing),
    "lbrack": ("[", .opening), "rbrack": ("]", .closing),
    "{": ("{", .opening), "}": ("}", .closing), "|": ("‖", .ordinary), "%": ("%", .ordinary),
    "#": ("#", .ordinary), "&": ("&", .ordinary), "$": ("$", .ordinary), "_": ("_", .ordinary),
  ]

  /// Characters that stand for themselves.
  static let characters: [Character: (text: String, role: TeXClass)] = [
    "+": ("+", .binary), "-": ("−", .binary), "−": ("−", .binary), "*": ("∗", .binary),
    "·": ("⋅", .binary), "×": ("×", .binary), "±": ("±", .binary),
    "=": ("=", .relation), "<": ("<", .relation), ">": (">", .relation), ":": (":", .relation),
    "≤": ("≤", .relation), "≥": ("≥", .relation), "≠": ("≠", .relation), "≈": ("≈", .relation),
    "∈": ("∈", .relation), "→": ("→", .relation), "∼": ("∼", .relation),
    ",": (",", .punctuation), ";": (";", .punctuation),
    "(": ("(", .opening), "[": ("[", .opening), ")": (")", .closing), "]": ("]", .closing),
    "⌊": ("⌊", .opening), "⌋": ("⌋", .closing), "⌈": ("⌈", .opening), "⌉": ("⌉", .closing),
    "⟨": ("⟨", .opening), "⟩": ("⟩", .closing),
    "|": ("|", .ordinary), "‖": ("‖", .ordinary), "/": ("/", .ordinary), "!": ("!", .closing),
    "?": ("?", .closing), ".": (".", .ordinary), "\"": ("″", .ordinary), "@": ("@", .ordinary),
    "`": ("‘", .ordinary), "∞": ("∞", .ordinary), "∂": ("∂", .ordinary), "∇": ("∇", .ordinary),
    "…": ("…", .ordinary), "⋯": ("⋯", .ordinary), "⊤": ("⊤", .ordinary), "°": ("°", .ordinary),
  ]

  /// Functions by name; true where a subscript goes below in a display.
  static let functions: [String: Bool] = [
    "min": true, "max": true, "lim": true, "sup": true, "inf": true, "det": true, "Pr": true,
    "gcd": true, "limsup": true, "liminf": true,
    "arg": false, "log": false, "exp": false, "ln": false, "sin": false, "cos": false,
    "tan": false, "tanh": false, "sinh": false, "cosh": false, "arcsin": false, "arccos": false,
    "arctan": false, "dim": false, "ker": false, "deg": false, "lg": false,
  ]

  /// Names that are written with a space inside.
  static let spacedNames = ["limsup": "lim sup", "liminf": "lim inf"]

  /// Large operators; false for integrals, whose ends stand beside them.
  static let large: [String: (text: String, hasLimits: Bool)] = [
    "sum": ("∑", true), "prod": ("∏", true), "coprod": ("∐", true), "bigcup": ("⋃", true),
    "bigcap": ("⋂", true), "bigoplus": ("⨁", true), "bigotimes": ("⨂", true),
    "int": ("∫", false), "iint": ("∬", false), "oint": ("∮", false),
  ]

  /// Spaces, in thousandths of an em.
  static let spaces: [String: Int] = [
    ",": 167, ":": 222, ">": 222, ";": 278, "!": -167, " ": 333, "quad": 1000, "qquad": 2000,
    "thinspace": 167, "enspace": 500,
  ]

  /// Marks over and under a base.
  static let accents: [String: TeXAccent] = [
    "hat": .hat, "widehat": .wideHat, "bar": .bar, "overline": .overline, "tilde": .tilde,
    "widetilde": .wideTilde, "dot": .dot, "ddot": .twoDots, "vec": .arrow, "check": .check,
    "underline": .underline, "overbrace": .overbrace, "underbrace": .underbrace,
  ]

  /// Commands that set their argument's letters.
  static let styles: [String: TeXStyle] = [
    "mathrm": .upright, "mathbf": .bold, "boldsymbol": .boldItalic, "mathbb": .doubleStruck,
    "mathcal": .script, "mathsf": .sans, "mathtt": .monospace, "mathit": .normal,
  ]

  /// Commands that make a bracket larger by hand; brackets here grow where `\left` says so.
  static let sizes: Set<String> = [
    "big", "Big", "bigg", "Bigg", "bigl", "Bigl", "biggl", "Biggl", "bigr", "Bigr", "biggr",
    "Biggr", "bigm", "Bigm",
  ]

  /// Commands with a grammar of their own.
  static let structural = [
    "frac", "tfrac", "dfrac", "binom", "sqrt", "text", "operatorname", "left", "right", "middle",
    "begin", "end", "limits", "nolimits", "overset", "underset", "stackrel",
  ]

  /// Every command, for near misses.
  static let commands: [String] =
    (Array(letters.keys) + uprightLetters.keys + signs.keys + functions.keys + large.keys
    + spaces.keys + accents.keys + styles.keys + structural + sizes)
    .filter { $0.first?.isLetter == true }
    .sorted()

  /// Brackets that `\left` and `\right` take as a command.
  static let delimiters: [String: String] = [
    "{": "{", "}": "}", "|": "‖", "lvert": "|", "rvert": "|", "vert": "|", "lVert": "‖",
    "rVert": "‖", "Vert": "‖", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "langle": "⟨", "rangle": "⟩", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]",
    "uparrow": "↑", "downarrow": "↓",
  ]

  /// Brackets that stand for themselves; a point is no bracket.
  static let delimiterCharacters: [Character: String] = [
    "(": "(", ")": ")", "[": "[", "]": "]", "|": "|", "/": "/", ".": "", "<": "⟨", ">": "⟩",
    "⌊": "⌊", "⌋": "⌋", "⌈": "⌈", "⌉": "⌉", "‖": "‖", "⟨": "⟨", "⟩": "⟩",
  ]
}
