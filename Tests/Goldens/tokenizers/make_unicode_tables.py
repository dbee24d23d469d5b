"""Writes the Unicode tables of the module Tokenizers, as Hugging Face's `tokenizers` sees Unicode.

A tokenizer is exact only if it agrees with the one the model was trained with about what a letter
is, and that changes with every version of Unicode. So the tables are measured: each scalar is shown
to the package's own regular expressions and normalizers, through its public functions. Where the
package cannot say (the steps of a decomposition, the number of a combining class), Python's
`unicodedata` does.

    python make_unicode_tables.py            # tokenizers 0.23.3, Python 3 with Unicode 14 or later
"""

import pathlib
import textwrap
import unicodedata

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

SOURCES = pathlib.Path(__file__).resolve().parents[3] / "Sources" / "Tokenizers"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
SCRIPT = "Tests/Goldens/tokenizers/make_unicode_tables.py"


def matching(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return [c for c in SCALARS if not split.pre_tokenize_str(chr(c))]


def ranges(scalars):
    """`start` or `start+more`, in hexadecimal."""
    result = []
    for c in scalars:
        if result and result[-1][1] + 1 == c:
            result[-1][1] = c
        else:
            result.append([c, c])
    return [f"{a:x}" if a == b else f"{a:x}+{b - a:x}" for a, b in result]


def lines(words, indent="    "):
    text = textwrap.wrap(" ".join(words), 96 - len(indent), break_on_hyphens=False)
    return "\n".join(indent + line for line in text)


def literal(words):
    return f'"""\n{lines(words)}\n    """'


def write_classes():
    out = f"""/// Which scalars are letters, numbers, white space and punctuation, as ranges in hexadecimal.
///
/// Measured with `{SCRIPT}` on Hugging Face's
/// tokenizers {tokenizers.__version__}; the toolchain's own Unicode is another version.
enum ScalarClassRanges {{
  /// `\\p{{L}}`.
  static let letters =
    {literal(ranges(matching(chr(92) + "p{L}")))}

  /// `\\p{{N}}`.
  static let numbers =
    {literal(ranges(matching(chr(92) + "p{N}")))}

  /// `\\s`.
  static let spaces =
    {literal(ranges(matching(chr(92) + "s")))}

  /// `\\p{{P}}`.
  static let punctuation =
    {literal(ranges(matching(chr(92) + "p{P}")))}
}}
"""
    (SOURCES / "Splitting" / "ScalarClassRanges.swift").write_text(out)


def write_canonical():
    nfd, nfc = normalizers.NFD(), normalizers.NFC()
    steps = []
    for c in SCALARS:
        if 0xAC00 <= c < 0xD7A4 or nfd.normalize_str(chr(c)) == chr(c):
            continue  # Hangul is arithmetic
        parts = [int(p, 16) for p in unicodedata.decomposition(chr(c)).split()]
        pair = "".join(map(chr, parts))
        composes = len(parts) == 2 and nfc.normalize_str(pair) == chr(c)
        steps.append(("" if composes else "!") + ":".join(f"{p:x}" for p in [c] + parts))
    classes = {}
    for c in SCALARS:
        number = unicodedata.combining(chr(c))
        if not number:
            continue
        # Known to the package if it is put behind a mark of a lower class or before one of a higher.
        probe = "a\u0334" + chr(c) if number == 1 else "a" + chr(c) + "\u0334"
        probe = "a\u0345" + chr(c) if number == 1 else probe
        if nfd.normalize_str(probe) != probe:
            classes.setdefault(number, []).append(c)
    words = []
    for number in sorted(classes):
        words += [f"={number}"] + ranges(classes[number])
    out = f"""/// Canonical decompositions and combining classes, in hexadecimal.
///
/// Measured with `{SCRIPT}` on Hugging Face's
/// tokenizers {tokenizers.__version__}, whose Unicode is older than the toolchain's.
enum CanonicalTable {{
  /// `scalar:first:second` or `scalar:first`; with `!` before it, the parts do not compose again.
  static let decompositions =
    {literal(steps)}

  /// `=class` (decimal), then the ranges of scalars that have it.
  static let combiningClasses =
    {literal(words)}
}}
"""
    (SOURCES / "Normalizing" / "CanonicalTable.swift").write_text(out)


write_classes()
write_canonical()
