#!/usr/bin/env python3
"""Makes the dataset: a small trained network, and what flows into each of its layers.

    python3 make.py            writes model.safetensors beside this script (about a minute)

A grammar of our own writes short sentences about who carries what where. A network with two hidden
layers learns to foretell the next letter from the 24 before it. Its weights are real in the one way
that matters here: nobody drew them from a distribution, training put them where they are.

Needs torch and safetensors. Seeded; another machine or version may differ in the last digits, so the
checksum of the committed file stands in README.md.
"""
import math
import pathlib
import random

import torch
from safetensors.torch import save_file

SEED = 20261121
CONTEXT = 24
EMBEDDING = 16
HIDDEN = 256
STEPS = 4000
BATCH = 512
TOKENS = 512

PEOPLE = ["ada", "ben", "cleo", "dov", "esme", "finn", "gita", "hugo"]
THINGS = ["a lamp", "the key", "two coins", "a letter", "the map", "three pears", "a rope"]
PLACES = ["the mill", "the harbour", "the bridge", "the orchard", "the tower", "the market"]
VERBS = ["carries", "hides", "finds", "drops", "sells", "forgets"]
REASONS = ["it is late", "nobody asked", "the rain stopped", "someone is coming"]


def sentence(rng):
    """One sentence: person, verb, thing, place, and now and then why or who sees it."""
    who, what, where = rng.choice(PEOPLE), rng.choice(THINGS), rng.choice(PLACES)
    text = f"{who} {rng.choice(VERBS)} {what} at {where}"
    turn = rng.random()
    if turn < 0.3:
        text += f" because {rng.choice(REASONS)}"
    elif turn < 0.5:
        other = rng.choice([p for p in PEOPLE if p != who])
        text += f" and {other} sees {what}"
    return text + ". "


class Reader(torch.nn.Module):
    """Embedding, two hidden layers with ReLU, and a layer of scores."""

    def __init__(self, letters):
        super().__init__()
        self.embedding = torch.nn.Embedding(letters, EMBEDDING)
        self.first = torch.nn.Linear(CONTEXT * EMBEDDING, HIDDEN)
        self.second = torch.nn.Linear(HIDDEN, HIDDEN)
        self.scores = torch.nn.Linear(HIDDEN, letters)

    def forward(self, window):
        self.into_first = self.embedding(window).flatten(1)
        self.into_second = torch.relu(self.first(self.into_first))
        self.into_scores = torch.relu(self.second(self.into_second))
        return self.scores(self.into_scores)


def main():
    rng = random.Random(SEED)
    torch.manual_seed(SEED)
    text = "".join(sentence(rng) for _ in range(20000))
    letters = sorted(set(text))
    codes = torch.tensor([letters.index(letter) for letter in text])
    held_out = len(codes) - 50000
    model = Reader(len(letters))
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)

    def batch(starts):
        windows = torch.stack([codes[s : s + CONTEXT] for s in starts])
        return windows, codes[starts + CONTEXT]

    for step in range(STEPS):
        windows, targets = batch(torch.randint(0, held_out - CONTEXT, (BATCH,)))
        loss = torch.nn.functional.cross_entropy(model(windows), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"step {step}: {loss.item() / math.log(2):.3f} bits a letter")

    with torch.no_grad():
        starts = held_out + torch.arange(0, 40000, 10)
        windows, targets = batch(starts)
        loss = torch.nn.functional.cross_entropy(model(windows), targets).item() / math.log(2)
        windows, targets = batch(held_out + torch.arange(TOKENS) * 53)
        model(windows)
        tensors = {
            "first.weight": model.first.weight,
            "first.bias": model.first.bias,
            "first.inputs": model.into_first,
            "second.weight": model.second.weight,
            "second.bias": model.second.bias,
            "second.inputs": model.into_second,
            "scores.weight": model.scores.weight,
            "scores.bias": model.scores.bias,
            "scores.inputs": model.into_scores,
        }
        tensors = {name: value.to(torch.float16).contiguous() for name, value in tensors.items()}
        tensors["targets"] = targets.to(torch.uint8)
    metadata = {"letters": "".join(letters), "heldOutBitsPerLetter": f"{loss:.4f}"}
    path = pathlib.Path(__file__).with_name("model.safetensors")
    save_file(tensors, str(path), metadata=metadata)
    print(f"held out: {loss:.4f} bits a letter, {len(letters)} letters, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
