"""Recomputes the numbers of the four builds' reports, with nothing of this project's engine.

    nibble build cs-student           # and the three others, in one folder
    python Tests/Goldens/builds/recompute.py --models Datasets/models --builds . > recomputed.md

Models are run by transformers in float32, rounding and GPTQ are a page of numpy in float64, GPTQ's files are unpacked
here, and statistics are SciPy's. What is read of a build: `tokens.json` (which tokens were read), `checkpoint/`, `mmlu/`,
and, to stand beside, the numbers of `findings.json` and `sensitivity.jsonl`.

Printed is a table a build: the build's number, the recomputed one, their difference.
"""
import argparse
import concurrent.futures
import contextlib
import csv
import io
import json
import os
import subprocess
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
        """A model's reading, with the standard errors of means over the tokens."""
        losses, changes, divergences = [], [], []
        for (batch, logs), base in zip(log_probabilities(model, self.windows), self.logs):
            own = -logs.gather(-1, batch[:, 1:, None])
            losses.append(own.numpy().ravel())
            changes.append((own + base.gather(-1, batch[:, 1:, None])).numpy().ravel())
            divergences.append((base.exp() * (base - logs)).sum(-1).numpy().ravel())
        losses, changes, divergences = map(numpy.concatenate, (losses, changes, divergences))
        perplexity = float(numpy.exp(losses.mean()))
        return {
            "loss": float(losses.mean()), "perplexity": perplexity,
            "perplexityError": perplexity * stats.sem(losses), "logRatio": float(changes.mean()),
            "logRatioError": stats.sem(changes), "divergence": float(divergences.mean()),
            "divergenceError": stats.sem(divergences), "tokens": len(losses),
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


def gptq(weight, gram, tokens, bits, damping=0.01, order=None, timing="fresh", block=32, codes=False):
    """Algorithm 1 of the paper: columns in turn, later ones of their block updated at once, others after it.

    A group's grid is made of `fresh` weights, when its turn comes; of `stale` ones, as they were when the block
    began; or `fixed` before all, on the original weights and groups of neighbours, whatever the order. Here weights lie
    transposed, a column's in a row: that is a matter of speed.
    """
    hessian = 2 / tokens * gram
    count, size = weight.shape[1], min(GROUP, weight.shape[1])
    order = numpy.arange(count) if order is None else numpy.asarray(order)
    rest = weight.copy()
    dead = numpy.diag(hessian) <= 0
    hessian[dead, dead] = 1
    rest[:, dead] = 0
    grids = [grid(rest[:, start : start + size], bits) for start in range(0, count, size)]
    hessian = hessian + damping * numpy.diag(hessian).mean() * numpy.eye(count)
    rest, hessian = numpy.ascontiguousarray(rest[:, order].T), hessian[numpy.ix_(order, order)]
    upper = numpy.linalg.cholesky(numpy.linalg.inv(hessian)).T
    found, steps, failed = (numpy.empty_like(rest) for _ in range(3))
    start = 0
    while start < count:
        end = min(start + block, count)
        # A fresh grid needs its whole group up to date: with fresh grids no block crosses a group's begin.
        if timing == "fresh":
            end = min(end, (start // size + 1) * size)
        before = rest.copy() if timing == "stale" else rest
        for column in range(start, end):
            if timing == "fixed":
                scale, zero = grids[order[column] // size]
            elif column % size == 0:
                scale, zero = grid(before[column : column + size].T, bits)
            found[column] = rounded(rest[column], scale, zero, bits)
            if codes:
                steps[column] = numpy.rint(found[column] / scale) + zero
            failed[column] = (rest[column] - found[column]) / upper[column, column]
            rest[column:end] -= numpy.multiply.outer(upper[column, column:end], failed[column])
        rest[end:] -= upper[start:end, end:].T @ failed[start:end]
        start = end
    result = numpy.empty_like(weight)
    result[:, order] = found.T
    return (result, steps) if codes else result


def by_activation(gram):
    """Columns by falling diagonal, equal ones as they stand."""
    return numpy.argsort(-numpy.diag(gram), kind="stable")


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


def gptq_all(model, windows, bits, sequential=False, act_order=False, timing="fresh"):
    """Block by block: a block sees what the quantized blocks before it make, and a layer those before it if `sequential`."""
    tokens = sum(map(len, windows))
    for block in sorted({block_of(name) for name in layers(model)}):
        own = {name: found for name, found in layers(model).items() if block_of(name) == block}
        together = list(dict.fromkeys(shared for _, shared in own.values()))
        for part in ([[one] for one in together] if sequential else [together]):
            sums = inputs(model, windows, block)
            for module, shared in own.values():
                if shared in part:
                    order = by_activation(sums[shared]) if act_order else None
                    put(module, gptq(
                        weight_of(module), sums[shared].copy(), tokens, bits, order=order, timing=timing))


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


def correlation(first, second):
    """r with Fisher's interval, the rank correlation, and the slope of the line."""
    found = stats.pearsonr(first, second)
    bounds = found.confidence_interval()
    return {
        "r": found.statistic, "low": bounds.low, "high": bounds.high,
        "rank": stats.spearmanr(first, second).statistic, "slope": stats.linregress(first, second).slope,
    }


class Draws:
    """xoshiro256++ filled by SplitMix64: which random order a seed means is part of what is studied."""

    MASK = 2**64 - 1

    def __init__(self, seed):
        self.state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & self.MASK
            bits = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
            bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & self.MASK
            self.state.append(bits ^ (bits >> 31))

    def turned(self, bits, by):
        return ((bits << by) | (bits >> (64 - by))) & self.MASK

    def next(self):
        a, b, c, d = self.state
        found = (self.turned((a + d) & self.MASK, 23) + a) & self.MASK
        c, d = c ^ a, d ^ b
        self.state = [a ^ d, b ^ c, c ^ ((b << 17) & self.MASK), self.turned(d, 45)]
        return found

    def below(self, bound):
        while True:
            product = self.next() * bound
            if product & self.MASK >= 2**64 % bound:
                return product >> 64

    def order(self, count):
        found = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.below(last + 1)
            found[last], found[other] = found[other], found[last]
        return found


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


    def intervals(self, what, build, own):
        """Two lists of values, compared by their means and 95 % intervals."""
        for part, words in enumerate(("mean", "low", "high")):
            self.add(f"{what}, {words}", interval(build)[part], interval(own)[part])

    def correlations(self, what, build, own):
        for part in ("r", "low", "high", "rank", "slope"):
            self.add(f"{what}: {part}", build[part], own[part])

    def quality(self, what, build, own):
        """A model's reading and its standard errors."""
        for key, words in (
            ("perplexity", "perplexity"), ("logRatio", "ln of its ratio to float"), ("logRatioError", "  ± of it"),
            ("divergence", "KL"), ("divergenceError", "  ± of it"),
        ):
            self.add(f"{what}: {words}", build[key], own[key])

    def largest(self, what, pairs):
        """Many numbers at once: how many, and the pair that differs most."""
        pairs = [(float(a), float(b)) for a, b in pairs]
        worst = max(pairs, key=lambda pair: abs(pair[0] - pair[1]) / max(abs(pair[1]), 1e-300))
        self.add(f"{what}, {len(pairs)} numbers, where they differ most", *worst)


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
    table = Table(f"cs-student: Llama, {bits} bits, {len(seeds)} seeds, {reference.quality(model)['tokens']} scored tokens")
    table.add("perplexity, float", findings["floatPerplexity"], float(numpy.exp(reference.loss)))
    wholes, plain, runs, seen, read_by = {}, None, [], [], []
    widths = study["relationBits"]
    for width in sorted({bits, *widths}):
        with Kept(model):
            round_all(model, width)
            own = errors(original, model, grams)
            quality, few = reference.quality(model), alone.quality(model)
            if width == bits:
                plain, plain_quality = own, quality
                nearest_weights = {name: weight_of(module).copy() for name, (module, _) in layers(model).items()}
        wholes["rtn", width] = (quality, few, numpy.mean([e / power for e, power in own.values()]))
    table.quality(f"rtn, {bits} bits", findings["nearest"], plain_quality)
    for place, seed in enumerate(seeds):
        with Kept(model):
            calibrated = inputs(model, calibrations[seed])
            gptq_all(model, calibrations[seed], bits)
            own = errors(original, model, grams)
            quality, few = reference.quality(model), alone.quality(model)
            feedback = sum(e for e, _ in errors(original, model, calibrated).values())
        rtn = 0.0
        for name, (module, shared) in layers(model).items():
            change = original[name] - nearest_weights[name]
            rtn += float(numpy.sum(change @ calibrated[shared] * change))
        seen.append(1 - feedback / rtn)
        runs.append(own)
        read_by.append(quality)
        if place == 0:
            wholes["gptq", bits] = (quality, few, numpy.mean([e / power for e, power in own.values()]))
        table.quality(f"gptq, {bits} bits, seed {seed}", findings["feedback"][place], quality)
    for width in widths:
        if ("gptq", width) not in wholes:
            with Kept(model):
                gptq_all(model, calibrations[seeds[0]], width)
                own = errors(original, model, grams)
                wholes["gptq", width] = (
                    reference.quality(model), alone.quality(model), numpy.mean([e / power for e, power in own.values()]))
    for whole in findings["wholes"]:
        quality, few, error = wholes[whole["method"], whole["bits"]]
        words = f"whole model, {whole['method']}, {whole['bits']} bits"
        table.add(f"{words}: mean E of ‖WX‖²", whole["relativeError"], error)
        table.quality(words, whole["quality"], quality)
    built = {layer["name"]: layer for layer in findings["layers"]}
    for name in original:
        layer = built[layer_key(name, built)]
        own = [run[name][0] / run[name][1] for run in runs]
        table.add(f"E of ‖WX‖², rtn, {short(name)}", layer["nearest"] / layer["power"], plain[name][0] / plain[name][1])
        for words, of in (("mean", numpy.mean), ("least", min), ("most", max)):
            table.add(
                f"E of ‖WX‖², gptq, {words}, {short(name)}", of(layer["feedback"]) / layer["power"], of(own))
    of_build = [[layer["feedback"][place] for layer in findings["layers"]] for place in range(len(seeds))]
    nearest_of_build = [layer["nearest"] for layer in findings["layers"]]
    powers = numpy.array([layer["power"] for layer in findings["layers"]])
    of_own = [[run[name][0] for name in original] for run in runs]
    nearest_own = numpy.array([plain[name][0] for name in original])
    own_powers = numpy.array([plain[name][1] for name in original])
    reductions = [1 - sum(one) / sum(nearest_own) for one in of_own]
    built_reductions = [1 - sum(one) / sum(nearest_of_build) for one in of_build]
    table.intervals("reduction of mean E", built_reductions, reductions)
    table.add("reduction of mean E, deviation", numpy.std(built_reductions, ddof=1), numpy.std(reductions, ddof=1))
    table.add("verdict on at least 10 %", says(interval(built_reductions), 0.1), says(interval(reductions), 0.1))
    table.intervals(
        "reduction of the mean of E of ‖WX‖²",
        [1 - sum(one / powers) / sum(nearest_of_build / powers) for one in of_build],
        [1 - sum(one / own_powers) / sum(nearest_own / own_powers) for one in of_own])
    table.intervals(
        "reduction of mean E on the calibration",
        [1 - sum(layer["feedbackSeen"][place] for layer in findings["layers"])
         / sum(layer["nearestSeen"][place] for layer in findings["layers"]) for place in range(len(seeds))], seen)
    by_layer = [1 - numpy.mean([run[name][0] for run in runs]) / plain[name][0] for name in original]
    built_layers = [1 - numpy.mean(layer["feedback"]) / layer["nearest"] for layer in findings["layers"]]
    table.add("the most reduced layer's reduction", max(built_layers), max(by_layer))
    table.add("  which it is", short(findings["layers"][int(numpy.argmax(built_layers))]["name"]),
              short(list(original)[int(numpy.argmax(by_layer))]))
    table.add("layers whose E does not fall", sum(one <= 0 for one in built_layers), sum(one <= 0 for one in by_layer))
    table.intervals(
        "ln PPL(gptq) − ln PPL(rtn)", [one["logRatio"] - findings["nearest"]["logRatio"] for one in findings["feedback"]],
        [one["logRatio"] - plain_quality["logRatio"] for one in read_by])
    # Every layer alone.
    calibrated, few = inputs(model, calibrations[seeds[0]]), inputs(model, alone.windows)
    tokens = sum(map(len, calibrations[seeds[0]]))
    own_points = []
    for name, (module, shared) in layers(model).items():
        weight = original[name]
        power = numpy.sum(weight @ few[shared] * weight)
        for width in widths:
            for method in ("rtn", "gptq"):
                if method == "rtn":
                    values = nearest(weight, width)
                else:
                    values = gptq(weight, calibrated[shared].copy(), tokens, width)
                put(module, values)
                change = weight - values
                own_points.append({
                    "layer": short(name), "method": method, "bits": width, "power": power,
                    "error": float(numpy.sum(change @ few[shared] * change)), "quality": alone.quality(model)})
                put(module, weight)
    built_points = [dict(one, layer=short(one["layer"])) for one in findings["points"]]
    table.add("layers alone, how many", len(built_points), len(own_points))
    for (what, one), (_, other) in zip(relation(built_points, widths), relation(own_points, widths)):
        if isinstance(one, dict):
            table.correlations(what, one, other)
        else:
            table.add(what, one, other)
    for width in widths:
        built_whole = next(one for one in findings["wholes"] if one["bits"] == width and one["method"] == "rtn")
        sums = [
            sum(one["quality"]["divergence"] for one in points if one["bits"] == width and one["method"] == "rtn")
            for points in (built_points, own_points)]
        table.add(f"KL of the layers alone added up, rtn, {width} bits", *sums)
        table.add(
            "  against all of them at once", built_whole["fewWindows"]["divergence"], wholes["rtn", width][1]["divergence"])
    checkpoint(folder, model, reference, table, findings["feedback"][0]["perplexity"], "seed 0's")


def says(bounds, least):
    """What an interval says of a mean of at least so much."""
    return "holds" if bounds[1] >= least else "fails" if bounds[2] < least else "undecided"


def relation(points, widths):
    """What E has to do with perplexity, over layers and widths."""
    def column(chosen, *keys):
        return numpy.array([one[keys[0]] if len(keys) == 1 else one[keys[0]][keys[1]] for one in chosen], dtype=float)

    def logs(chosen, relative=True):
        error = column(chosen, "error") / (column(chosen, "power") if relative else 1)
        return correlation(numpy.log(error), numpy.log(column(chosen, "quality", "divergence")))

    found = [
        ("all widths, ln E of ‖WX‖² and ln KL", logs(points)), ("all widths, ln E and ln KL", logs(points, False)),
        ("all widths, E of ‖WX‖² and Δ ln PPL", correlation(
            column(points, "error") / column(points, "power"), column(points, "quality", "logRatio"))),
    ]
    for width in widths:
        own = [one for one in points if one["bits"] == width]
        found.append((f"{width} bits, ln E of ‖WX‖² and ln KL", logs(own)))
        found.append((f"{width} bits, E of ‖WX‖² and Δ ln PPL", correlation(
            column(own, "error") / column(own, "power"), column(own, "quality", "logRatio"))))
        by = {method: {one["layer"]: one for one in own if one["method"] == method} for method in ("rtn", "gptq")}
        pairs = [(one, by["gptq"][name]) for name, one in by["rtn"].items()]
        found.append((f"{width} bits, the reductions of ln E and of ln KL", correlation(
            [numpy.log(b["error"] / a["error"]) for a, b in pairs],
            [numpy.log(b["quality"]["divergence"] / a["quality"]["divergence"]) for a, b in pairs])))
        found.append((f"{width} bits, Δ ln PPL within two standard errors of nothing", sum(
            abs(one["quality"]["logRatio"]) < 2 * one["quality"]["logRatioError"] for one in own)))
    return found


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
    table.quality("rtn", findings["nearest"], quality)
    quality = checkpoint(folder, model, reference, table, findings["packed"]["perplexity"], "the engine's, codes packed")
    table.quality("checkpoint/", findings["packed"], quality)
    rise = quality["perplexity"] - float(numpy.exp(reference.loss))
    built_rise = findings["packed"]["perplexity"] - findings["floatPerplexity"]
    table.add("rise of the perplexity", built_rise, rise)
    table.add(
        "  its standard error", findings["packed"]["perplexity"] * findings["packed"]["logRatioError"],
        quality["perplexity"] * quality["logRatioError"])
    allowance = findings["study"]["allowance"]
    table.add("allowed", "yes" if built_rise <= allowance else "no", "yes" if rise <= allowance else "no")
    # A pass reads every linear layer and the head, which are two bytes a weight in the file; packed, half a byte a
    # weight, and in single precision a scale and a zero a group.
    config = model.config
    linear = sum(module.weight.numel() for module, _ in layers(model).values())
    head = 2 * config.vocab_size * config.hidden_size
    table.add("layers", findings["layers"], len(layers(model)))
    table.add("bytes of weights a pass, float", findings["floatLatency"]["weightBytes"], 2 * linear + head)
    packed = linear * findings["study"]["bits"] // 8 + linear // GROUP * 8 + head
    table.add("bytes of weights a pass, packed", findings["packedLatency"]["weightBytes"], packed)
    table.add(
        "how many times less", findings["floatLatency"]["weightBytes"] / findings["packedLatency"]["weightBytes"],
        (2 * linear + head) / packed)
    asked = findings["packedLatency"]["study"]
    cached = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * 4
    for one in findings["packedLatency"]["cases"]:
        words = f"batch {one['batch']}, prompt {one['promptLength']}"
        table.add(
            f"{words}: bytes of keys and values", one["cacheBytes"],
            cached * one["batch"] * (one["promptLength"] + asked["newTokens"]))
        table.add(f"{words}: passes that were timed", one["perToken"]["count"], asked["rounds"] * (asked["newTokens"] - 1))
        table.add(
            f"{words}: tokens a second, from the mean of the passes", one["tokensPerSecond"],
            1000 * one["batch"] / one["perToken"]["mean"])
        # Of fewer than 20 times, the least that 95 of 100 do not exceed is the slowest.
        if one["perRequest"]["count"] < 20:
            table.add(f"{words}: request p95, the slowest", one["perRequest"]["p95"], one["perRequest"]["highest"])
    target = findings["study"]["target"]
    late = [one["batch"] for one in findings["packedLatency"]["cases"] if one["perToken"]["p95"] > target]
    table.add("latest batches in time, from the times", None, max(
        (one["batch"] for one in findings["packedLatency"]["cases"] if one["batch"] < min(late, default=1 << 60)), default=0))


def scaled_gptq(weights, gram, largest, tokens, bits, alpha):
    """SmoothQuant's scales of layers that share inputs, GPTQ of W·diag(s) on x / s, Ŵ divided by s."""
    columns = numpy.max([abs(weight).max(axis=0) for weight in weights], axis=0)
    scale = numpy.maximum(largest**alpha / numpy.maximum(columns, 1e-5) ** (1 - alpha), 1e-5)
    scale[largest <= 0] = 1
    gram = gram / scale[:, None] / scale[None, :]
    return [gptq(weight * scale, gram.copy(), tokens, bits) / scale for weight in weights]


@torch.no_grad()
def take_back_outliers(model):
    """Planted channels divided out of the norms, and multiplied into the columns that read them."""
    planted = model.config.outlier_channels
    gains = torch.ones(model.config.hidden_size)
    gains[planted["channels"]] = 2.0 ** torch.tensor(planted["exponents"])
    for name, module in model.named_modules():
        own = name.rsplit(".", 1)[-1]
        if own in ("input_layernorm", "post_attention_layernorm", "self_attn_layer_norm") or (
                own == "final_layer_norm" and ".layers." in name):
            module.weight /= gains
            if getattr(module, "bias", None) is not None:
                module.bias /= gains
        elif own in ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj", "fc1"):
            module.weight *= gains


def researcher(models, folder):
    findings = read(folder, "findings.json")
    names = findings["hypothesis"]["models"]
    works = [(models, folder, place, twin) for place in range(len(names)) for twin in (False, True)]
    verdicts = ([], [])
    with concurrent.futures.ProcessPoolExecutor(len(works)) as pool:
        for text, said in pool.map(scaled_model, works):
            print(text, end="", flush=True)
            for own, more in zip(verdicts, said):
                own += more
    # One cell that fails refutes; all that hold bear it out.
    words = ["fails" if "fails" in own else "undecided" if "undecided" in own else "holds" for own in verdicts]
    table = Table("applied-researcher: the verdict")
    table.add("of the build's cells, and of these", *words)
    table.add("in findings.json", findings["verdict"], words[1])
    for one in ("holds", "fails", "undecided"):
        table.add(f"cells that say {one}", *(own.count(one) for own in verdicts))


def scaled_model(work):
    """One model, with its outliers or without: its tables, and what its cells say by the build's numbers and these."""
    models, folder, place, twin = work
    torch.set_num_threads(1)
    findings, verdicts, text = read(folder, "findings.json"), ([], []), io.StringIO()
    name = findings["hypothesis"]["models"][place]
    with contextlib.redirect_stdout(text):
        test, calibrations = reading(folder, place)
        model = opened(os.path.join(models, name))
        if twin:
            take_back_outliers(model)
        reference = Reference(model, test)
        scaling(
            findings, name + " without outliers" if twin else name, model, test, calibrations, reference,
            None if twin else verdicts)
        if place == 0 and not twin:
            folded(folder, models, name, reference, Table(f"applied-researcher: the checkpoint of {name}"))
    return text.getvalue(), verdicts


def scaling(findings, name, model, test, calibrations, reference, verdicts):
    hypothesis = findings["hypothesis"]
    seeds = hypothesis["seeds"]
    original = {key: weight_of(module).copy() for key, (module, _) in layers(model).items()}
    grams = inputs(model, test)
    cells = {one["bits"]: one for one in findings["cells"] if one["model"] == name}
    alphas = [one["alpha"] for one in next(iter(cells.values()))["scaled"]]
    own = {(bits, arm): [] for bits in cells for arm in [None] + alphas}
    for seed in seeds:
        largest = {}
        sums = inputs(model, calibrations[seed], largest=largest)
        tokens = sum(map(len, calibrations[seed]))
        groups = {}
        for key, (module, shared) in layers(model).items():
            groups.setdefault(shared, []).append((module, original[key]))
        for (bits, arm), runs in own.items():
            with Kept(model):
                for shared, members in groups.items():
                    isNormed = shared.endswith(("q_proj", "gate_proj", "fc1"))
                    weights = [weight for _, weight in members]
                    if arm is not None and isNormed:
                        found = scaled_gptq(weights, sums[shared], largest[shared], tokens, bits, arm)
                    else:
                        found = [gptq(weight, sums[shared].copy(), tokens, bits) for weight in weights]
                    for (module, _), values in zip(members, found):
                        put(module, values)
                quality = reference.quality(model)
                quality["error"] = float(numpy.mean([e / power for e, power in errors(original, model, grams).values()]))
                runs.append(quality)
    for bits, built in cells.items():
        table = Table(f"applied-researcher: {name}, {bits} bits, {len(seeds)} seeds")
        for arm in [None] + alphas:
            words = "gptq" if arm is None else f"α = {arm}"
            runs = built["plain"] if arm is None else next(one for one in built["scaled"] if one["alpha"] == arm)["runs"]
            for seed, one, other in zip(seeds, runs, own[bits, arm]):
                table.add(f"{words}, seed {seed}: perplexity", one["quality"]["perplexity"], other["perplexity"])
            mean = numpy.mean
            table.add(
                f"{words}: perplexity, mean", mean([one["quality"]["perplexity"] for one in runs]),
                mean([one["perplexity"] for one in own[bits, arm]]))
            table.add(
                f"{words}: mean E of ‖WX‖²", mean([one["relativeError"] for one in runs]),
                mean([one["error"] for one in own[bits, arm]]))
            if arm is None:
                continue
            sides = []
            for key, word in (("logRatio", "Δ ln PPL"), ("divergence", "Δ KL")):
                pair = (
                    [a["quality"][key] - b["quality"][key] for a, b in zip(runs, built["plain"])],
                    [a[key] - b[key] for a, b in zip(own[bits, arm], own[bits, None])])
                table.intervals(f"{words}: {word}", *pair)
                for part, end in enumerate(("", ", low", ", high")):
                    table.add(f"{words}: effect size of {word}{end}", effect(pair[0])[part], effect(pair[1])[part])
                sides = sides or pair
            table.intervals(
                f"{words}: change of E", [a["relativeError"] / b["relativeError"] - 1 for a, b in zip(runs, built["plain"])],
                [a["error"] / b["error"] - 1 for a, b in zip(own[bits, arm], own[bits, None])])
            said = ["holds" if bounds[2] < 0 else "fails" if bounds[1] >= 0 else "undecided" for bounds in map(interval, sides)]
            table.add(f"{words}: says", *said)
            if verdicts is not None and arm == hypothesis["alpha"]:
                for one, list_ in zip(said, verdicts):
                    list_.append(one)


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


def spectrum(values, damping):
    """What the report says of eigenvalues, the largest first."""
    added = damping * values.mean()
    rank = int((values > len(values) * 2.0**-24 * values[0]).sum())
    carried = numpy.cumsum(numpy.maximum(values, 0))
    return {
        "rank": rank, "condition": values[0] / values[-1] if rank == len(values) else None,
        "dampedCondition": (values[0] + added) / (max(values[-1], 0) + added),
        "effectiveDimension": values.sum() ** 2 / (values**2).sum(),
        "carry": int((carried < 0.99 * carried[-1]).sum()) + 1, "outweighed": int((values < added).sum()),
    }


def flow(weight, fed, gram, tokens, damping, size):
    """Where errors go: e = (W − Ŵ) R, the loss ½ Σ e², by blocks of columns."""
    hessian = 2 / tokens * gram
    hessian = hessian + damping * numpy.diag(hessian).mean() * numpy.eye(len(hessian))
    upper = numpy.linalg.cholesky(numpy.linalg.inv(hessian)).T
    change = weight - fed
    fedback = numpy.linalg.solve(upper.T, change.T).T
    own = fedback * numpy.diag(upper)
    blocks = [slice(start, start + size) for start in range(0, len(hessian), size)]
    return {
        "losses": [(fedback[:, one] ** 2).sum() / 2 for one in blocks],
        "rounded": [(own[:, one] ** 2).sum() for one in blocks],
        "moved": [((change - own)[:, one] ** 2).sum() for one in blocks],
        "powers": [(weight[:, one] ** 2).sum() for one in blocks],
        "pushes": [
            ((fedback[:, one] @ upper[one, other]) ** 2).sum()
            for place, one in enumerate(blocks) for other in blocks[place + 1 :]],
    }


def frontier(models, folder):
    whole = read(folder, "findings.json")
    findings = whole["hessians"]
    study = findings["study"]
    bits, damping = study["bits"], study["damping"]
    test, calibrations = reading(folder)
    windows = calibrations[study["seed"]]
    model = opened(os.path.join(models, "llama"))
    original = {name: weight_of(module).copy() for name, (module, _) in layers(model).items()}
    grams, sums = inputs(model, test), inputs(model, windows)
    reference = Reference(model, test)
    tokens = sum(map(len, windows))
    table = Table(f"frontier-researcher: Llama, {bits} bits, Hessians of {tokens} tokens")
    with open(os.path.join(folder, "sensitivity.jsonl")) as file:
        lines = {line["layer"]: line for line in map(json.loads, file)}
    built_layers = {one["name"]: one for one in findings["layers"]}
    own, singular, worst = {}, [], []
    for name, (module, shared) in layers(model).items():
        line, glass = lines[layer_key(name, lines)], built_layers[layer_key(name, built_layers)]
        words = short(name)
        values = numpy.linalg.eigvalsh(2 / tokens * sums[shared])[::-1]
        if name == shared:
            built, mine = spectrum(numpy.array(line["spectrum"]), damping), spectrum(values, damping)
            table.add(f"{words}: tokens", glass["spectrum"]["tokens"], tokens)
            table.add(f"{words}: largest eigenvalue", line["spectrum"][0], values[0])
            for key in mine:
                told = line[key] if key in line else built[key]
                table.add(f"{words}: {key}", "none" if told is None else told, "none" if mine[key] is None else mine[key])
            singular.append(((line.get("condition") is None), mine["condition"] is None))
            worst.append((line["dampedCondition"], mine["dampedCondition"]))
        weight, gram = original[name], grams[shared]
        power = numpy.sum(weight @ gram * weight)

        def error(found):
            change = weight - found
            return float(numpy.sum(change @ gram * change))

        plain = nearest(weight, bits)
        fed, codes = gptq(weight, sums[shared].copy(), tokens, bits, damping, codes=True)
        moved = ((weight - plain) ** 2).sum()
        parts = flow(weight, fed, sums[shared], tokens, damping, study["flowBlockSize"])
        put(module, plain)
        quality = reference.quality(model)
        put(module, weight)
        found = own[name] = {
            "relativeError": error(plain) / power, "error": error(plain), "traceScore": values.mean() * moved,
            "eigenvalueScore": values[0] * moved, "weightScore": moved / (weight**2).sum(),
            "gptqRelativeError": error(fed) / power, "divergence": quality["divergence"],
            "logPerplexityRatio": quality["logRatio"], "divergenceError": quality["divergenceError"], "flow": parts,
            "gptqError": error(fed),
        }
        for key, value in found.items():
            if key in line and key != "flow":
                table.add(f"{words}: {key}", line[key], value)
        for key in ("losses", "rounded", "moved", "powers", "pushes"):
            built = line["flow"][key]
            if key == "pushes":
                built = [row[place] for at, row in enumerate(built) for place in range(at + 1, len(row))]
            pairs = [(a, b) for a, b in zip(built, parts[key], strict=True) if b > 1e-12 * max(parts[key])]
            table.largest(f"{words}: error flow, {key}", pairs)
        # Orders, with every grid fixed beforehand.
        diagonal = by_activation(sums[shared])
        found["orders"] = {}
        for order in glass["orders"]:
            if order["name"] == "natural":
                columns = None
            elif order["name"].startswith("loudest"):
                columns = diagonal if order["name"].endswith("first") else diagonal[::-1]
            else:
                columns = Draws(int(order["name"].split()[1])).order(weight.shape[1])
            found["orders"][order["name"]] = error(
                gptq(weight, sums[shared].copy(), tokens, bits, damping, order=columns, timing="fixed"))
        found["sizes"] = {}
        for one in glass["blockSizes"]:
            timing = "stale" if one["isStale"] else "fresh"
            result, other = gptq(
                weight, sums[shared].copy(), tokens, bits, damping, timing=timing, block=one["size"], codes=True)
            found["sizes"][one["size"], timing] = (int((other != codes).sum()), error(result) / error(fed))
    table = Table("frontier-researcher: over the layers")
    table.add("inputs without an inverse", sum(a for a, _ in singular), sum(b for _, b in singular))
    table.add("worst condition, damped", max(a for a, _ in worst), max(b for _, b in worst))

    def moves(one):
        moved, rounded_ = sum(one["flow"]["moved"]), sum(one["flow"]["rounded"])
        return moved / (moved + rounded_)

    def last(one):
        losses = one["flow"]["losses"]
        return losses[-1] / sum(losses) * len(losses)

    for words, of in (("least", min), ("most", max)):
        table.add(f"moved by errors before, {words}", of(map(moves, lines.values())), of(map(moves, own.values())))
    table.add("the last block's share of the loss", numpy.mean([*map(last, lines.values())]), numpy.mean([*map(last, own.values())]))
    for key in ("relativeError", "error", "traceScore", "eigenvalueScore", "weightScore"):
        table.correlations(
            f"{key} and KL, logarithms", *(
                correlation(*([numpy.log(one[part]) for one in side] for part in (key, "divergence")))
                for side in (list(lines.values()), list(own.values()))))
    for order in next(iter(own.values()))["orders"]:
        if order != "natural":
            table.intervals(
                f"ln of E's ratio to the natural order's, {order}", [
                    numpy.log(
                        next(part["error"] for part in one["orders"] if part["name"] == order)
                        / next(part["error"] for part in one["orders"] if part["name"] == "natural"))
                    for one in findings["layers"]],
                [numpy.log(one["orders"][order] / one["orders"]["natural"]) for one in own.values()])
    for size, timing in next(iter(own.values()))["sizes"]:
        built = [
            (next(part for part in one["blockSizes"] if part["size"] == size and part["isStale"] == (timing == "stale")), one)
            for one in findings["layers"]]
        mine = [one["sizes"][size, timing] for one in own.values()]
        table.add(f"blocks of {size}, {timing}: codes changed", sum(part["codesChanged"] for part, _ in built), sum(a for a, _ in mine))
        table.add(
            f"blocks of {size}, {timing}: E over that of 128 fresh", numpy.mean([part["error"] / one["error"] for part, one in built]),
            numpy.mean([b for _, b in mine]))
    table.add("codes", sum(one["outputs"] * one["inputs"] for one in findings["layers"]), sum(w.size for w in original.values()))
    table = Table("frontier-researcher: whole models")
    table.add("perplexity, float", numpy.exp(
        numpy.log(findings["wholes"][0]["quality"]["perplexity"]) - findings["wholes"][0]["quality"]["logRatio"]),
        numpy.exp(reference.loss))
    for one in findings["wholes"]:
        with Kept(model):
            act = "act-order" in one["name"]
            if one["name"] == "round to nearest":
                round_all(model, bits)
            else:
                gptq_all(
                    model, windows, bits, sequential="sequential" in one["name"], act_order=act,
                    timing="fixed" if "static" in one["name"] else "fresh")
            quality = reference.quality(model)
            error = float(numpy.mean([e / power for e, power in errors(original, model, grams).values()]))
        # Codes, and a half-precision scale and a zero a group; with act-order, in four bytes, which group a column is of.
        total = sum(weight.size for weight in original.values())
        groups = sum(
            32 * weight.shape[1] for weight in original.values()
        ) if act and "static" not in one["name"] else 0
        table.add(f"{one['name']}: bits a weight", one["bitsPerWeight"], bits + (16 + bits) / GROUP + groups / total)
        table.add(f"{one['name']}: mean E of ‖WX‖²", one["relativeError"], error)
        table.quality(one["name"], one["quality"], quality)
    wholes = {one["name"]: one for one in findings["wholes"]}
    checkpoint(
        folder, model, reference, table,
        wholes["gptq, act-order, true-sequential"]["quality"]["perplexity"], "the same recipe's in memory")
    table = Table("frontier-researcher: questions in MMLU's format")
    questions(models, folder, whole["questions"], model, table)
    paper(whole["plan"])


def paper(plan):
    """LLaMA-2-13B, counted from its published shape."""
    table = Table("frontier-researcher: the plan for LLaMA-2-13B")
    hidden, inner, vocabulary, count = 5120, 13824, 32000, 40
    texts, length = 128, 2048
    tokens = texts * length
    square, tall = hidden**2, hidden * inner
    linear = count * (4 * square + 3 * tall)
    everything = linear + 2 * vocabulary * hidden + (2 * count + 1) * hidden
    table.add("parameters", plan["parameters"], everything)
    table.add("bytes at 16 bits", plan["bytesBefore"], 2 * everything)
    # GPTQ's files store which group a column is of, four bytes each, beside codes, scales and zeros.
    table.add("bytes at 4 bits", plan["bytesAfter"], linear * (4 + (16 + 4) / 128) / 8 + 2 * (everything - linear)
              + count * 4 * (6 * hidden + inner))
    # Multiplications and additions. A block's texts run up to the input of its last layer, and again all the way
    # once it is quantized, but for the last block's; attention is two products, half of each.
    upto = 2 * (4 * square + 2 * tall) + 2 * length * hidden
    table.add("operations: forward passes", part(plan["operations"], "forward passes"),
              tokens * (count * upto + (count - 1) * (upto + 2 * tall)))
    table.add("operations: Hessians", part(plan["operations"], "Hessians"), count * tokens * (3 * hidden**2 + inner**2))
    widths = [(hidden, hidden)] * 4 + [(inner, hidden)] * 2 + [(hidden, inner)]
    table.add("operations: factors and updates", part(plan["operations"], "factors and updates"),
              count * sum(2 / 3 * width**3 + rows * width**2 for rows, width in widths))
    table.add("operations: measuring errors", part(plan["operations"], "measuring errors"),
              count * sum(3 * 2 * rows * width**2 for rows, width in widths))
    table.add("bytes of memory: one block's weights, mapped", part(plan["memory"], "one block's weights, mapped"), 2 * linear / count)
    table.add("bytes of memory: vectors of the calibration", part(plan["memory"], "vectors of the calibration"), 4 * tokens * hidden)
    table.add("bytes of memory, all parts", plan["peakBytes"], sum(one["amount"] for one in plan["memory"]))


def part(parts, name):
    return next((one["amount"] for one in parts if one["name"] == name), None)


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

    first = {}
    for name in ("float", "checkpoint"):
        with Kept(model):
            if name == "checkpoint":
                unpack(os.path.join(folder, "checkpoint"), model)
            for way in ("letters", "words"):
                answer = next(one for one in built if one["model"] == name and one["way"] == way)
                known, right = answer["right"], asked(way)
                if name == "float":
                    first[way] = right
                else:
                    flips = sum(a != b for a, b in zip(first[way], right))
                    table.add(f"{name}, by {way}: answers that flip", answer["flips"], flips)
                bounds = stats.binomtest(sum(right), len(right)).proportion_ci(0.95, method="wilson")
                table.add(f"{name}, by {way}: right of {len(right)}", known["hits"], sum(right))
                table.add("  its interval, low", known["low"], bounds.low)
                table.add("  its interval, high", known["high"], bounds.high)


BUILDS = {
    "cs-student": student, "applied-engineer": engineer, "applied-researcher": researcher,
    "frontier-researcher": frontier,
}


def run_all(options):
    """One process a build, since they have nothing to do with each other; their tables in order."""
    print("`python Tests/Goldens/builds/recompute.py` in the folder of the builds\n")
    print(
        f"numpy {numpy.__version__}, scipy {scipy.__version__}, torch {torch.__version__}, "
        f"transformers {transformers.__version__}; the builds were made by:\n")
    here = [name for name in BUILDS if os.path.isdir(os.path.join(options.builds, name))]
    if not here:
        sys.exit(f"no build in {options.builds}: make one with nibble build")
    for name in here:
        print(f"    {made(os.path.join(options.builds, name))}")
    sys.stdout.flush()
    runs = [
        subprocess.Popen(
            [sys.executable, __file__, "--models", options.models, "--builds", options.builds, "--only", name],
            stdout=subprocess.PIPE, text=True) for name in here]
    with concurrent.futures.ThreadPoolExecutor(len(runs)) as pool:
        for text in pool.map(lambda run: run.communicate()[0], runs):
            print(text, end="", flush=True)
    missing = [name for name in BUILDS if name not in here]
    failed = [name for name, run in zip(here, runs) if run.returncode]
    if missing or failed:
        sys.exit(f"not here: {missing}; failed: {failed}")


def made(folder):
    """The command that made a build, as its commands.sh has it."""
    with open(os.path.join(folder, "commands.sh")) as file:
        return next(line.strip() for line in file if line.startswith("nibble build")).rsplit(" --out", 1)[0]


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Recomputes the builds' numbers.")
    asked.add_argument("--models", default="Datasets/models", help="the folder of llama and opt")
    asked.add_argument("--builds", default=".", help="the folder of the builds")
    asked.add_argument("--only", choices=BUILDS, help="one build")
    options = asked.parse_args()
    torch.set_num_threads(1)
    if options.only:
        BUILDS[options.only](options.models, os.path.join(options.builds, options.only))
    else:
        run_all(options)
