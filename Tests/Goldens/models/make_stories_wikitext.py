"""What WikiText-2 costs stories260K, by a NumPy pass in double precision and a tokenizer of its own.

python make_stories_wikitext.py DATA writes stories-wikitext.json beside this file. DATA holds `tiny-lm`
(llama2.c's stories260K.bin and tok512.bin) and `wikitext-2/wiki.test.raw`. Needs NumPy. The first 5,120
ids of the text, none put before it, are cut into windows of 512, and in each every id but the first is
scored.
"""

import json
import struct
import sys
from functools import cache
from pathlib import Path

import numpy as np

LIMIT, WINDOW = 5120, 512
data = Path(sys.argv[1])


def vocabulary():
    raw = (data / "tiny-lm/tok512.bin").read_bytes()
    place, pieces, scores = 4, [], []
    while place < len(raw):
        score, length = struct.unpack_from("<fi", raw, place)
        pieces.append(raw[place + 8 : place + 8 + length])
        scores.append(score)
        place += 8 + length
    return pieces, scores


PIECES, SCORES = vocabulary()
# A token's first id counts, and those of bytes and of special tokens are not found as text.
IDS = {}
for number, piece in enumerate(PIECES):
    if number >= 259:
        IDS.setdefault(piece, number)
assert not any(b" " in piece[1:].lstrip(b" ") for piece in IDS), "a word could hold a space"


@cache
def word(text):
    """Greedy merging: of all neighbours whose union is a token, those with the best score first."""
    parts = []
    for character in text.decode():
        encoded = character.encode()
        parts += [encoded] if encoded in IDS else [bytes([3 + b, 255, 255]) for b in encoded]
    while True:
        best = None
        for i in range(len(parts) - 1):
            union = IDS.get(parts[i] + parts[i + 1])
            if union is not None and (best is None or SCORES[union] > best[0]):
                best = (SCORES[union], i)
        if best is None:
            return [IDS[p] if p in IDS else p[0] for p in parts]
        i = best[1]
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


def encode(text):
    text = b" " + text
    ids, start = [], 0
    for i in range(1, len(text) + 1):
        # A word begins at a space that does not follow another.
        if i == len(text) or (text[i] == 32 and text[i - 1] != 32):
            ids += word(text[start:i])
            start = i
    return ids


def weights():
    raw = (data / "tiny-lm/stories260K.bin").read_bytes()
    dim, hidden, layers, heads, kv, vocab, length = struct.unpack_from("<7i", raw)
    values = np.frombuffer(raw, "<f4", offset=28).astype(np.float64)
    place = 0

    def take(*shape):
        nonlocal place
        count = int(np.prod(shape))
        place += count
        return values[place - count : place].reshape(shape)

    width, key = dim // heads, dim // heads * kv
    names = [
        ("embedding", (vocab, dim)), ("norm1", (layers, dim)), ("q", (layers, dim, dim)),
        ("k", (layers, key, dim)), ("v", (layers, key, dim)), ("o", (layers, dim, dim)),
        ("norm2", (layers, dim)), ("gate", (layers, hidden, dim)),
        ("down", (layers, dim, hidden)), ("up", (layers, hidden, dim)), ("norm", (dim,)),
    ]
    return {name: take(*shape) for name, shape in names}, layers, heads, kv, width


W, LAYERS, HEADS, KV, WIDTH = weights()


def normalized(x, gain):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * gain


def rotated(x):
    positions = np.arange(x.shape[0])[:, None]
    angles = positions / 10000 ** (np.arange(0, WIDTH, 2) / WIDTH)
    c, s = np.cos(angles)[:, None], np.sin(angles)[:, None]
    a, b = x[..., 0::2], x[..., 1::2]
    return np.stack([a * c - b * s, a * s + b * c], -1).reshape(x.shape)


def logits(ids):
    x = W["embedding"][ids]
    count = len(ids)
    mask = np.triu(np.full((count, count), -np.inf), 1)
    for l in range(LAYERS):
        h = normalized(x, W["norm1"][l])
        q = rotated((h @ W["q"][l].T).reshape(count, HEADS, WIDTH))
        k = rotated((h @ W["k"][l].T).reshape(count, KV, WIDTH))
        v = (h @ W["v"][l].T).reshape(count, KV, WIDTH)
        k, v = (np.repeat(t, HEADS // KV, 1) for t in (k, v))
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(WIDTH) + mask
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        x = x + np.einsum("hqk,khd->qhd", p, v).reshape(count, -1) @ W["o"][l].T
        h = normalized(x, W["norm2"][l])
        gate = h @ W["gate"][l].T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ W["up"][l].T)) @ W["down"][l].T
    return normalized(x, W["norm"]) @ W["embedding"].T


def main():
    text = (data / "wikitext-2/wiki.test.raw").read_bytes()[:40_000]
    ids = encode(text[: text.rindex(b" ")])[:LIMIT]
    assert len(ids) == LIMIT
    losses = []
    for start in range(0, LIMIT, WINDOW):
        window = ids[start : start + WINDOW]
        z = logits(window)
        z = z - z.max(-1, keepdims=True)
        log = z - np.log(np.exp(z).sum(-1, keepdims=True))
        losses += [-log[i, window[i + 1]] for i in range(WINDOW - 1)]
    losses = np.array(losses)
    result = dict(
        script=f"make_stories_wikitext.py, NumPy {np.__version__}",
        limit=LIMIT, window=WINDOW, firstIDs=ids[:64], scored=len(losses),
        perplexity=float(np.exp(losses.mean())),
        standardError=float(np.exp(losses.mean()) * losses.std(ddof=1) / np.sqrt(len(losses))),
        tolerance=1e-5,
        reason="single precision through five layers: losses of about 1 differ by some 1e-6",
    )
    path = Path(__file__).parent / "stories-wikitext.json"
    path.write_text(json.dumps(result) + "\n")
    print(result)


main()
