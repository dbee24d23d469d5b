#!/usr/bin/env python3
"""Golden vectors for E8P and for block LDLQ, by brute force and by definition in numpy.

Run in this folder: python3 make_lattices.py
Needs numpy. The codebook is built here from its definition as a set of points, without the engine's
codes: all sign patterns with an even sum, moved by a quarter both ways.
"""

import itertools
import json
import os

import numpy as np

SEED = 20262
FOLDER = os.path.dirname(os.path.abspath(__file__))


def patterns():
    small = [
        p for p in itertools.product((0.5, 1.5, 2.5), repeat=8) if sum(x * x for x in p) <= 10
    ]
    assert len(small) == 227
    # 29 of the 56 patterns of norm 12 with five 3/2: the least used coordinates first.
    rest = list(itertools.combinations(range(8), 3))
    uses = [0] * 8
    chosen = []
    while len(chosen) < 29:
        best = min(rest, key=lambda t: sum(4 ** uses[i] for i in t))
        rest.remove(best)
        chosen.append(best)
        for i in best:
            uses[i] += 1
    large = [tuple(0.5 if i in t else 1.5 for i in range(8)) for t in chosen]
    return small + large


def padded_points():
    points = []
    for pattern in patterns():
        for signs in itertools.product((1, -1), repeat=8):
            point = np.array(pattern) * signs
            if round(point.sum()) % 2 == 0:
                points += [point + 0.25, point - 0.25]
    points = np.array(points)
    assert len({tuple(p) for p in points}) == 65536
    return points


def one_bit_points():
    points = [np.zeros(8)]
    for i, j in itertools.combinations(range(8), 2):
        for a, b in itertools.product((1, -1), repeat=2):
            point = np.zeros(8)
            point[i], point[j] = a, b
            points.append(point)
    for signs in itertools.product((0.5, -0.5), repeat=8):
        if sum(s < 0 for s in signs) % 2 == 0:
            points.append(np.array(signs))
    for i in range(8):
        for a in (2, -2):
            if (i, a) != (7, -2):
                points.append(a * np.eye(8)[i])
    assert len(points) == 256
    return np.array(points)


def nearest(points, vectors):
    squares = (points * points).sum(1)
    return points[np.argmin(squares - 2 * vectors @ points.T, axis=1)]


def block_ldl(hessian, size):
    factor = np.linalg.cholesky(hessian)
    lower = np.zeros_like(factor)
    for start in range(0, len(factor), size):
        block = slice(start, start + size)
        lower[:, block] = factor[:, block] @ np.linalg.inv(factor[block, block])
    return lower


def block_ldlq(weight, hessian, points, scale):
    lower = block_ldl(hessian, 8)
    result = weight.copy()
    for start in reversed(range(0, weight.shape[1], 8)):
        block = slice(start, start + 8)
        after = slice(start + 8, None)
        target = weight[:, block] + (weight - result)[:, after] @ lower[after, block]
        result[:, block] = nearest(points, target / scale) * scale
    return result


def write(name, tolerance, reason, cases):
    document = {
        "framework": f"numpy {np.__version__}",
        "tolerance": tolerance,
        "reason": reason,
        "seed": SEED,
        "cases": cases,
    }
    with open(os.path.join(FOLDER, name), "w") as file:
        json.dump(document, file, separators=(", ", ": "))
        file.write("\n")


def main():
    rng = np.random.default_rng(SEED)
    padded, single = padded_points(), one_bit_points()
    cases = []
    for scale in (0.4, 1.03, 2.5):
        vectors = (scale * rng.normal(size=(60, 8))).astype(np.float32).astype(float)
        for name, points in (("padded", padded), ("one-bit", single)):
            left = vectors - nearest(points, vectors)
            cases.append({
                "codebook": name,
                "vectors": vectors.reshape(-1).tolist(),
                "distances": (left * left).sum(1).tolist(),
            })
    write(
        "nearest.json", 1e-4,
        "squared distances below 100 of float32 vectors: 8 products of ten units in the last place",
        cases)

    weight = rng.normal(size=(6, 48)).astype(np.float32).astype(float)
    inputs = rng.normal(size=(80, 48)) @ rng.normal(size=(48, 48))
    hessian = inputs.T @ inputs / 80
    hessian += 0.01 * np.mean(np.diag(hessian)) * np.eye(48)
    scale = 1 / 1.03
    fed = block_ldlq(weight, hessian, padded, scale)
    plain = np.concatenate(
        [nearest(padded, weight[:, s:s + 8] / scale) * scale for s in range(0, 48, 8)], axis=1)
    loss = lambda result: float(np.trace((weight - result) @ hessian @ (weight - result).T))
    write(
        "ldlq.json", 1e-5,
        "values are points times one scale, so they agree to float32 or belong to another point",
        [{
            "weight": weight.reshape(-1).tolist(),
            "hessian": hessian.reshape(-1).tolist(),
            "scale": scale,
            "rounded": fed.reshape(-1).tolist(),
            "loss": loss(fed),
            "plainLoss": loss(plain),
        }])


main()
