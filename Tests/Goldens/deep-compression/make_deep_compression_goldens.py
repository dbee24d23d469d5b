#!/usr/bin/env python3
"""Golden vectors for weight sharing: SciPy's k-means from evenly spaced levels.

Run in this folder: python3 make_deep_compression_goldens.py
Needs numpy and scipy. scipy.cluster.vq.kmeans2 is Lloyd's iteration from given levels; 500 rounds are
more than it takes to stand still. Floats are written so that they read back bit for bit.
"""

import json
import os
import sys

import numpy as np
import scipy
from scipy.cluster.vq import kmeans2

SEED = 1510
FOLDER = os.path.dirname(os.path.abspath(__file__))


def main():
    rng = np.random.default_rng(SEED)
    cases = []
    for name, values, bits in [
        ("normal", rng.normal(0, 0.05, 400), 2),
        ("normal", rng.normal(0, 0.05, 400), 4),
        ("laplace", rng.laplace(0, 0.05, 400), 3),
        ("two heaps", np.concatenate([rng.normal(-1, 0.1, 200), rng.normal(2, 0.3, 200)]), 3),
    ]:
        weight = values.astype(np.float32)
        start = np.linspace(float(weight.min()), float(weight.max()), 2**bits)
        levels, codes = kmeans2(
            weight.astype(np.float64)[:, None], start[:, None], iter=500, minit="matrix"
        )
        cases.append(
            {
                "name": f"{name}, {bits} bits",
                "bits": bits,
                "weight": [float(v) for v in weight],
                "levels": [float(v) for v in levels[:, 0]],
                "codes": [int(v) for v in codes],
            }
        )
    document = {
        "script": "make_deep_compression_goldens.py",
        "framework": f"scipy {scipy.__version__}, numpy {np.__version__}",
        "python": sys.version.split()[0],
        "seed": SEED,
        "tolerance": 1e-7,
        "reason": "relative to the range: both sum in double precision, ours is rounded once to float32",
        "cases": cases,
    }
    with open(os.path.join(FOLDER, "levels.json"), "w") as file:
        json.dump(document, file, separators=(", ", ": "))
        file.write("\n")


main()
