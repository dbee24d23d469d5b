"""Makes sparse-importance.safetensors: K-quant rows whose importance is mostly zero.

    pip install llama-cpp-python numpy safetensors
    python3 Tests/Goldens/blocks/make_sparse_importance.py [path to libggml-base]

Where hardly anything weighs, the least squares of a sub-block may have a negative slope, and with it a
negative scale that does not fit the bits it is stored in; in the last row sums overflow. Seeds of rows
in which that decides bytes were found by trying 4,000 of them. Only ggml_quantize_chunk is called.

Tensors: values and importance F32 [rows, 512]; q2_k to q6_k U8 [rows, row bytes].
"""

import ctypes
import importlib.util
import os
import sys

import numpy as np
from safetensors.numpy import save_file

TYPES = {"q2_k": (10, 84), "q3_k": (11, 110), "q4_k": (12, 144), "q5_k": (13, 176), "q6_k": (14, 210)}
SEEDS = [7, 39, 112, 141, 194, 515]
COLUMNS = 512


def library(arguments):
    if arguments:
        return ctypes.CDLL(arguments[0])
    folder = os.path.dirname(importlib.util.find_spec("llama_cpp").origin)
    return ctypes.CDLL(os.path.join(folder, "lib", "libggml-base.so"))


def rows():
    values, importance = [], []
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        values.append(-random.standard_cauchy(COLUMNS) ** 2)
        importance.append(random.lognormal(0, 1, COLUMNS) * (random.random(COLUMNS) < 0.08))
    random = np.random.default_rng(1)
    size = np.repeat(10.0 ** random.uniform(-12, 12, COLUMNS // 16), 16)
    values.append(random.lognormal(0, 6, COLUMNS) * random.choice([-1, 1], COLUMNS) * size)
    importance.append(random.lognormal(0, 8, COLUMNS))
    return np.array(values, np.float32), np.array(importance, np.float32)


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def main():
    ggml = library(sys.argv[1:])
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    ggml.ggml_version.restype = ggml.ggml_commit.restype = ctypes.c_char_p
    values, importance = rows()
    tensors = {"values": values, "importance": importance}
    for name, (number, size) in TYPES.items():
        stored = np.zeros((len(values), COLUMNS // 256 * size), np.uint8)
        for row in range(len(values)):
            target = np.zeros(stored.shape[1], np.uint8)
            ggml.ggml_quantize_chunk(
                ctypes.c_int(number), pointer(values[row].copy()), pointer(target), ctypes.c_int64(0),
                ctypes.c_int64(1), ctypes.c_int64(COLUMNS), pointer(importance[row].copy()))
            stored[row] = target
        tensors[name] = stored
    framework = "ggml %s, commit %s" % (ggml.ggml_version().decode(), ggml.ggml_commit().decode())
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sparse-importance.safetensors")
    save_file(tensors, path, {
        "made by": "Tests/Goldens/blocks/make_sparse_importance.py", "framework": framework,
        "seeds": str(SEEDS + [1])})
    print(path, os.path.getsize(path), framework)


main()
