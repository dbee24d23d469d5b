"""Makes small tokenizers of every supported shape, and what their own libraries make of hostile texts.

    python make_tokenizers.py                     # rewrites the files beside this script
    python make_tokenizers.py --data DATA --out FOLDER --count 3000
        # a large run, on the vocabularies of DATA too; point NIBBLE_TOKENIZER_GOLDENS at FOLDER

tokenizers 0.23.3, sentencepiece 0.2.3. Only public functions of the two are used. One file
`NAME.cases.json` for each tokenizer: the texts, their ids, and the text of the ids.
"""

import argparse
import io
import json
import os
import pathlib
import random
import tempfile
import unicodedata

import sentencepiece
import tokenizers
from tokenizers import (
    AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers,
)

from hostile_texts import ALPHABETS, hostile_texts

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace("{1,3}", "")


def corpus(seed=3, sentences=1500):
    """Invented sentences: syllables, numbers, other scripts, so that merges of many kinds are learned."""
    generator = random.Random(seed)
    syllables = [a + b for a in "b d f g k l m n p r s t v w".split() for b in "a e i o u ar en ing".split()]
    words = ["".join(generator.choices(syllables, k=generator.randrange(1, 4))) for _ in range(250)]
    words += "the of and to in was for that it's don't they'll I'd we've re-use".split()
    words += ["naïve", "Ångström", "нещо", "на", "工作", "天", "한국어", "हिन्दी", "สวัสดี", "🦙", "🚀", "cafe\u0301"]
    lines = []
    for _ in range(sentences):
        line = []
        for _ in range(generator.randrange(3, 14)):
            word = words[min(int(generator.expovariate(0.02)), len(words) - 1)]
            word = word.capitalize() if generator.random() < 0.1 else word
            line.append(str(generator.randrange(3000)) if generator.random() < 0.08 else word)
        lines.append(" ".join(line) + generator.choice([".", "!", "?", ",", "...", " -", "\n", "\r\n", "  "]))
    return lines


def byte_level(pattern, vocabulary=700, **settings):
    tokenizer = Tokenizer(models.BPE(**settings))
    if pattern is None:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>"], show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def gpt2():
    return byte_level(None)


def gpt2_prefix_space():
    tokenizer = byte_level(None)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.add_tokens(["  double", AddedToken("[INST]", normalized=False)])
    tokenizer.post_processor = processors.RobertaProcessing(("<|endoftext|>", 0), ("<|endoftext|>", 0))
    return tokenizer


def llama3():
    tokenizer = byte_level(LLAMA3)
    state = json.loads(tokenizer.to_str())
    state["model"]["ignore_merges"] = True
    # Tokens that no merge makes, which only a lookup of the whole word finds.
    state["model"]["vocab"]["ĠzyxĠwv"] = len(state["model"]["vocab"])
    state["model"]["vocab"]["Ġqqqzzz"] = len(state["model"]["vocab"])
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.add_special_tokens(["<s>", AddedToken("<mask>", lstrip=True, rstrip=True), "</s>"])
    identifier = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", identifier)]),
    ])
    return tokenizer


def qwen2():
    tokenizer = byte_level(QWEN2)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken("cafe\u0301", normalized=True)])
    return tokenizer


def characters(normalizer, pre_tokenizer, decoder, vocabulary=900):
    """BPE of characters with bytes for the unknown, as Llama's `tokenizer.json`."""
    lines = [normalizer.normalize_str(line) if normalizer else line for line in corpus()]
    trained = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=specials, limit_alphabet=80, show_progress=False)
    trained.train_from_iterator(lines, trainer)
    state = json.loads(trained.to_str())
    state["added_tokens"] = state["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    if normalizer:
        tokenizer.normalizer = normalizer
    state = json.loads(tokenizer.to_str())
    state["pre_tokenizer"] = None
    tokenizer = Tokenizer.from_str(json.dumps(state))
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return tokenizer


def llama_decoder():
    return decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])


def llama_legacy():
    normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return characters(normalizer, None, llama_decoder())


def llama_metaspace():
    return characters(
        None, pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False), llama_decoder())


def metaspace_split():
    return characters(
        None, pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True),
        decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True))


def sentencepiece_model(**settings):
    output = io.BytesIO()
    defaults = dict(
        sentence_iterator=iter([line for line in corpus() if line.strip()]), model_writer=output,
        model_type="bpe", vocab_size=800, byte_fallback=True, character_coverage=0.98,
        normalization_rule_name="identity", remove_extra_whitespaces=False, num_threads=1,
        minloglevel=2)
    defaults.update(settings)
    sentencepiece.SentencePieceTrainer.train(**defaults)
    return output.getvalue()


def sentencepiece_models():
    # A model remembers the path of its rules, which must not be one of this machine.
    rules = pathlib.Path("rules.tsv")
    os.chdir(tempfile.mkdtemp())
    rules.write_text("41\t61\nC4\t61 65\n20AC\t45 55 52\n61 62 63\t78\nFF10\t30\n200B\t\n3000\t20\n")
    models_ = {
        "spm-plain": sentencepiece_model(),
        "spm-symbols": sentencepiece_model(
            user_defined_symbols=["<mask>", "[INST]", "▁▁", "👍🏽"], control_symbols=["<|im_start|>"], split_digits=True,
            allow_whitespace_only_pieces=True),
        "spm-unknown": sentencepiece_model(byte_fallback=False, remove_extra_whitespaces=True, vocab_size=500),
        "spm-rules": sentencepiece_model(
            normalization_rule_tsv=str(rules), remove_extra_whitespaces=True, user_defined_symbols=["[INST]"]),
        "spm-no-prefix": sentencepiece_model(add_dummy_prefix=False),
    }
    return models_


def write_cases(folder, name, cases):
    (folder / f"{name}.cases.json").write_text(
        json.dumps({"library": f"tokenizers {tokenizers.__version__}, sentencepiece {sentencepiece.__version__}",
                    "cases": cases}, ensure_ascii=True, separators=(",", ":")).replace("],[", "],\n["))


def tokenizer_cases(tokenizer, seed, count):
    size = tokenizer.get_vocab_size()
    generator = random.Random(seed)
    cases = []
    for text in hostile_texts(seed, count):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        whole = tokenizer.encode(text, add_special_tokens=True).ids
        noise = [generator.randrange(size) for _ in range(generator.randrange(12))]
        cases.append([text, ids, whole, tokenizer.decode(ids), noise, tokenizer.decode(noise)])
    return cases


def sentencepiece_cases(model, seed, count):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    generator = random.Random(seed)
    cases = []
    for text in hostile_texts(seed, count):
        ids = processor.encode(text)
        whole = processor.encode(text, add_bos=True)
        noise = [generator.randrange(processor.get_piece_size()) for _ in range(generator.randrange(12))]
        cases.append([text, ids, whole, processor.decode(ids), noise, processor.decode(noise)])
    return cases


def write_training(folder):
    """The trainer's own result: what `vocab.json` and `merges.txt` hold, and the text."""
    for name, pattern in [("trained-gpt2", None), ("trained-llama3", LLAMA3)]:
        tokenizer = byte_level(pattern)
        state = json.loads(tokenizer.to_str())
        vocabulary = sorted(state["model"]["vocab"], key=state["model"]["vocab"].get)
        (folder / f"{name}.json").write_text(json.dumps(
            {"library": f"tokenizers {tokenizers.__version__}", "vocabulary": vocabulary,
             "merges": [" ".join(m) for m in state["model"]["merges"]]}, indent=0))
    (folder / "training-text.json").write_text(json.dumps(corpus(), indent=0))


def write_composition(folder):
    """NFC by `tokenizers` and by Python, on what was assigned by Unicode 3.2: on that they agree."""
    generator = random.Random(17)
    known = [c for c in range(0x11930)
             if unicodedata.decomposition(chr(c)).split("<")[0] or unicodedata.combining(chr(c))]
    known = [c for c in known if unicodedata.ucd_3_2_0.category(chr(c)) != "Cn"]
    known += list(range(0x1100, 0x1113)) + list(range(0x1161, 0x1176)) + list(range(0x11A8, 0x11C3))
    known += [0xAC00, 0xAC01, 0xAC1C, 0x61, 0x65, 0x20, 0x4E00, 0x10041, 0x915, 0x9C7]
    cases = []
    for _ in range(400):
        text = "".join(chr(generator.choice(known)) for _ in range(generator.randrange(1, 12)))
        composed = normalizers.NFC().normalize_str(text)
        assert composed == unicodedata.normalize("NFC", text), ascii(text)
        cases.append([text, composed])
    (folder / "composition.json").write_text(json.dumps(
        {"library": f"tokenizers {tokenizers.__version__}, Unicode {unicodedata.unidata_version}", "cases": cases}))


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=here)
    parser.add_argument("--count", type=int, default=25)
    arguments = parser.parse_args()
    folder = arguments.out.resolve()
    data = arguments.data.resolve() if arguments.data else None
    folder.mkdir(parents=True, exist_ok=True)
    makers = [gpt2, gpt2_prefix_space, llama3, qwen2, llama_legacy, llama_metaspace, metaspace_split]
    made = {maker.__name__.replace("_", "-"): maker() for maker in makers}
    pieces = sentencepiece_models()
    if data:
        merges = str(data / "gpt2-bpe" / "vocab.bpe")
        vocabulary = str(data / "gpt2-bpe" / "encoder.json")
        for name, pattern in [("full-gpt2", GPT2), ("full-llama3", LLAMA3), ("full-qwen2", QWEN2)]:
            state = json.loads(byte_level(pattern).to_str())
            read = models.BPE.from_file(vocabulary, merges)
            tokenizer = Tokenizer(read)
            tokenizer.pre_tokenizer = Tokenizer.from_str(json.dumps(state)).pre_tokenizer
            tokenizer.decoder = decoders.ByteLevel()
            if name == "full-qwen2":
                tokenizer.normalizer = normalizers.NFC()
            tokenizer.add_special_tokens(["<|endoftext|>"])
            made[name] = tokenizer
        pieces["full-mistral"] = (data / "sentencepiece" / "mistral-tokenizer-v1.model").read_bytes()
        # nmt_nfkc as it is published; its map is too large for the repository.
        pieces["full-nfkc"] = sentencepiece_model(
            normalization_rule_name="nmt_nfkc", remove_extra_whitespaces=True)
    for seed, (name, tokenizer) in enumerate(sorted(made.items())):
        (folder / f"{name}.tokenizer.json").write_text(
            json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")))
        write_cases(folder, name, tokenizer_cases(tokenizer, 100 + seed, arguments.count))
    for seed, (name, model) in enumerate(sorted(pieces.items())):
        (folder / f"{name}.model").write_bytes(model)
        write_cases(folder, name, sentencepiece_cases(model, 200 + seed, arguments.count))
    if folder == here:
        write_training(folder)
        write_composition(folder)


main()
