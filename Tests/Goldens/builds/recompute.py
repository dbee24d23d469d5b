"""Recomputes the numbers of the four builds' reports, with nothing of this project's engine.

    nibble build cs-student           # and the three others, in one folder
    python Tests/Goldens/builds/recompute.py --models Datasets/models --builds . > recomputed.md

Models are run by transformers in float32, rounding and GPTQ are a page of numpy in float64, GPTQ's files are unpacked
here, and statistics are SciPy's. What is read of a build: `tokens.json` (which tokens were read), `checkpoint/`, `mmlu/`,
and, to stand beside, the numbers of `findings.json` and `sensitivity.jsonl`.

Printed is a table a build: the build's number, the recomputed one, their difference.
"""
import argparse
import csv
import json
import os
import sys

import numpy
import scipy
import torch
import transformers
from scipy import optimize, stats
from transformers import AutoModelForCausalLM, AutoTokenizer

GROUP = 128
BATCH = 16


# ---- Models ----------------------------------------------------------------------------------


def opened(path):
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    return model.eval()


def layers(model):
    """Every quantized layer in the model's order, by its name, with the name of the input it shares."""
    found = {}
    for name, module in model.named_modules():
        if not isinstance(module, torch.nn.Linear) or name.endswith("lm_head"):
            continue
        parent, own = name.rsplit(".", 1)
        shared = {"k_proj": "q_proj", "v_proj": "q_proj", "up_proj": "gate_proj"}.get(own, own)
        found[name] = (module, f"{parent}.{shared}")
    return found


def block_of(name):
    return next(int(part) for part in name.split(".") if part.isdigit())


class Stop(Exception):
    pass


@torch.no_grad()
def inputs(model, windows, block=None, largest=None):
    """Sum of x xᵀ in float64 by the layers' inputs: of one block, or of all. `largest` collects max|x|."""
    sums, hooks = {}, []

    def watch(shared):
        def hook(module, args):
            x = args[0].detach().reshape(-1, args[0].shape[-1]).double().numpy()
            sums[shared] = sums.get(shared, 0) + x.T @ x
            if largest is not None:
                largest[shared] = numpy.maximum(largest.get(shared, 0), abs(x).max(axis=0))

        return hook

    def stop(module, args, result):
        raise Stop

    own = [(name, module, shared) for name, (module, shared) in layers(model).items()
           if block is None or block_of(name) == block]
    for name, module, shared in own:
        if name == shared:
            hooks.append(module.register_forward_pre_hook(watch(shared)))
    hooks.append(own[-1][1].register_forward_hook(stop))
    for start in range(0, len(windows), BATCH):
        try:
            model(torch.tensor(windows[start : start + BATCH]))
        except Stop:
            pass
    for hook in hooks:
        hook.remove()
    return sums


@torch.no_grad()
def log_probabilities(model, windows):
    for start in range(0, len(windows), BATCH):
        batch = torch.tensor(windows[start : start + BATCH])
        yield batch, torch.log_softmax(model(batch).logits[:, :-1].double(), -1)


class Reference:
    """The float model's log probabilities on some windows, to compare others with."""

    def __init__(self, model, windows):
        self.windows = windows
        self.logs = [logs for _, logs in log_probabilities(model, windows)]
        self.loss = self.quality(model)["loss"]

    def quality(self, model):
        loss, divergence, tokens = 0.0, 0.0, 0
        for (batch, logs), base in zip(log_probabilities(model, self.windows), self.logs):
            loss -= logs.gather(-1, batch[:, 1:, None]).sum().item()
            divergence += (base.exp() * (base - logs)).sum().item()
            tokens += batch[:, 1:].numel()
        return {
            "loss": loss / tokens, "perplexity": float(numpy.exp(loss / tokens)),
            "divergence": divergence / tokens, "tokens": tokens,
        }


# ---- Quantization ----------------------------------------------------------------------------


def grid(group, bits):
    """The scale and the zero point of each row's group, min to max, zero inside."""
    low = numpy.minimum(group.min(axis=1), 0)
    high = numpy.maximum(group.max(axis=1), 0)
    scale = (high - low) / (2**bits - 1)
    scale[scale == 0] = 1
    zero = numpy.rint(-low / scale)  # before the scale is cut to a float32: a range with equal ends is a tie, 7.5
    return scale.astype(numpy.float32).astype(numpy.float64), zero


def rounded(weight, scale, zero, bits):
    # Weights of eight digits lie between two codes now and then: the quotient is a float32's, as in every framework.
    steps = numpy.rint(weight.astype(numpy.float32) / scale.astype(numpy.float32)).astype(numpy.float64)
    return (numpy.clip(steps + zero, 0, 2**bits - 1) - zero) * scale


def nearest(weight, bits):
    found = numpy.empty_like(weight)
    size = min(GROUP, weight.shape[1])
    for start in range(0, weight.shape[1], size):
        group = weight[:, start : start + size]
        scale, zero = grid(group, bits)
        found[:, start : start + size] = rounded(group, scale[:, None], zero[:, None], bits)
    return found


def gptq(weight, gram, tokens, bits, damping=0.01):
    """Algorithm 1 of the paper, column by column, a group's grid made when its turn comes."""
    hessian = 2 / tokens * gram
    rest = weight.copy()
    dead = numpy.diag(hessian) <= 0
    hessian[dead, dead] = 1
    rest[:, dead] = 0
    hessian = hessian + damping * numpy.diag(hessian).mean() * numpy.eye(len(hessian))
    upper = numpy.linalg.cholesky(numpy.linalg.inv(hessian)).T
    found = numpy.empty_like(weight)
    size = min(GROUP, weight.shape[1])
    for column in range(weight.shape[1]):
        if column % size == 0:
            scale, zero = grid(rest[:, column : column + size], bits)
        found[:, column] = rounded(rest[:, column], scale, zero, bits)
        error = (rest[:, column] - found[:, column]) / upper[column, column]
        rest[:, column:] -= error[:, None] * upper[column, column:]
    return found


def weight_of(module):
    return module.weight.detach().double().numpy()


def put(module, values):
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(numpy.ascontiguousarray(values)))


class Kept:
    """A model whose weights come back when the `with` ends."""

    def __init__(self, model):
        self.model = model

    def __enter__(self):
        self.saved = {name: module.weight.detach().clone() for name, (module, _) in layers(self.model).items()}
        return self.model

    def __exit__(self, *rest):
        for name, (module, _) in layers(self.model).items():
            with torch.no_grad():
                module.weight.copy_(self.saved[name])


def round_all(model, bits):
    for module, _ in layers(model).values():
        put(module, nearest(weight_of(module), bits))


def gptq_all(model, windows, bits):
    """Block by block: a block sees what the quantized blocks before it make."""
    tokens = sum(map(len, windows))
    for block in sorted({block_of(name) for name in layers(model)}):
        sums = inputs(model, windows, block)
        for name, (module, shared) in layers(model).items():
            if block_of(name) == block:
                put(module, gptq(weight_of(module), sums[shared], tokens, bits))


def errors(original, model, grams):
    """E and ‖WX‖² of every layer on the float model's inputs."""
    found = {}
    for name, (module, shared) in layers(model).items():
        weight = original[name]
        change = weight - weight_of(module)
        found[name] = (
            float(numpy.sum(change @ grams[shared] * change)),
            float(numpy.sum(weight @ grams[shared] * weight)),
        )
    return found


# ---- Statistics ------------------------------------------------------------------------------


def interval(values):
    values = numpy.asarray(values, dtype=float)
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


def effect(values):
    """The mean over the standard deviation, and its interval by the noncentral t."""
    values = numpy.asarray(values, dtype=float)
    count = len(values)
    size = values.mean() / values.std(ddof=1)
    t = size * count**0.5

    def below(shift):
        found = stats.nct.cdf(t, count - 1, shift)
        return found if found == found else float(shift < t)

    def shift(share):
        return optimize.brentq(lambda x: below(x) - share, -5 * abs(t) - 10, 5 * abs(t) + 10) / count**0.5

    return float(size), float(shift(0.975)), float(shift(0.025))


# ---- The table -------------------------------------------------------------------------------


class Table:
    def __init__(self, title):
        print(f"\n## {title}\n\n| What | build | recomputed | difference |\n|---|---|---|---|", flush=True)

    def add(self, what, build, own):
        if isinstance(build, str) or isinstance(own, str) or build is None:
            print(f"| {what} | {'' if build is None else build} | {own} | {'none' if build == own else ''} |", flush=True)
            return
        if build == own:
            difference = "none"
        elif own != 0 and abs(build) > 0:
            difference = f"{100 * (build / own - 1):+.3g} %"
        else:
            difference = f"{build - own:+.3g}"
        print(f"| {what} | {build:.6g} | {own:.6g} | {difference} |", flush=True)


def read(folder, name):
    with open(os.path.join(folder, name)) as file:
        return json.load(file)


def short(name):
    parts = name.split(".")
    return ".".join(parts[next(place for place, part in enumerate(parts) if part.isdigit()) :])


def reading(folder, model=0):
    found = read(folder, "tokens.json")["readings"][model]
    return found["test"], {one["seed"]: one["windows"] for one in found["calibrations"]}


def layer_key(name, known):
    """The build's name of a layer for transformers'."""
    return next(own for own in known if own.endswith(short(name)) or name.endswith(short(own)))


# ---- GPTQ's files ----------------------------------------------------------------------------


def fields(words, bits, along):
    """Codes of so many bits in 32-bit words along an axis, the lowest bits first; 3 bits run across words."""
    words = numpy.moveaxis(words.astype(numpy.uint32), along, 0)
    positions = numpy.arange(32, dtype=numpy.uint32).reshape(1, 32, *[1] * (words.ndim - 1))
    stream = ((words[:, None] >> positions) & 1).reshape(-1, *words.shape[1:])
    stream = stream.reshape(-1, bits, *words.shape[1:])
    power = (1 << numpy.arange(bits)).reshape(1, bits, *[1] * (words.ndim - 1))
    return numpy.moveaxis((stream * power).sum(axis=1), 0, along)


def unpack(folder, model):
    """Puts a GPTQ checkpoint's weights into a model; returns bits stored a weight, and the files' bytes."""
    from safetensors import safe_open

    config = read(folder, "config.json")["quantization_config"]
    bits, version = config["bits"], config.get("checkpoint_format", "gptq")
    files = [name for name in os.listdir(folder) if name.endswith(".safetensors")]
    stored, weights = 0, 0
    modules = dict(model.named_modules())
    for name in files:
        with safe_open(os.path.join(folder, name), "pt") as tensors:
            keys = set(tensors.keys())
            for key in keys:
                if not key.endswith(".qweight"):
                    continue
                base = key[: -len(".qweight")]
                codes = fields(tensors.get_tensor(key).numpy().view(numpy.uint32), bits, 0)  # [in, out]
                scales = tensors.get_tensor(base + ".scales").double().numpy()  # [groups, out]
                zeros = fields(tensors.get_tensor(base + ".qzeros").numpy().view(numpy.uint32), bits, 1)
                zeros = zeros[:, : scales.shape[1]].astype(float) + (1 if version == "gptq" else 0)
                groups = tensors.get_tensor(base + ".g_idx").numpy()
                values = (codes - zeros[groups]) * scales[groups]
                put(modules[base], values.T)
                for part in ("qweight", "qzeros", "scales", "g_idx"):
                    tensor = tensors.get_tensor(f"{base}.{part}")
                    stored += 8 * tensor.numel() * tensor.element_size()
                weights += codes.size
    return stored / weights, sum(os.path.getsize(os.path.join(folder, name)) for name in files)


# ---- The builds ------------------------------------------------------------------------------


def student(models, folder):
    findings = read(folder, "findings.json")
    study = findings["study"]
    bits, seeds = study["bits"], study["seeds"]
    test, calibrations = reading(folder)
    model = opened(os.path.join(models, "llama"))
    original = {name: weight_of(module).copy() for name, (module, _) in layers(model).items()}
    grams = inputs(model, test)
    reference = Reference(model, test)
    alone = Reference(model, test[: study["relationWindows"]])
    table = Table(f"cs-student: Llama, {bits} bits, {len(seeds)} seeds")
    table.add("perplexity, float", findings["floatPerplexity"], float(numpy.exp(reference.loss)))
    with Kept(model):
        round_all(model, bits)
        plain = errors(original, model, grams)
        quality = reference.quality(model)
    table.add("perplexity, rtn", findings["nearest"]["perplexity"], quality["perplexity"])
    table.add("KL, rtn", findings["nearest"]["divergence"], quality["divergence"])
    nearest_loss = quality["loss"]
    runs, reductions, gains = [], [], []
    for place, seed in enumerate(seeds):
        with Kept(model):
            gptq_all(model, calibrations[seed], bits)
            own = errors(original, model, grams)
            quality = reference.quality(model)
        runs.append(own)
        reductions.append(1 - sum(e for e, _ in own.values()) / sum(e for e, _ in plain.values()))
        gains.append(quality["loss"] - nearest_loss)
        table.add(f"perplexity, gptq, seed {seed}", findings["feedback"][place]["perplexity"], quality["perplexity"])
        table.add(f"KL, gptq, seed {seed}", findings["feedback"][place]["divergence"], quality["divergence"])
    built = {layer["name"]: layer for layer in findings["layers"]}
    for name in original:
        layer = built[layer_key(name, built)]
        table.add(f"E of ‖WX‖², rtn, {short(name)}", layer["nearest"] / layer["power"], plain[name][0] / plain[name][1])
        table.add(
            f"E of ‖WX‖², gptq, {short(name)}", numpy.mean(layer["feedback"]) / layer["power"],
            numpy.mean([run[name][0] for run in runs]) / plain[name][1])
    of_build = [
        1 - sum(layer["feedback"][place] for layer in findings["layers"])
        / sum(layer["nearest"] for layer in findings["layers"]) for place in range(len(seeds))
    ]
    for place, words in enumerate(("mean", "low", "high")):
        table.add(f"reduction of mean E, {words}", interval(of_build)[place], interval(reductions)[place])
    table.add("reduction of mean E, deviation", numpy.std(of_build, ddof=1), numpy.std(reductions, ddof=1))
    built_gains = [one["logRatio"] - findings["nearest"]["logRatio"] for one in findings["feedback"]]
    for place, words in enumerate(("mean", "low", "high")):
        table.add(f"ln PPL(gptq) − ln PPL(rtn), {words}", interval(built_gains)[place], interval(gains)[place])
    # Every layer alone.
    seen, own_points = inputs(model, calibrations[seeds[0]]), []
    few = inputs(model, alone.windows)
    tokens = sum(map(len, calibrations[seeds[0]]))
    for name, (module, shared) in layers(model).items():
        weight = original[name]
        power = numpy.sum(weight @ few[shared] * weight)
        for width in study["relationBits"]:
            for method in ("rtn", "gptq"):
                with Kept(model):
                    values = nearest(weight, width) if method == "rtn" else gptq(weight, seen[shared], tokens, width)
                    put(module, values)
                    change = weight - values
                    quality = alone.quality(model)
                own_points.append(
                    (width, numpy.sum(change @ few[shared] * change) / power, quality["divergence"],
                     quality["loss"] - alone.loss))
    built_points = [
        (one["bits"], one["error"] / one["power"], one["quality"]["divergence"], one["quality"]["logRatio"])
        for one in findings["points"]
    ]
    table.add("layers alone, how many", len(built_points), len(own_points))

    def coefficient(points, width=None, perplexity=False):
        chosen = [one for one in points if width in (None, one[0])]
        if perplexity:
            return stats.pearsonr([one[1] for one in chosen], [one[3] for one in chosen])
        return stats.pearsonr(numpy.log([one[1] for one in chosen]), numpy.log([one[2] for one in chosen]))

    for width in [None] + study["relationBits"]:
        words = f"{width} bits" if width else "all widths"
        one, other = coefficient(built_points, width), coefficient(own_points, width)
        table.add(f"r of ln E and ln KL, {words}", one.statistic, other.statistic)
        table.add("  its interval, low", one.confidence_interval().low, other.confidence_interval().low)
        table.add("  its interval, high", one.confidence_interval().high, other.confidence_interval().high)
        if width:
            table.add(
                f"r of E and Δ ln PPL, {words}", coefficient(built_points, width, True).statistic,
                coefficient(own_points, width, True).statistic)
    checkpoint(folder, model, reference, table, findings["feedback"][0]["perplexity"], "seed 0's")


def checkpoint(folder, model, reference, table, known, words):
    """The folder that a build leaves, unpacked here."""
    with Kept(model):
        bits, size = unpack(os.path.join(folder, "checkpoint"), model)
        quality = reference.quality(model)
    table.add(f"perplexity, checkpoint/ unpacked here, beside {words}", known, quality["perplexity"])
    with open(os.path.join(folder, "perplexity_results.txt")) as file:
        line = next(line for line in file if "checkpoint/" in line)
    numbers = [float(word) for word in line.split() if word.replace(".", "", 1).replace("-", "", 1).isdigit()]
    table.add("perplexity, checkpoint/ in perplexity_results.txt", numbers[0], round(quality["perplexity"], 5))
    log = os.path.join(folder, "checkpoint-layers.csv")
    if os.path.exists(log):
        with open(log) as file:
            rows = list(csv.DictReader(file))
        weights = {short(name): module.weight.numel() for name, (module, _) in layers(model).items()}
        total = sum(weights[short(row["layer"])] for row in rows)
        mean = sum(float(row["bits_per_weight"]) * weights[short(row["layer"])] for row in rows) / total
        table.add("bits a weight of the layers, codes, scales, zeros and groups", mean, bits)
    table.add("bytes of the checkpoint's tensors' files", None, size)
    return quality


def engineer(models, folder):
    findings = read(folder, "findings.json")
    test, calibrations = reading(folder)
    model = opened(os.path.join(models, "llama"))
    reference = Reference(model, test)
    table = Table(f"applied-engineer: Llama, {findings['study']['bits']} bits")
    table.add("perplexity, float", findings["floatPerplexity"], float(numpy.exp(reference.loss)))
    with Kept(model):
        round_all(model, findings["study"]["bits"])
        quality = reference.quality(model)
    table.add("perplexity, rtn", findings["nearest"]["perplexity"], quality["perplexity"])
    quality = checkpoint(folder, model, reference, table, findings["packed"]["perplexity"], "the engine's, codes packed")
    table.add("KL, checkpoint/", findings["packed"]["divergence"], quality["divergence"])
    table.add(
        "rise of the perplexity", findings["packed"]["perplexity"] - findings["floatPerplexity"],
        quality["perplexity"] - float(numpy.exp(reference.loss)))
    # Read a token: every linear layer and the head; float32 in float, in half a byte and its grid packed.
    config = model.config
    linear = sum(module.weight.numel() for module, _ in layers(model).values())
    table.add(
        "bytes of keys and values, a text of 128 + 32 tokens",
        next(
            (one["cacheBytes"] for one in findings["packedLatency"]["cases"]
             if one["batch"] == 1 and one["promptLength"] == 128), None),
        2 * config.num_hidden_layers * config.num_key_value_heads * (config.hidden_size // config.num_attention_heads)
        * 160 * 4)
    table.add("linear weights", None, linear)


def scaled_gptq(weights, gram, largest, tokens, bits, alpha):
    """SmoothQuant's scales of layers that share inputs, GPTQ of W·diag(s) on x / s, Ŵ divided by s."""
    columns = numpy.max([abs(weight).max(axis=0) for weight in weights], axis=0)
    scale = numpy.maximum(largest**alpha / numpy.maximum(columns, 1e-5) ** (1 - alpha), 1e-5)
    scale[largest <= 0] = 1
    gram = gram / scale[:, None] / scale[None, :]
    return [gptq(weight * scale, gram, tokens, bits) / scale for weight in weights]


def researcher(models, folder):
    findings = read(folder, "findings.json")
    hypothesis = findings["hypothesis"]
    alpha, seeds = hypothesis["alpha"], hypothesis["seeds"]
    for place, name in enumerate(hypothesis["models"]):
        test, calibrations = reading(folder, place)
        model = opened(os.path.join(models, name))
        original = {key: weight_of(module).copy() for key, (module, _) in layers(model).items()}
        grams = inputs(model, test)
        reference = Reference(model, test)
        cells = {bits: {"plain": [], "scaled": []} for bits in hypothesis["bits"]}
        for seed in seeds:
            largest = {}
            sums = inputs(model, calibrations[seed], largest=largest)
            tokens = sum(map(len, calibrations[seed]))
            for bits in hypothesis["bits"]:
                for arm in ("plain", "scaled"):
                    with Kept(model):
                        groups = {}
                        for key, (module, shared) in layers(model).items():
                            groups.setdefault(shared, []).append((module, original[key]))
                        for shared, own in groups.items():
                            isNormed = shared.endswith(("q_proj", "gate_proj", "fc1"))
                            if arm == "scaled" and isNormed:
                                found = scaled_gptq(
                                    [weight for _, weight in own], sums[shared], largest[shared], tokens, bits, alpha)
                            else:
                                found = [gptq(weight, sums[shared].copy(), tokens, bits) for _, weight in own]
                            for (module, _), values in zip(own, found):
                                put(module, values)
                        quality = reference.quality(model)
                        parts = errors(original, model, grams)
                        quality["error"] = float(numpy.mean([e / power for e, power in parts.values()]))
                        cells[bits][arm].append(quality)
        for bits, own in cells.items():
            built = next(
                cell for cell in findings["cells"] if cell["model"] == name and cell["bits"] == bits)
            arm = next(arm for arm in built["scaled"] if arm["alpha"] == alpha)["runs"]
            table = Table(f"applied-researcher: {name}, {bits} bits, α = {alpha}, {len(seeds)} seeds")
            table.add(
                "perplexity, gptq, mean", numpy.mean([one["quality"]["perplexity"] for one in built["plain"]]),
                numpy.mean([one["perplexity"] for one in own["plain"]]))
            table.add(
                "perplexity, scaled, mean", numpy.mean([one["quality"]["perplexity"] for one in arm]),
                numpy.mean([one["perplexity"] for one in own["scaled"]]))
            table.add(
                "mean E of ‖WX‖², gptq", numpy.mean([one["relativeError"] for one in built["plain"]]),
                numpy.mean([one["error"] for one in own["plain"]]))
            table.add(
                "mean E of ‖WX‖², scaled", numpy.mean([one["relativeError"] for one in arm]),
                numpy.mean([one["error"] for one in own["scaled"]]))
            of_build = [a["quality"]["logRatio"] - b["quality"]["logRatio"] for a, b in zip(arm, built["plain"])]
            of_own = [a["loss"] - b["loss"] for a, b in zip(own["scaled"], own["plain"])]
            for part, words in enumerate(("mean", "low", "high")):
                table.add(f"Δ ln PPL, {words}", interval(of_build)[part], interval(of_own)[part])
            for part, words in enumerate(("", ", low", ", high")):
                table.add(f"effect size{words}", effect(of_build)[part], effect(of_own)[part])
            of_build = [a["quality"]["divergence"] - b["quality"]["divergence"] for a, b in zip(arm, built["plain"])]
            of_own = [a["divergence"] - b["divergence"] for a, b in zip(own["scaled"], own["plain"])]
            for part, words in enumerate(("mean", "low", "high")):
                table.add(f"Δ KL, {words}", interval(of_build)[part], interval(of_own)[part])
            of_build = [a["relativeError"] / b["relativeError"] - 1 for a, b in zip(arm, built["plain"])]
            of_own = [a["error"] / b["error"] - 1 for a, b in zip(own["scaled"], own["plain"])]
            for part, words in enumerate(("mean", "low", "high")):
                table.add(f"change of E, {words}", interval(of_build)[part], interval(of_own)[part])
        if place == 0:
            quality = [line for line in open(os.path.join(folder, "perplexity_results.txt")) if "checkpoint/" in line]
            table = Table(f"applied-researcher: the checkpoint of {name}")
            folded(folder, models, name, reference, table)


def folded(folder, models, name, reference, table):
    """A checkpoint whose norms and kept tensors changed too: scales were folded into them."""
    from safetensors import safe_open

    model = opened(os.path.join(models, name))
    place = os.path.join(folder, "checkpoint")
    for file in os.listdir(place):
        if file.endswith(".safetensors"):
            with safe_open(os.path.join(place, file), "pt") as tensors:
                own = dict(model.named_parameters())
                with torch.no_grad():
                    for key in tensors.keys():
                        if key in own:
                            own[key].copy_(tensors.get_tensor(key).float())
    checkpoint(folder, model, reference, table, None, "nothing")


def frontier(models, folder):
    findings = read(folder, "findings.json")["hessians"]
    whole = read(folder, "findings.json")
    study = findings["study"]
    bits = study["bits"]
    test, calibrations = reading(folder)
    windows = calibrations[study["seed"]]
    model = opened(os.path.join(models, "llama"))
    original = {name: weight_of(module).copy() for name, (module, _) in layers(model).items()}
    grams, sums = inputs(model, test), inputs(model, windows)
    reference = Reference(model, test)
    tokens = sum(map(len, windows))
    table = Table(f"frontier-researcher: Llama, {bits} bits")
    with open(os.path.join(folder, "sensitivity.jsonl")) as file:
        lines = {line["layer"]: line for line in map(json.loads, file)}
    for name, (module, shared) in layers(model).items():
        line = lines[layer_key(name, lines)]
        if name == shared:
            values = numpy.linalg.eigvalsh(2 / tokens * sums[shared])[::-1]
            added = study["damping"] * values.mean()
            least = len(values) * 2.0**-24 * values[0]
            if block_of(name) in (0, 3):
                table.add(f"{short(name)}: largest eigenvalue", line["spectrum"][0], values[0])
                table.add(f"{short(name)}: 30th eigenvalue", line["spectrum"][29], values[29])
                table.add(f"{short(name)}: rank to single precision", line["rank"], int((values > least).sum()))
                table.add(
                    f"{short(name)}: condition, damped", line["dampedCondition"],
                    (values[0] + added) / (max(values[-1], 0) + added))
                table.add(
                    f"{short(name)}: effective directions", line["effectiveDimension"],
                    values.sum() ** 2 / (values**2).sum())
        weight = original[name]
        plain, fed = nearest(weight, bits), gptq(weight, sums[shared], tokens, bits)
        power = numpy.sum(weight @ grams[shared] * weight)
        for key, values in (("relativeError", plain), ("gptqRelativeError", fed)):
            change = weight - values
            if block_of(name) in (0, 3):
                table.add(
                    f"{short(name)}: E of ‖WX‖², {'rtn' if key == 'relativeError' else 'gptq'}", line[key],
                    numpy.sum(change @ grams[shared] * change) / power)
        with Kept(model):
            put(module, plain)
            line["own"] = reference.quality(model)["divergence"]
        if block_of(name) in (0, 3):
            table.add(f"{short(name)} alone: KL", line["divergence"], line["own"])
            # Where errors go: e = (W − Ŵ) R, the loss ½ Σ e², by blocks of columns.
            hessian = 2 / tokens * sums[shared]
            hessian = hessian + study["damping"] * numpy.diag(hessian).mean() * numpy.eye(len(hessian))
            upper = numpy.linalg.cholesky(numpy.linalg.inv(hessian)).T
            fedback = (weight - fed) @ numpy.linalg.inv(upper)
            size = study["flowBlockSize"]
            table.add(f"{short(name)}: loss of the last block", line["flow"]["losses"][-1], (fedback[:, -size:] ** 2).sum() / 2)
            push = fedback[:, :size] @ upper[:size, size : 2 * size]
            table.add(f"{short(name)}: pushed from block 1 to 2", line["flow"]["pushes"][0][1], (push**2).sum())
    known = list(lines.values())
    for key in ("relativeError", "error", "traceScore", "eigenvalueScore", "weightScore"):
        table.add(
            f"rank correlation of {key} and KL",
            stats.spearmanr([line[key] for line in known], [line["divergence"] for line in known]).statistic,
            stats.spearmanr([line[key] for line in known], [line["own"] for line in known]).statistic)
    wholes = {one["name"]: one for one in findings["wholes"]}
    with Kept(model):
        round_all(model, bits)
        quality = reference.quality(model)
    table.add("whole model, rtn: perplexity", wholes["round to nearest"]["quality"]["perplexity"], quality["perplexity"])
    table.add("whole model, rtn: KL", wholes["round to nearest"]["quality"]["divergence"], quality["divergence"])
    with Kept(model):
        gptq_all(model, windows, bits)
        quality = reference.quality(model)
    table.add("whole model, gptq: perplexity", wholes["gptq"]["quality"]["perplexity"], quality["perplexity"])
    table.add("whole model, gptq: KL", wholes["gptq"]["quality"]["divergence"], quality["divergence"])
    table.add("bits a weight, gptq", wholes["gptq"]["bitsPerWeight"], bits + (16 + bits) / GROUP)
    checkpoint(
        folder, model, reference, table,
        wholes["gptq, act-order, true-sequential"]["quality"]["perplexity"], "the same recipe's in memory")
    questions(models, folder, whole["questions"], model, table)
    plan = whole["plan"]
    hidden, inner, vocabulary, count = 5120, 13824, 32000, 40
    linear = count * (4 * hidden**2 + 3 * hidden * inner)
    everything = linear + 2 * vocabulary * hidden + (2 * count + 1) * hidden
    table.add("LLaMA-2-13B: parameters", plan["parameters"], everything)
    table.add("LLaMA-2-13B: bytes at 16 bits", plan["bytesBefore"], 2 * everything)
    table.add(
        "LLaMA-2-13B: bytes at 4 bits", plan["bytesAfter"],
        linear * (4 + (16 + 4) / 128) / 8 + 2 * (everything - linear))


@torch.no_grad()
def questions(models, folder, built, model, table):
    """Multiple choice in MMLU's files, by letters as MMLU asks, and by the answers' own words."""
    tokenizer = AutoTokenizer.from_pretrained(os.path.join(models, "llama"))
    begin = [model.config.bos_token_id]

    def rows(part):
        place = os.path.join(folder, "mmlu", part)
        name = next(name for name in os.listdir(place) if name.endswith(".csv"))
        with open(os.path.join(place, name), newline="") as file:
            return list(csv.reader(file)), name.rsplit("_", 1)[0].replace("_", " ")

    (test, subject), (examples, _) = rows("test"), rows("dev")
    letters = "ABCD"

    def lettered(row):
        return row[0] + "".join(f"\n{letter}. {choice}" for letter, choice in zip(letters, row[1:5])) + "\nAnswer:"

    heading = f"The following are multiple choice questions (with answers) about {subject}.\n\n"
    shots = "".join(f"{lettered(row)} {row[5]}\n\n" for row in examples)

    def encode(text):
        return tokenizer.encode(text, add_special_tokens=False)

    def choice(prompt, choices):
        alone, whole = encode(prompt), [encode(prompt + one) for one in choices]
        shared = len(alone)
        for ids in whole:
            same = next((i for i, (a, b) in enumerate(zip(alone, ids)) if a != b), min(len(alone), len(ids)))
            shared = min(shared, len(ids) - 1, same)
        scores = []
        for ids in whole:
            ids = begin + ids
            if len(ids) - 1 > model.config.max_position_embeddings:
                return None
            logs = torch.log_softmax(model(torch.tensor([ids])).logits[0, :-1].double(), -1)
            own = range(1 + shared, len(ids))
            scores.append(sum(logs[place - 1, ids[place]].item() for place in own))
        return int(numpy.argmax(scores))

    def asked(way):
        right = []
        for row in test:
            answer = letters.index(row[5])
            if way == "letters":
                own = choice(heading + shots + lettered(row), [f" {letter}" for letter in letters])
                if own is None:  # no room for the example
                    own = choice(heading + lettered(row), [f" {letter}" for letter in letters])
            else:
                own = choice(row[0], [f" {one}" for one in row[1:5]])
            right.append(own == answer)
        return right

    for name in ("float", "checkpoint"):
        with Kept(model):
            if name == "checkpoint":
                unpack(os.path.join(folder, "checkpoint"), model)
            for way in ("letters", "words"):
                known = next(one for one in built if one["model"] == name and one["way"] == way)["right"]
                right = asked(way)
                bounds = stats.binomtest(sum(right), len(right)).proportion_ci(0.95, method="wilson")
                table.add(f"{name}, by {way}: right of {len(right)}", known["hits"], sum(right))
                table.add("  its interval, low", known["low"], bounds.low)
                table.add("  its interval, high", known["high"], bounds.high)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Recomputes the builds' numbers.")
    asked.add_argument("--models", default="Datasets/models", help="the folder of llama and opt")
    asked.add_argument("--builds", default=".", help="the folder of the builds")
    asked.add_argument("--only", help="one build")
    options = asked.parse_args()
    torch.set_num_threads(2)
    print(
        f"numpy {numpy.__version__}, scipy {scipy.__version__}, torch {torch.__version__}, "
        f"transformers {transformers.__version__}")
    for name, build in (
        ("cs-student", student), ("applied-engineer", engineer), ("applied-researcher", researcher),
        ("frontier-researcher", frontier),
    ):
        place = os.path.join(options.builds, name)
        if options.only in (None, name) and os.path.isdir(place):
            build(options.models, place)
        elif options.only in (None, name):
            print(f"\n{place}: not here", file=sys.stderr)
