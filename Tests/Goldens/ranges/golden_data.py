"""Test data that Python and Swift both make, bit for bit.

Uniform numbers come from the 64-bit linear congruential generator
    state = state * 6364136223846793005 + 1442695040888963407 (mod 2^64), starting at the seed,
    u = (state >> 40) / 2^24 after each step,
and everything after that is +, -, *, / in float64, rounded once to float32. The Swift half is
`GoldenData.swift` beside the range tests.
"""
import json
import os

import numpy as np

MASK = (1 << 64) - 1


class Uniform:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state >> 40) / float(1 << 24)


def bell(draw):
    """Twelve uniforms less six: mean 0, variance 1, magnitude at most 6."""
    total = 0.0
    for _ in range(12):
        total += draw.next()
    return total - 6.0


def value(kind, draw, index):
    if kind == "normal":
        return bell(draw)
    if kind == "relu":
        return max(0.0, bell(draw))
    if kind == "negative":
        return -1.0 - 2.0 * draw.next()
    if kind == "positive":
        return 3.0 + draw.next()
    if kind == "heavy":  # tails like 1/x
        numerator = draw.next() - 0.5
        return numerator / (draw.next() + 0.01)
    if kind == "outliers":  # every 701st value is thirty times as large
        return bell(draw) * (30.0 if index % 701 == 350 else 1.0)
    if kind == "steps":  # few distinct values, on borders of bins and codes
        return float(int(draw.next() * 33.0) - 16) / 8.0
    if kind == "growing":  # spreads with the index, so that later batches are wider
        return bell(draw) * (1.0 + index / 500.0)
    if kind == "constant":
        return 2.5
    if kind == "zeros":
        return 0.0
    raise ValueError(kind)


def make(kind, count, seed, factor=1.0):
    draw = Uniform(seed)
    return np.array([value(kind, draw, i) * factor for i in range(count)], dtype=np.float32)


def mean_squared_error(x, scale, zero_point, lowest, highest):
    """Float32 division, half to even, clamp; float32 decoded values; float64 differences."""
    scale = np.float32(scale)
    with np.errstate(over="ignore"):
        codes = np.clip(np.round(x / scale), lowest - zero_point, highest - zero_point)
    decoded = codes.astype(np.float32) * scale
    return float(np.mean((x.astype(np.float64) - decoded.astype(np.float64)) ** 2))


def plain(number):
    return float(np.float64(np.float32(number)))


def write(script, name, provenance, tolerance, cases):
    path = os.path.join(os.path.dirname(os.path.abspath(script)), name)
    with open(path, "w") as file:
        file.write('{"provenance": ' + json.dumps(provenance) + ",\n")
        file.write(' "tolerance": ' + json.dumps(tolerance) + ",\n")
        file.write(' "cases": [\n')
        file.write(",\n".join("  " + json.dumps(case) for case in cases))
        file.write("\n]}\n")
