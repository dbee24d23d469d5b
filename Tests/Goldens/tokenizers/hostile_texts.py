"""Random texts that tokenizers get wrong: mixed scripts, marks, joiners, controls, long runs."""

import random
import unicodedata

ALPHABETS = {
    "ascii": [chr(c) for c in range(0x20, 0x7F)],
    "letters": list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "latin": [chr(c) for c in range(0xA0, 0x250)],
    "greek-cyrillic": [chr(c) for c in range(0x370, 0x530)],
    "hebrew-arabic": [chr(c) for c in range(0x590, 0x700)],
    "indic": [chr(c) for c in range(0x900, 0xC80)],
    "thai-khmer": [chr(c) for c in range(0xE00, 0xE80)] + [chr(c) for c in range(0x1780, 0x1800)],
    "jamo": [chr(c) for c in range(0x1100, 0x1200)],
    "hangul": [chr(random.Random(7).randrange(0xAC00, 0xD7A4)) for _ in range(300)],
    "cjk": [chr(c) for c in range(0x4E00, 0x4F00)] + list("的一是我想在工作天、。「」"),
    "kana": [chr(c) for c in range(0x3040, 0x3100)],
    "marks": [chr(c) for c in range(0x300, 0x370)] + list("\u0591\u0651\u064b\u093c\u0f71\u3099\u309a"),
    "digits": list("0123456789") + list("٠١٢३४५²³¼½Ⅷ①㊷𝟗"),
    "spaces": list("  \t\n\r\u000b\u000c\u0085\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000"),
    "line-ends": list(" \n\r\t"),
    "controls": [chr(c) for c in range(0x20)] + ["\x7f", "\u0080", "\u009f", "\u200b", "\u200d", "\u200e",
                                                     "\u2060", "\ufeff", "\u00ad", "\ufffd", "\ufffe", "\uffff"],
    "punctuation": list("!?.,;:'\"()[]{}<>-_=+*/\\|@#$%^&~`¿¡…–—‘’“”«»§¶†‡•"),
    "contractions": ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'RE", "'lL", "'ſ", "'", "''", "’s", "'x", " '"],
    "emoji": list("🦙🚀😀❤✅🌍") + ["👨‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪", "😶‍🌫️", "1️⃣", "\ufe0f", "🏽", "\u200d"],
    "special": ["<|endoftext|>", "<s>", "</s>", "<unk>", "<pad>", "<0x0A>", "▁", "▁▁", "Ġ", "Ċ", "<|", "|>", "<mask>",
                "<|im_start|>", "<|im_end|>", "[INST]"],
    "astral": [chr(c) for c in range(0x1D400, 0x1D440)] + [chr(c) for c in range(0x20000, 0x20020)]
              + [chr(c) for c in range(0x10330, 0x1034B)] + ["\U0010ffff", "\U000e0041", "\U0001f1e6"],
    "new": [chr(c) for c in list(range(0x1C89, 0x1C8B)) + list(range(0x10D40, 0x10D50)) + list(range(0x11380, 0x113B0))
            + list(range(0x16D40, 0x16D60)) + list(range(0x1E5D0, 0x1E5F0)) + [0x11938, 0x11935, 0x11930]],
    "words": "the of and to in was for that with his had The New said house re-use it's don't they'll I'd we've".split(" "),
}
NAMES = sorted(ALPHABETS)


def any_scalar(generator):
    while True:
        c = generator.randrange(0x110000)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def hostile_text(generator, longest=60):
    """One text; most are short, some are long runs of one thing."""
    kind = generator.random()
    if kind < 0.03:
        piece = generator.choice(ALPHABETS[generator.choice(NAMES)])
        return piece * generator.randrange(1, 400)
    if kind < 0.10:
        return "".join(any_scalar(generator) for _ in range(generator.randrange(1, 25)))
    names = generator.sample(NAMES, generator.randrange(1, 6))
    parts = []
    for _ in range(generator.randrange(0, longest)):
        alphabet = ALPHABETS[generator.choice(names)]
        piece = generator.choice(alphabet)
        if generator.random() < 0.08:
            piece *= generator.randrange(2, 9)
        parts.append(piece)
        if generator.random() < 0.15:
            parts.append(" ")
    text = "".join(parts)
    if generator.random() < 0.1:
        text = unicodedata.normalize("NFD", text)
    return text


def hostile_texts(seed, count):
    generator = random.Random(seed)
    return [hostile_text(generator) for _ in range(count)]
