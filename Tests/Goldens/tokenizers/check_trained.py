"""Shows that Hugging Face's tokenizers read what BytePairTrainer has written, and agree with it.

    python check_trained.py FOLDER      # with vocab.json, merges.txt, tokenizer.json, ids.json

`ids.json` is a list of [text, ids] by the tokenizer that was trained.
"""

import json
import pathlib
import sys

import tokenizers
from tokenizers import Tokenizer, models

folder = pathlib.Path(sys.argv[1])
whole = Tokenizer.from_file(str(folder / "tokenizer.json"))
parts = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
parts.pre_tokenizer, parts.decoder = whole.pre_tokenizer, whole.decoder
cases = json.loads((folder / "ids.json").read_text())
for text, ids in cases:
    assert whole.encode(text).ids == ids, text
    assert parts.encode(text).ids == ids or "<|endoftext|>" in text, text
    assert whole.decode(ids, skip_special_tokens=False) == text, text
print(f"tokenizers {tokenizers.__version__}: {len(cases)} texts, {whole.get_vocab_size()} tokens: the same ids")
