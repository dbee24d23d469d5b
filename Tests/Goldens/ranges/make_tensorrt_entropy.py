"""Writes tensorrt_entropy.json: the clip of least relative entropy, from the definition.

TensorRT's calibrator is closed and NVIDIA ModelOpt is not installed here, so this is a second
implementation, written with NumPy and scipy.stats.entropy from the definition: 2048 bins of |x|
between 0 and the maximum; the first bin takes the second one's count; for i = 128 ... 2048 the
reference is the first i bins with the rest's mass added to the last of them, the candidate the same
bins merged into 2^(bits-1) groups by digitize(linspace(0, i, groups + 1)), each group's sum spread
over its bins that are not empty; the last argmin of the relative entropy gives the edge.

Run: python make_tensorrt_entropy.py   (needs torch, numpy and scipy)
"""
import numpy as np
import scipy
import scipy.stats
import torch

import golden_data


def histogram(batches):
    counts = edges = None
    for batch in batches:
        magnitudes = torch.from_numpy(np.abs(batch))
        top = magnitudes.max()
        if counts is None:
            counts = torch.histc(magnitudes, bins=2048, min=0, max=top.item()).numpy()
            edges = torch.linspace(0, top.item(), 2049).numpy()
            continue
        bins = len(counts)
        if top.item() > edges[-1]:  # whole bins of the same width are appended
            width = edges[1] - edges[0]
            bins = int(np.ceil(np.float32(top.item()) / width))
            edges = torch.arange(0, float(np.float32(top.item()) + width), float(width)).numpy()
        new = torch.histc(magnitudes, bins=bins, min=0, max=float(edges[-1])).numpy()
        new[: len(counts)] += counts
        counts = new
    return counts.astype(np.int64), edges


def divergences(counts, groups):
    counts = counts.copy()
    counts[0] = counts[1]
    result = []
    for size in range(128, len(counts) + 1):
        first = counts[:size]
        group = np.digitize(np.arange(size), np.linspace(0, size, groups + 1)) - 1
        occupied = first != 0
        mass = np.bincount(group, weights=first, minlength=groups)
        share = np.bincount(group, weights=occupied, minlength=groups)
        candidate = np.where(occupied, (mass / np.maximum(share, 1))[group], 0.0)
        reference = first.astype(np.float64)
        reference[-1] += counts[size:].sum()
        if candidate.sum() == 0:
            result.append(np.inf)
        else:
            result.append(scipy.stats.entropy(reference, candidate))
    return np.array(result)


def case(kind, count, seed, factor=1.0, batches=1, bits=8, signed=True, symmetric=True):
    x = golden_data.make(kind, count, seed, factor)
    counts, edges = histogram(np.array_split(x, batches))
    values = divergences(counts, 2 ** (bits - 1))
    best = len(values) - 1 - int(np.argmin(values[::-1]))
    amax = float(edges[128 + best])
    low = max(min(float(x.min()), 0.0), -amax)
    high = min(max(float(x.max()), 0.0), amax)
    lowest = (-(2 ** (bits - 1)) + (1 if symmetric else 0)) if signed else 0
    highest = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    if symmetric:
        scale = 2 * amax / (highest - lowest)
        zero_point = 0 if signed else 2 ** (bits - 1)
    else:
        step = (high - low) / (highest - lowest)
        zero_point = int(np.clip(lowest - np.round(low / step), lowest, highest))
        scale = step
    scale = float(np.float32(scale))
    return {
        "observer": "entropy", "data": {"kind": kind, "count": count, "seed": seed, "factor": factor},
        "shape": [count], "batches": batches, "axis": None, "bits": bits, "signed": signed,
        "symmetric": symmetric, "bins": len(counts), "threshold": amax, "minimum": [low],
        "maximum": [high], "scale": [scale], "zeroPoint": [zero_point],
        "meanSquaredError": [golden_data.mean_squared_error(x, scale, zero_point, lowest, highest)],
    }


cases = []
for number, kind in enumerate(["normal", "relu", "heavy", "outliers", "steps", "negative"]):
    cases.append(case(kind, 8000, 11 + number))
    cases.append(case(kind, 3000, 21 + number, signed=False, symmetric=False))
    cases.append(case(kind, 3000, 31 + number, batches=5))
    cases.append(case(kind, 3000, 41 + number, bits=4))
cases += [
    case("normal", 40000, 51),
    case("growing", 4000, 52, batches=8),
    case("growing", 4000, 53, batches=3, signed=False, symmetric=False),
    case("normal", 3000, 54, factor=1e-20),
    case("constant", 64, 1),
    case("positive", 2000, 55),
]
golden_data.write(
    __file__, "tensorrt_entropy.json",
    {"script": "make_tensorrt_entropy.py",
     "framework": "numpy %s, scipy %s, torch %s (histc)" % (
         np.__version__, scipy.__version__, torch.__version__.split("+")[0]),
     "evidence": "second implementation, from the definition; not TensorRT itself"},
    {"relative": 2.0**-22,
     "reason": "the threshold is a float32 edge: the one of torch.linspace, or of torch.arange after "
     "growing, whose last bit depends on the processor's vector width",
     "zeroPoint": "equal; no case puts an end on a tie between two codes"},
    cases)
print(len(cases), "cases")
