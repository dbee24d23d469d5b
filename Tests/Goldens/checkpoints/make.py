"""Makes small checkpoints with PyTorch, safetensors and gguf, and what they hold as JSON.

    pip install torch safetensors gguf numpy
    python3 Tests/Goldens/checkpoints/make.py           # makes the files
    python3 Tests/Goldens/checkpoints/make.py read-back # reads what the Swift writers made

views.pt        every storage type; transposed, strided, offset and expanded views; a parameter; two
                names of one storage; nested dictionaries, lists, numbers and texts
legacy.pt       some of the same in the layout of before PyTorch 1.6, with a view of a view
float8.pt       FP8, which PyTorch describes in a newer way
state.pt        the state_dict of a module, which carries versions as attributes
code.pt         a tensor beside a call of os.system
model.pt        a whole module, which names its class
deflated.pt     state.pt, packed again with compression
sharded/        three safetensors files and their list
torch-sharded/  two PyTorch files and their list
blocks.gguf     a tensor in blocks of every type that the gguf package quantizes, aligned to 64
version2.gguf   the same layout with version 2 in the header
legacy.bin      a llama2.c model, first layout, head of its own
version1.bin    the same model in llama2.c's version 1
expected.json   names, types, shapes and values

written.gguf and written/ are made by the tests of the Swift writers, which expect the
very bytes; "read-back" checks that the packages read in them what the tests say they hold.
"""

import collections
import json
import os
import struct
import sys
import zipfile

import gguf
import numpy as np
import safetensors
import safetensors.torch
import torch

here = os.path.dirname(os.path.abspath(__file__))


def at(*names):
    path = os.path.join(here, *names)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def facts(tensor):
    """Type, shape and values as a reader of single precision gives them."""
    types = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64",
             torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
             torch.uint8: "U8", torch.bool: "BOOL", torch.float8_e4m3fn: "F8_E4M3",
             torch.float8_e5m2: "F8_E5M2"}
    return {"type": types[tensor.dtype], "shape": list(tensor.shape),
            "values": tensor.detach().float().contiguous().flatten().tolist()}


def make():
    torch.manual_seed(5)
    random = np.random.default_rng(5)
    expected = {"framework": f"torch {torch.__version__}, safetensors {safetensors.__version__}, "
                             "gguf 0.19.0; seed 5"}

    w = torch.randn(5, 6)
    views = collections.OrderedDict(
        w=w, transposed=w.t(), columns=w[:, 1:4], every=w[::2, ::3], row=w[3], one=w[2, 4],
        cube=torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1), expanded=w[:, :1].expand(5, 4),
        empty=w[:0], tied=w, parameter=torch.nn.Parameter(w[1:3]),
        half=w.half(), bfloat=w.bfloat16(), double=w.double()[1], long=torch.tensor([-1, 1 << 20]),
        int=torch.tensor([[7], [-9]], dtype=torch.int32), short=torch.tensor([300, -300], dtype=torch.int16),
        char=torch.tensor([-128, 127], dtype=torch.int8), byte=torch.tensor([0, 255], dtype=torch.uint8),
        bool=torch.tensor([True, False, True]))
    torch.save({"model": views, "layers": [w[0], {"b": w[:2, 5]}], "step": 12, "rate": 0.25,
                "name": "größer", "sizes": [5, 6], "flag": True, "nothing": None}, at("views.pt"))
    expected["views.pt"] = {f"model.{name}": facts(t) for name, t in views.items()}
    expected["views.pt"]["layers.0"] = facts(w[0])
    expected["views.pt"]["layers.1.b"] = facts(w[:2, 5])

    names = ["w", "transposed", "columns", "tied", "parameter", "half", "long", "bool"]
    old = collections.OrderedDict((name, views[name]) for name in names)
    torch.save(old, at("legacy.pt"), _use_new_zipfile_serialization=False)
    expected["legacy.pt"] = {name: facts(t) for name, t in old.items()}

    eight = {"e4m3": w.to(torch.float8_e4m3fn), "e5m2": w.t().to(torch.float8_e5m2)}
    torch.save(eight, at("float8.pt"))
    expected["float8.pt"] = {name: facts(t) for name, t in eight.items()}

    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    torch.save(module.state_dict(), at("state.pt"))
    expected["state.pt"] = {name: facts(t) for name, t in module.state_dict().items()}

    class Call:
        def __reduce__(self):
            return os.system, ("echo nobody reads this",)

    torch.save({"w": w, "x": Call()}, at("code.pt"))
    torch.save(torch.nn.Linear(2, 2), at("model.pt"))
    with zipfile.ZipFile(at("state.pt")) as source, \
            zipfile.ZipFile(at("deflated.pt"), "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            target.writestr(zipfile.ZipInfo(part.filename), source.read(part.filename),
                            zipfile.ZIP_DEFLATED)

    shards = [{"a.weight": w[:2].contiguous(), "a.bias": w[0].half()},
              {"b.weight": w[2:].bfloat16().contiguous()},
              {"c.weight": w.to(torch.float8_e4m3fn), "c.codes": torch.tensor([[-3, 4]], dtype=torch.int8)}]
    expected["sharded"] = {}
    index = {"metadata": {"total_size": 0}, "weight_map": {}}
    for number, shard in enumerate(shards, 1):
        name = f"model-{number:05}-of-00003.safetensors"
        safetensors.torch.save_file(shard, at("sharded", name), metadata={"format": "pt"})
        for tensor, values in shard.items():
            index["weight_map"][tensor] = name
            index["metadata"]["total_size"] += values.nbytes
            expected["sharded"][tensor] = facts(values)
    with open(at("sharded", "model.safetensors.index.json"), "w") as file:
        file.write(json.dumps(index, indent=2, sort_keys=True) + "\n")

    expected["torch-sharded"] = {}
    index = {"metadata": {"total_size": 0}, "weight_map": {}}
    for number, shard in enumerate(({"a": w, "b": w.t()}, {"c": w.half()}), 1):
        name = f"pytorch_model-{number:05}-of-00002.bin"
        torch.save(shard, at("torch-sharded", name))
        for tensor, values in shard.items():
            index["weight_map"][tensor] = name
            expected["torch-sharded"][tensor] = facts(values)
    with open(at("torch-sharded", "pytorch_model.bin.index.json"), "w") as file:
        file.write(json.dumps(index, indent=2, sort_keys=True) + "\n")

    writer = gguf.GGUFWriter(at("blocks.gguf"), "llama")
    writer.add_custom_alignment(64)
    writer.add_uint32("llama.block_count", 1)
    writer.add_array("tokenizer.ggml.tokens", [f"t{i}" for i in range(300)])
    writer.add_array("tokenizer.ggml.scores", [i / 4 for i in range(300)])
    values = random.normal(0, 1, (2, 256)).astype(np.float32)
    expected["blocks.gguf"] = {}
    for kind in ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "BF16", "F16", "TQ1_0", "TQ2_0", "MXFP4"):
        stored = gguf.GGMLQuantizationType[kind]
        try:
            blocks = gguf.quants.quantize(values, stored)
        except NotImplementedError:
            print("the gguf package does not quantize", kind)
            continue
        writer.add_tensor(f"blk.0.{kind.lower()}.weight", blocks, raw_dtype=stored)
        expected["blocks.gguf"][f"blk.0.{kind.lower()}.weight"] = {
            "type": kind.lower(), "shape": [2, 256],
            "values": gguf.quants.dequantize(blocks, stored).astype(np.float32).ravel().tolist()}
    writer.add_tensor("stacked", values.reshape(2, 4, 64))
    expected["blocks.gguf"]["stacked"] = {
        "type": "F32", "shape": [2, 4, 64], "values": values.ravel().tolist()}
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    whole = open(at("blocks.gguf"), "rb").read()
    with open(at("version2.gguf"), "wb") as file:
        file.write(whole[:4] + struct.pack("<I", 2) + whole[8:])

    width, hidden, layers, heads, groups, vocabulary, context = 8, 12, 2, 4, 2, 5, 3
    shapes = {"tok_embeddings.weight": [vocabulary, width]}
    for layer in range(layers):
        shapes.update({f"layers.{layer}.{name}": shape for name, shape in {
            "attention_norm.weight": [width], "attention.wq.weight": [width, width],
            "attention.wk.weight": [groups * width // heads, width],
            "attention.wv.weight": [groups * width // heads, width],
            "attention.wo.weight": [width, width], "ffn_norm.weight": [width],
            "feed_forward.w1.weight": [hidden, width], "feed_forward.w2.weight": [width, hidden],
            "feed_forward.w3.weight": [hidden, width]}.items()})
    shapes.update({"norm.weight": [width], "freqs_cos": [context, 1], "freqs_sin": [context, 1],
                   "output.weight": [vocabulary, width]})
    values = {name: torch.from_numpy(random.normal(0, 1, shape).astype(np.float32))
              for name, shape in shapes.items()}
    kinds = ["attention.wq", "attention.wk", "attention.wv", "attention.wo"]
    matrices = ["feed_forward.w1", "feed_forward.w2", "feed_forward.w3"]

    def each(kind):
        return [f"layers.{layer}.{kind}.weight" for layer in range(layers)]

    def write(file, names):
        for name in names:
            file.write(values[name].numpy().tobytes())

    with open(at("legacy.bin"), "wb") as file:  # llama2.c, export.py, legacy_export
        file.write(struct.pack("<7i", width, hidden, layers, heads, groups, -vocabulary, context))
        write(file, ["tok_embeddings.weight"] + sum(map(each, ["attention_norm"] + kinds), [])
              + sum(map(each, ["ffn_norm"] + matrices), [])
              + ["norm.weight", "freqs_cos", "freqs_sin", "output.weight"])
    expected["legacy.bin"] = {name: facts(t) for name, t in values.items()}
    with open(at("version1.bin"), "wb") as file:  # version1_export
        head = struct.pack("<Ii7iB", 0x616B3432, 1, width, hidden, layers, heads, groups, vocabulary,
                           context, 0)
        file.write(head + bytes(256 - len(head)))
        write(file, each("attention_norm") + each("ffn_norm") + ["norm.weight", "tok_embeddings.weight"]
              + sum(map(each, kinds + matrices), []) + ["output.weight"])
    expected["version1.bin"] = {name: facts(t) for name, t in values.items() if "freqs" not in name}

    with open(at("expected.json"), "w") as file:
        json.dump(expected, file, ensure_ascii=False)
        file.write("\n")


def read_back():
    """The Swift writers' files, read by the packages."""
    reader = gguf.GGUFReader(at("written.gguf"))
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert fields["general.architecture"] == "llama", fields
    assert fields["general.alignment"] == 64 and fields["llama.rope.freq_base"] == 10000.0
    assert fields["tokenizer.ggml.tokens"] == ["a", "größer", ""]
    assert fields["tokenizer.ggml.scores"] == [0.5, -1.5]
    assert fields["some.flags"] == [True, False] and fields["some.large"] == 1 << 40
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    numbers = np.arange(12, dtype=np.float32).reshape(3, 4) / 4
    assert np.array_equal(tensors["numbers"].data, numbers)
    assert np.array_equal(tensors["halves"].data, numbers.astype(np.float16))
    blocks = tensors["blocks"]
    assert blocks.tensor_type == gguf.GGMLQuantizationType.Q8_0 and list(blocks.shape) == [32, 2]
    decoded = gguf.quants.dequantize(blocks.data, blocks.tensor_type)
    assert np.array_equal(decoded, np.tile(np.arange(32, dtype=np.float32) / 2, (2, 1)))
    assert all(tensor.data_offset % 64 == 0 for tensor in reader.tensors)
    index = json.load(open(at("written", "model.safetensors.index.json")))
    seen, total = {}, 0
    for shard in sorted(set(index["weight_map"].values())):
        with safetensors.safe_open(at("written", shard), "pt") as file:
            for name in file.keys():
                assert index["weight_map"][name] == shard
                seen[name] = file.get_tensor(name)
                total += seen[name].nbytes
    assert set(seen) == set(index["weight_map"]) and total == index["metadata"]["total_size"]
    print("read back:", ", ".join(list(tensors) + sorted(seen)))


read_back() if sys.argv[1:] == ["read-back"] else make()
