#!/usr/bin/env python3
"""Golden vectors for Hadamard matrices and rotations, from scipy and from definitions in numpy.

Run in this folder: python3 make_rotations.py
Needs numpy and scipy. Paley's matrices are written out here from residues modulo a prime, a second
way to the ones built from finite fields in the engine; prime powers are judged by H Hᵀ = n I.
"""

import json
import os

import numpy as np
import scipy
from scipy.linalg import hadamard

SEED = 20261
FOLDER = os.path.dirname(os.path.abspath(__file__))


def paley_first(q):
    residues = {a * a % q for a in range(1, q)}
    chi = [0] + [1 if a in residues else -1 for a in range(1, q)]
    matrix = np.ones((q + 1, q + 1), dtype=int)
    matrix[1:, 0] = -1
    for row in range(q):
        for column in range(q):
            matrix[row + 1, column + 1] = 1 if row == column else chi[(row - column) % q]
    return matrix


def paley_second(q):
    residues = {a * a % q for a in range(1, q)}
    chi = [0] + [1 if a in residues else -1 for a in range(1, q)]
    conference = np.ones((q + 1, q + 1), dtype=int)
    np.fill_diagonal(conference, 0)
    for row in range(q):
        for column in range(q):
            conference[row + 1, column + 1] = chi[(row - column) % q]
    identity = np.eye(q + 1, dtype=int)
    return np.kron(conference, [[1, 1], [1, -1]]) + np.kron(identity, [[1, -1], [-1, -1]])


def main():
    rng = np.random.default_rng(SEED)
    matrices = [
        (1, hadamard(1)),
        (2, hadamard(2)),
        (16, hadamard(16)),
        (64, hadamard(64)),
        (12, paley_first(11)),
        (20, paley_first(19)),
        (36, paley_second(17)),
        (24, np.kron(hadamard(2), paley_first(11))),
        (48, np.kron(hadamard(4), paley_first(11))),
        (72, np.kron(hadamard(2), paley_second(17))),
    ]
    cases = []
    for order, matrix in matrices:
        assert (matrix @ matrix.T == order * np.eye(order, dtype=int)).all()
        vector = rng.integers(-50, 50, order)
        cases.append({
            "order": order,
            "vector": vector.tolist(),
            "product": (matrix @ vector).tolist(),
            "transposed": (matrix.T @ vector).tolist(),
        })
    document = {
        "framework": f"numpy {np.__version__}, scipy {scipy.__version__}",
        "tolerance": 0,
        "reason": "whole numbers far below 2^24 add up exactly in any order",
        "seed": SEED,
        "cases": cases,
    }
    with open(os.path.join(FOLDER, "hadamard.json"), "w") as file:
        json.dump(document, file, separators=(", ", ": "))
        file.write("\n")


main()
