"""Makes blocks.safetensors: what llama.cpp stores for awkward rows in every block format.

    pip install llama-cpp-python numpy safetensors
    python3 Tests/Goldens/blocks/make.py [path to libggml-base]

The library is the one inside the llama_cpp package unless a path is given. It is called through its
exported functions only: ggml_quantize_chunk with and without an importance matrix (Q8_K, which has no
such entry, by its reference function), and dequantize_row_*.

Tensors, for rows named in the metadata under "rows":
  values                F32 [rows, 512]
  importance            F32 [rows, 512]
  q4_k                  U8  [rows, row bytes]   without importance
  q4_k.importance       U8  [rows, row bytes]   with it, where the bytes differ from those without
  q4_k.decoded          F32 [2, 512]            rows 0 and 1 of the first, dequantized
  q4_k.hashes           I64 [2, rows]           FNV-1a of the dequantized rows' bits, without and with
A NaN is hashed as 0x7fc00000.
"""

import ctypes
import importlib.metadata
import importlib.util
import json
import os
import sys

import numpy as np
from safetensors.numpy import save_file

TYPES = {
    "q4_0": (2, 32, 18), "q4_1": (3, 32, 20), "q5_0": (6, 32, 22), "q5_1": (7, 32, 24),
    "q8_0": (8, 32, 34), "iq4_nl": (20, 32, 18), "iq4_xs": (23, 256, 136),
    "tq1_0": (34, 256, 54), "tq2_0": (35, 256, 66), "mxfp4": (39, 32, 17), "nvfp4": (40, 64, 36),
    "q2_k": (10, 256, 84), "q3_k": (11, 256, 110), "q4_k": (12, 256, 144), "q5_k": (13, 256, 176),
    "q6_k": (14, 256, 210), "q8_k": (15, 256, 292),
}
COLUMNS = 512
SEED = 13


def library(arguments):
    if arguments:
        return ctypes.CDLL(arguments[0]), arguments[0]
    folder = os.path.dirname(importlib.util.find_spec("llama_cpp").origin)
    return ctypes.CDLL(os.path.join(folder, "lib", "libggml-base.so")), "llama-cpp-python " + \
        importlib.metadata.version("llama-cpp-python")


def rows():
    random = np.random.default_rng(SEED)
    normal = lambda deviation=1.0: random.normal(0, deviation, COLUMNS)
    ramp = np.linspace(-1, 1, COLUMNS)
    hot = normal(0.02)
    hot[[37, 300]] = [3.5, -2.0]
    several = normal() * np.repeat(10.0 ** random.uniform(-4, 2, COLUMNS // 32), 32)
    holes = normal(0.05) * (np.arange(COLUMNS) // 32 % 3 != 1)
    powers = random.choice([-1.0, 1.0], COLUMNS) * 2.0 ** random.integers(-12, 8, COLUMNS)
    edges = np.array([np.nextafter(np.float32(2.0 ** power), np.float32(0))
                      for power in range(-8, 8)])
    grid = np.tile(np.arange(-8, 8) / 4.0, COLUMNS // 16)
    named = {
        "normal": normal(0.02),
        "normal, seven times": normal(0.02) * 7,
        "heavy tails": random.standard_t(2.2, COLUMNS) * 0.02,
        "laplace": random.laplace(0, 0.01, COLUMNS),
        "one constant": np.full(COLUMNS, 0.37),
        "one negative constant": np.full(COLUMNS, -0.37),
        "zeros": np.zeros(COLUMNS),
        "blocks of zeros": holes,
        "tiny": normal(1e-7),
        "below the smallest half": normal(1e-9),
        "thousands": normal(2000.0),
        "one hot outlier": hot,
        "ternary": random.choice([-0.03, 0.0, 0.03], COLUMNS),
        "negative alone": -np.abs(normal(0.02)) - 0.01,
        "positive alone": np.abs(normal(0.02)) + 0.01,
        "a ramp": ramp,
        "scales apart": several,
        "powers of two": powers,
        "just below powers of two": np.resize(edges, COLUMNS) * random.choice([-1, 1], COLUMNS),
        "on the grid": grid,
        "ties of the grid": grid + 0.125,
        "subnormal": normal(3e-40),
        "both zeros": np.where(np.arange(COLUMNS) % 3 == 0, -0.0, 0.0) + holes * (ramp > 0.5),
        "equal extremes": np.clip(normal(0.02), -0.03, 0.03),
    }
    values = np.stack(list(named.values())).astype(np.float32)
    spread = np.exp(random.normal(0, 1.5, values.shape))
    importance = (spread * (random.uniform(size=values.shape) > 0.05)).astype(np.float32)
    names = list(named)
    importance[names.index("normal"), 64:128] = 0
    importance[names.index("heavy tails"), 256:] = 0
    return names, values, importance


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def encode(ggml, name, values, importance):
    number, length, size = TYPES[name]
    count = len(values)
    stored = np.zeros((count, COLUMNS // length * size), np.uint8)
    for row in range(count):
        source = np.ascontiguousarray(values[row])
        target = np.zeros(stored.shape[1], np.uint8)
        if name == "q8_k":
            ggml.quantize_row_q8_K_ref(pointer(source), pointer(target), ctypes.c_int64(COLUMNS))
        else:
            weights = None if importance is None else pointer(np.ascontiguousarray(importance[row]))
            ggml.ggml_quantize_chunk(
                ctypes.c_int(number), pointer(source), pointer(target), ctypes.c_int64(0),
                ctypes.c_int64(1), ctypes.c_int64(COLUMNS), weights)
        stored[row] = target
    return stored


def decode(ggml, name, stored):
    function = getattr(ggml, "dequantize_row_" + (name[:-1] + "K" if name.endswith("_k") else name))
    values = np.zeros((len(stored), COLUMNS), np.float32)
    for row in range(len(stored)):
        source = np.ascontiguousarray(stored[row])
        target = np.zeros(COLUMNS, np.float32)
        function(pointer(source), pointer(target), ctypes.c_int64(COLUMNS))
        values[row] = target
    return values


def hashes(values):
    bits = values.view(np.uint32).copy()
    bits[np.isnan(values)] = 0x7FC00000
    result = []
    for row in bits:
        code = 0xCBF29CE484222325
        for byte in row.tobytes():
            code = (code ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
        result.append(code)
    return np.array(result, np.uint64).view(np.int64)


def main():
    ggml, origin = library(sys.argv[1:])
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    ggml.ggml_version.restype = ggml.ggml_commit.restype = ctypes.c_char_p
    names, values, importance = rows()
    tensors = {"values": values, "importance": importance}
    for name, (number, _, _) in TYPES.items():
        ggml.ggml_quantize_init(ctypes.c_int(number))
        plain = encode(ggml, name, values, None)
        weighted = encode(ggml, name, values, importance)
        decoded = decode(ggml, name, plain)
        tensors[name] = plain
        if not np.array_equal(plain, weighted):
            tensors[name + ".importance"] = weighted
        tensors[name + ".decoded"] = decoded[:2]
        tensors[name + ".hashes"] = np.stack([hashes(decoded), hashes(decode(ggml, name, weighted))])
        print(name, "with importance other bytes" if name + ".importance" in tensors else "",
              "NaN in rows %s" % [n for n, d in zip(names, decoded) if np.isnan(d).any()])
    metadata = {
        "made by": "Tests/Goldens/blocks/make.py",
        "framework": "ggml %s, commit %s" % (
            ggml.ggml_version().decode(), ggml.ggml_commit().decode()),
        "package": origin if origin.startswith("llama") else "llama-cpp-python's library",
        "seed": str(SEED), "rows": json.dumps(names),
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "blocks.safetensors")
    save_file(tensors, path, metadata)
    print(path, os.path.getsize(path), metadata["framework"])


main()
