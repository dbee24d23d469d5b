#!/usr/bin/env python3
"""Golden vectors for the key-value cache, made with numpy and ml_dtypes.

Run in this folder: python3 make_kv_cache_goldens.py
Each codec is written here from its definition, whole tokens at once, without the append interface:
min-max integers with a float16 scale and minimum (KIVI, arXiv:2402.02750), and eight-bit floats with a
float32 scale, cast by ml_dtypes. Attention errors are plain float64 sums.
"""

import json
import os
import sys

import ml_dtypes
import numpy as np

SEED = 20264
FOLDER = os.path.dirname(os.path.abspath(__file__))


def half(x):
    return np.float32(np.float16(x))


def coded(group, fmt):
    """The values of one group after coding; `group` is a float32 vector of float16 numbers."""
    if fmt.startswith("int"):
        top = np.float32(2 ** int(fmt[3:]) - 1)
        least = group.min()
        scale = half((group.max() - least) / top)
        scale = scale if scale > 0 else np.float32(1)
        codes = np.minimum(np.rint((group - least) / scale), top).astype(np.float32)
        return least + scale * codes
    kind, largest = {
        "fp8-e4m3": (ml_dtypes.float8_e4m3fn, 448), "fp8-e5m2": (ml_dtypes.float8_e5m2, 57344)
    }[fmt]
    scale = np.abs(group).max() / np.float32(largest)
    scale = scale if scale > 0 else np.float32(1)
    cast = np.clip(group / scale, -largest, largest).astype(kind)
    return scale * cast.astype(np.float32)


def cache(tokens, fmt, per, group, recent):
    x = half(tokens)
    n, channels = x.shape
    out = x.copy()
    if per == "token":
        for t in range(max(0, n - recent)):
            for c in range(0, channels, group or channels):
                out[t, c:c + (group or channels)] = coded(x[t, c:c + (group or channels)], fmt)
    else:
        for t in range(0, n - n % max(recent, group), group):
            for c in range(channels):
                out[t:t + group, c] = coded(x[t:t + group, c], fmt)
    return out


def attention(q, k, v, kc, vc, causal):
    q, k, v, kc, vc = (a.astype(np.float64) for a in (q, k, v, kc, vc))
    s, sc = (q @ m.T / np.sqrt(q.shape[1]) for m in (k, kc))
    mse, kl, tv, out, signal = [], [], [], [], []
    for i in range(len(q)):
        n = len(k) - len(q) + i + 1 if causal else len(k)
        a, b = s[i, :n], sc[i, :n]
        p, pc = (np.exp(z - z.max()) / np.exp(z - z.max()).sum() for z in (a, b))
        mse += list((a - b) ** 2)
        kl.append((p * np.log(p / pc)).sum())
        tv.append(np.abs(p - pc).sum() / 2)
        out.append((((p[:, None] * v[:n]) - (pc[:, None] * vc[:n])).sum(0) ** 2).sum())
        signal.append(((p[:, None] * v[:n]).sum(0) ** 2).sum())
    return {
        "scoreMSE": np.mean(mse), "klDivergence": np.mean(kl), "totalVariation": np.mean(tv),
        "outputError": np.mean(out), "relativeOutputError": np.sum(out) / np.sum(signal),
    }


def flat(a):
    return [float(x) for x in np.asarray(a).reshape(-1)]


rng = np.random.default_rng(SEED)
cases = []
for fmt, per, group, recent, n, channels in [
    ("int2", "channel", 8, 16, 41, 8), ("int4", "channel", 8, 0, 21, 8), ("int2", "token", 4, 5, 12, 8),
    ("int4", "token", 0, 0, 9, 16), ("int8", "token", 0, 3, 9, 16), ("int3", "channel", 4, 4, 12, 6),
    ("fp8-e4m3", "token", 0, 0, 9, 16), ("fp8-e5m2", "channel", 4, 8, 19, 6),
]:
    x = rng.normal(0, 1, (n, channels)).astype(np.float32)
    x[:, 1] = x[:, 1] * 10 + 20  # a channel that is large for every token
    x[:, 2] = 0.25  # one that never changes
    cases.append({
        "format": fmt, "per": per, "group": group, "recent": recent, "tokens": n,
        "channels": channels, "values": flat(x), "dequantized": flat(cache(x, fmt, per, group, recent)),
    })
with open(os.path.join(FOLDER, "kv-cache.json"), "w") as file:
    json.dump({
        "script": "make_kv_cache_goldens.py",
        "framework": f"numpy {np.__version__}, ml_dtypes {ml_dtypes.__version__}",
        "python": sys.version.split()[0], "seed": SEED, "tolerance": 0,
        "reason": "the same float32 operations in the same order", "cases": cases,
    }, file, separators=(", ", ": "))
    file.write("\n")

cases = []
for causal in (False, True):
    q, k, v = (rng.normal(0, s, (n, 8)).astype(np.float32) for s, n in ((2, 5), (1, 24), (1, 24)))
    k[:, 3] *= 8
    kc = cache(k, "int2", "token", 0, 0)
    vc = cache(v, "int4", "token", 0, 0)
    cases.append({
        "isCausal": causal, "queries": flat(q), "keys": flat(k), "values": flat(v),
        "codedKeys": flat(kc), "codedValues": flat(vc),
        **{name: float(x) for name, x in attention(q, k, v, kc, vc, causal).items()},
    })
with open(os.path.join(FOLDER, "attention-error.json"), "w") as file:
    json.dump({
        "script": "make_kv_cache_goldens.py", "framework": f"numpy {np.__version__}",
        "python": sys.version.split()[0], "seed": SEED, "tolerance": 1e-12,
        "reason": "float64 sums of under 200 terms on both sides, in another order",
        "cases": cases,
    }, file, separators=(", ", ": "))
    file.write("\n")
