"""Makes small GGUF files with the gguf package, and what they hold as JSON.

    pip install gguf numpy
    python3 Tests/Goldens/gguf/make.py

imatrix.gguf   an importance matrix as llama-imatrix lays it out: two layers of 64 and 32 inputs
mixed.gguf     keys of every type, a tensor of numbers, one of Q8_0 and one of Q4_0 blocks
expected.json  shapes, keys and values of both
"""

import json
import os

import gguf
import numpy as np

folder = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(21)
expected = {"framework": "gguf 0.19.0, numpy seed 21"}

path = os.path.join(folder, "imatrix.gguf")
writer = gguf.GGUFWriter(path, "imatrix")
writer.add_string("general.type", "imatrix")
writer.add_array("imatrix.datasets", ["a text"])
writer.add_uint32("imatrix.chunk_count", 2)
writer.add_uint32("imatrix.chunk_size", 512)
expected["imatrix"] = {}
for name, width, count in (("blk.0.attn_q.weight", 64, 1024), ("blk.0.ffn_down.weight", 32, 1000)):
    sums = (random.normal(0, 1, width) ** 2 * count).astype(np.float32)
    writer.add_tensor(name + ".in_sum2", sums.reshape(1, width))
    writer.add_tensor(name + ".counts", np.array([[count]], np.float32))
    expected["imatrix"][name] = {
        "sums": [float(x) for x in sums], "count": count,
        "importance": [float(x) for x in sums / np.float32(count)]}
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

path = os.path.join(folder, "mixed.gguf")
writer = gguf.GGUFWriter(path, "llama")
writer.add_uint8("a.u8", 200)
writer.add_int8("a.i8", -3)
writer.add_uint16("a.u16", 65535)
writer.add_int16("a.i16", -30000)
writer.add_uint32("a.u32", 4000000000)
writer.add_int32("a.i32", -7)
writer.add_float32("a.f32", 0.1)
writer.add_uint64("a.u64", 1 << 62)
writer.add_int64("a.i64", -(1 << 60))
writer.add_float64("a.f64", 0.1)
writer.add_bool("a.bool", True)
writer.add_string("a.string", "größer")
writer.add_array("a.integers", [1, -2, 3])
writer.add_array("a.numbers", [0.5, -1.5])
writer.add_array("a.strings", ["x", "", "z"])
values = random.normal(0, 1, (3, 64)).astype(np.float32)
writer.add_tensor("numbers", values)
writer.add_tensor("halves", values[:, :5].astype(np.float16))
expected["mixed"] = {"numbers": values.ravel().tolist(),
                     "halves": values[:, :5].astype(np.float16).astype(np.float32).ravel().tolist()}
for kind in (gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0):
    blocks = gguf.quants.quantize(values, kind)
    writer.add_tensor(kind.name.lower(), blocks, raw_dtype=kind)
    expected["mixed"][kind.name.lower()] = gguf.quants.dequantize(blocks, kind).ravel().tolist()
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file)
    file.write("\n")
