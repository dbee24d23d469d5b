#!/usr/bin/env python3
"""Golden vectors for HQQ, made with the hqq package's own solvers on the CPU in float32.

Run in this folder: python3 make_hqq_goldens.py
Needs torch and hqq. Both of the package's solvers are called as they are: "legacy", its default, and
"v2". Floats are written so that they read back bit for bit.
"""

import json
import os
import sys

import numpy as np
import torch
from hqq.core import optimize
from hqq.core.quantize import Quantizer

SEED = 3107
FOLDER = os.path.dirname(os.path.abspath(__file__))
SOLVERS = {
    "legacy": optimize.optimize_weights_proximal_legacy,
    "v2": optimize.optimize_weights_proximal_v2,
}


def floats(tensor):
    return [float(v) for v in tensor.float().reshape(-1)]


def weights(rng):
    """Name, weight: the size of real layers, errors in and out of the dead zone, and odd groups."""
    small = rng.normal(0, 0.02, (4, 128))
    heavy = rng.standard_t(3, (4, 128)) * 0.02
    wide = rng.normal(0, 1, (4, 128))
    odd = rng.normal(0, 0.02, (3, 128))
    odd[0, :64] = 0  # a group of zeros
    odd[0, 64:] = 0.25  # a constant group
    odd[1, :64] = rng.normal(0, 1e-5, 64)  # a range below 1e-4
    odd[1, 64:] = rng.normal(0, 5e-5, 64)  # a range so small that the inverse scale is capped
    odd[2, :64] = np.abs(odd[2, :64]) + 1  # zero far outside the range
    return {"small": small, "heavy": heavy, "wide": wide, "odd": odd}


def main():
    rng = np.random.default_rng(SEED)
    cases = []
    for name, values in weights(rng).items():
        weight = torch.tensor(values.astype(np.float32))
        for bits in [8, 4, 3, 2, 1]:
            if name in ("heavy", "odd") and bits not in (4, 2):
                continue
            for solver, function in SOLVERS.items():
                Quantizer.optimize_weights = staticmethod(function)
                codes, meta = Quantizer.quantize(
                    weight, nbits=bits, group_size=64, axis=1, device="cpu", bitpack=False
                )
                cases.append(
                    {
                        "name": f"{name}, {bits} bits, {solver}",
                        "weight": name,
                        "bits": bits,
                        "solver": solver,
                        "codes": [int(v) for v in codes.reshape(-1)],
                        "scales": floats(meta["scale"]),
                        "zeros": floats(meta["zero"]),
                    }
                )
    document = {
        "script": "make_hqq_goldens.py",
        "framework": f"hqq {__import__('importlib.metadata').metadata.version('hqq')}, "
        f"torch {torch.__version__}",
        "python": sys.version.split()[0],
        "seed": SEED,
        "tolerance": 2e-6,
        "reason": "relative to the codes' range: a zero point is a float32 mean of 64 numbers up to "
        "2^b, summed in another order; scales are exact",
        "weights": {
            name: {"rows": v.shape[0], "values": floats(torch.tensor(v.astype(np.float32)))}
            for name, v in weights(np.random.default_rng(SEED)).items()
        },
        "cases": cases,
    }
    with open(os.path.join(FOLDER, "hqq.json"), "w") as file:
        json.dump(document, file, separators=(", ", ": "))
        file.write("\n")


main()
