"""Opens the GGUF files that `nibble quantize` writes with the programs that people use, and compares.

Folders of the other formats are in folders.py.

    pip install gguf numpy safetensors                      enough for the first part
    pip install llama-cpp-python transformers torch         for all of it
    python3 Tests/Goldens/readers/run.py path/to/nibble [--check [--self-test]] [gguf] [llama.cpp] [rules]

Works on the Llama that ships with the course, Datasets/models/llama, in a temporary folder. What is not
installed is left out and named. Writes results.json and RESULTS.md beside this file; with --check it leaves them as
they are, and fails where something is not as it should be. --self-test damages a byte of a scale in one mixture after
the other, which must be noticed.

llama-cpp-python compiles llama.cpp while it is installed, which takes a quarter of an hour or more.

gguf          opens every mixture: its tensors' names, shapes and types, what it says of the model and the tokenizer;
              each tensor's numbers, as the package decodes them, put into the Llama of llama.py and, where it is
              installed, transformers', against the logits of `nibble logits` on the same file; the package's own
              quantizers against our bytes
llama.cpp     its own quantizer of whole files, on our f32 file: every tensor's type and bytes against ours;
              token ids; greedy text; logits and perplexity on held-out stories

What is allowed between logits of the same weights is what sums in single precision move: llama.py in float32 against
float64, on that file and these tokens, times 8 (two programs that each sum in their own order, times 4 for orders that
are less kind than NumPy's, which sums in pairs).
"""

import atexit
import ctypes
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from safetensors.numpy import load_file

import llama

try:
    import torch
    import transformers
except ImportError:
    torch = transformers = None

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
MODEL = os.path.join(ROOT, "Datasets", "models", "llama")
STORIES = os.path.join(ROOT, "Datasets", "stories", "test.txt")
OPTIONS = [a for a in sys.argv[1:] if a.startswith("--")]
NIBBLE, *ASKED = [a for a in sys.argv[1:] if not a.startswith("--")]
NIBBLE = os.path.abspath(NIBBLE)
CHECK, SELF_TEST = "--check" in OPTIONS, "--self-test" in OPTIONS
if set(OPTIONS) - {"--check", "--self-test"} or (SELF_TEST and not CHECK):
    raise SystemExit("the options are --check, and --self-test with it")
WORK = tempfile.mkdtemp(prefix="nibble-readers-")
atexit.register(shutil.rmtree, WORK, ignore_errors=True)
MIXTURES = (
    "f32 f16 bf16 q8_0 q6_k q5_k_m q5_k_s q5_1 q5_0 q4_k_m q4_k_s q4_1 q4_0 iq4_nl iq4_xs q3_k_l q3_k_m q3_k_s q2_k"
).split()
FTYPES = {
    "f16": 1, "q4_0": 2, "q4_1": 3, "q8_0": 7, "q5_0": 8, "q5_1": 9, "q2_k": 10, "q3_k_s": 11,
    "q3_k_m": 12, "q3_k_l": 13, "q4_k_s": 14, "q4_k_m": 15, "q5_k_s": 16, "q5_k_m": 17, "q6_k": 18,
    "iq4_nl": 25, "iq4_xs": 30, "bf16": 32,
}
WINDOW, WINDOWS = 256, 8

results = {"versions": {}, "missing": []}


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        results["missing"].append(package)
        return None


for package in ("gguf", "llama-cpp-python", "transformers", "torch"):
    results["versions"][package] = version(package)
results["missing"] = sorted(set(results["missing"]))
if results["missing"]:
    print("left out, not installed:", ", ".join(results["missing"]), flush=True)
wrong = []


def expect(holds, what):
    if not holds:
        wrong.append(what)
        print("WRONG:", what, flush=True)


def nibble(*arguments):
    done = subprocess.run([NIBBLE, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"nibble {' '.join(arguments)}: {done.returncode}\n{done.stderr}")
    return done.stdout


def quantized(mixture, *more):
    path = os.path.join(WORK, f"{mixture}.gguf")
    if not os.path.exists(path):
        nibble("quantize", "--model", MODEL, "--out", path, "--format", f"gguf:{mixture}", *more)
    return path


def our_logits(model, ids):
    ids_path, out = os.path.join(WORK, "ids.json"), os.path.join(WORK, "logits.safetensors")
    json.dump([int(i) for i in ids], open(ids_path, "w"))
    nibble("logits", "--model", model, "--ids", ids_path, "--out", out, "--force")
    return load_file(out)["logits"]


def windows():
    text = open(STORIES, encoding="utf-8").read()[: WINDOW * WINDOWS * 8]
    ids = json.loads(nibble("tokenize", "--model", MODEL, "--json", text))["ids"]
    config = json.load(open(os.path.join(MODEL, "config.json")))
    begin = config["bos_token_id"]
    size = WINDOW - 1
    return [[begin] + ids[k * size : (k + 1) * size] for k in range(WINDOWS)]


def log_losses(logits, ids):
    """Nats of every token but the first, from the logits before it."""
    logits = logits.astype(np.float64)[:-1]
    most = logits.max(1, keepdims=True)
    log_sums = most[:, 0] + np.log(np.exp(logits - most).sum(1))
    return log_sums - logits[np.arange(len(ids) - 1), ids[1:]]


def compared(ours, theirs):
    return {
        "tokens": int(len(ours)),
        "largestDifference": float(np.abs(ours - theirs).max()),
        "spread": float(ours.std()),
        "sameMostProbable": float((ours.argmax(-1) == theirs.argmax(-1)).mean()),
    }


def hugging_face_model(tensors, config):
    """transformers' Llama with the tensors of a GGUF file, rows of queries and keys put back."""
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    names = {
        "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm",
        "ffn_norm": "post_attention_layernorm",
    }
    state = {}
    for name, values in tensors.items():
        parts = name.split(".")
        if parts[0] == "blk":
            if parts[2] in heads:
                rows, columns = values.shape
                values = values.reshape(heads[parts[2]], rows // heads[parts[2]] // 2, 2, columns)
                values = values.swapaxes(1, 2).reshape(rows, columns)
            state[f"model.layers.{parts[1]}.{names[parts[2]]}.weight"] = values
        else:
            outer = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
            state[f"{outer[parts[0]]}.weight"] = values
    state.setdefault("lm_head.weight", state["model.embed_tokens.weight"])
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**config))
    model.load_state_dict({k: torch.tensor(np.ascontiguousarray(v)) for k, v in state.items()})
    return model.eval()


def decoded(path):
    """Every tensor of a file as the gguf package reads it: the tensors, and their numbers in float32."""
    import gguf

    tensors = gguf.GGUFReader(path).tensors
    return tensors, {
        t.name: gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float32).reshape(
            tuple(int(n) for n in reversed(t.shape)))
        for t in tensors}


def raw(tensor):
    return np.asarray(tensor.data).view(np.uint8).ravel()


def expected_fields(config):
    """What a file has to say, from the files of the model it was made of."""
    words = json.load(open(os.path.join(MODEL, "tokenizer.json")))
    vocabulary = sorted(words["model"]["vocab"], key=words["model"]["vocab"].get)
    merges = [m if isinstance(m, str) else " ".join(m) for m in words["model"]["merges"]]
    heads = config["num_attention_heads"]
    return {
        "general.architecture": "llama",
        "llama.vocab_size": config["vocab_size"], "llama.context_length": config["max_position_embeddings"],
        "llama.embedding_length": config["hidden_size"], "llama.block_count": config["num_hidden_layers"],
        "llama.feed_forward_length": config["intermediate_size"], "llama.attention.head_count": heads,
        "llama.attention.head_count_kv": config["num_key_value_heads"],
        "llama.attention.key_length": config["hidden_size"] // heads,
        "llama.rope.dimension_count": config["hidden_size"] // heads,
        "llama.attention.layer_norm_rms_epsilon": float(np.float32(config["rms_norm_eps"])),
        "llama.rope.freq_base": float(config["rope_theta"]),
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": vocabulary, "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": config["bos_token_id"], "tokenizer.ggml.eos_token_id": config["eos_token_id"],
        # Kinds: 3 has a meaning, 1 is a piece of text.
        "tokenizer.ggml.token_type": [3 if n in {t["id"] for t in words["added_tokens"] if t["special"]} else 1
                                      for n in range(len(vocabulary))],
    }


def hugging_face_shapes():
    """Shapes by GGUF's names."""
    names = {
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
        "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "model.layers": "blk",
    }
    with open(os.path.join(MODEL, "model.safetensors"), "rb") as stream:  # bfloat16, which NumPy does not have
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    shapes = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        for theirs, ours in names.items():
            name = name.replace(theirs + ".", ours + ".")
        shapes[name] = tuple(entry["shape"])
    return shapes


def check_gguf():
    import gguf

    config = json.load(open(os.path.join(MODEL, "config.json")))
    config.pop("architectures", None)
    ids = windows()[0]
    found = {}
    fields, shapes = expected_fields(config), hugging_face_shapes()
    recorded = json.load(open(os.path.join(HERE, "results.json")))["gguf"]["mixtures"]
    _, single = decoded(quantized("f32"))
    for mixture in MIXTURES:
        reader = gguf.GGUFReader(quantized(mixture))
        said = {k: f.contents() for k, f in reader.fields.items()}
        more = {"general.file_type": FTYPES.get(mixture, 0)}
        if mixture not in ("f32", "f16", "bf16"):  # a file with blocks has to say of which version they are
            more["general.quantization_version"] = 2
        for key, value in (fields | more).items():
            expect(said.get(key) == value, f"{mixture}: {key} is {str(said.get(key))[:80]}, not {str(value)[:80]}")
        read, tensors = decoded(quantized(mixture))
        expect({n: v.shape for n, v in tensors.items()} == shapes, f"{mixture}: other names or shapes")
        types, same = {}, {}
        for tensor in read:
            kind = tensor.tensor_type
            types[kind.name] = types.get(kind.name, 0) + 1
            if kind.name in ("F32",):
                continue
            try:
                theirs = gguf.quants.quantize(single[tensor.name], kind)
            except NotImplementedError:
                continue
            equal = np.array_equal(np.asarray(theirs).view(np.uint8).ravel(), raw(tensor))
            before = same.setdefault(kind.name, [0, 0])
            before[0] += int(equal)
            before[1] += 1
        # The types that llama.cpp's own quantizer of files gives, below.
        expect(not CHECK or types == recorded[mixture]["types"], f"{mixture}: types {types}")
        expect(all(a == b for a, b in same.values()), f"{mixture}: other bytes than gguf's quantizer {same}")
        ours = our_logits(quantized(mixture), ids)
        exact, allowed = allowance(tensors, config, ids)
        row = {"types": types, "bytesEqualOf": same, "allowed": allowed, "numpy": compared(ours, exact)}
        expect(row["numpy"]["largestDifference"] <= allowed, f"{mixture}: logits {row['numpy']}, allowed {allowed}")
        if torch is not None:
            with torch.no_grad():
                theirs = hugging_face_model(tensors, config)(torch.tensor([ids])).logits[0].numpy()
            row["logits"] = compared(ours, theirs)
            expect(row["logits"]["largestDifference"] <= allowed, f"{mixture}: {row['logits']}, allowed {allowed}")
        found[mixture] = row
        print(mixture, found[mixture], flush=True)
    results["gguf"] = {"keys": sorted(k for k in said if not k.startswith("GGUF.")), "mixtures": found}


def allowance(tensors, config, ids):
    """The logits of llama.py, and what may lie between them and another program's; see above."""
    exact = llama.logits(tensors, config, ids)
    return exact, 8 * float(np.abs(llama.logits(tensors, config, ids, np.float32) - exact).max())


def self_test():
    """Damages one bit of the first scale of one tensor, in a file of each kind of scale."""
    config = json.load(open(os.path.join(MODEL, "config.json")))
    ids = windows()[0]
    # Where the block's half-precision scale stands: its high byte.
    for mixture, kind, place in (
        ("q8_0", "Q8_0", 1), ("q4_0", "Q4_0", 1), ("q5_1", "Q5_1", 1), ("q4_k_m", "Q4_K", 1), ("q6_k", "Q6_K", 209),
        ("q3_k_s", "Q3_K", 109), ("q2_k", "Q2_K", 81), ("iq4_xs", "IQ4_XS", 1),
    ):
        import gguf

        path = os.path.join(WORK, "damaged.gguf")
        shutil.copy(quantized(mixture), path)
        tensor = next(t for t in gguf.GGUFReader(path).tensors
                      if t.tensor_type.name == kind and t.name.startswith("blk.1."))
        with open(path, "r+b") as stream:
            stream.seek(int(tensor.data_offset) + place)
            byte = stream.read(1)[0]
            stream.seek(int(tensor.data_offset) + place)
            stream.write(bytes([byte ^ 8]))  # a bit of the exponent
        exact, allowed = allowance(decoded(path)[1], config, ids)
        difference = float(np.abs(our_logits(quantized(mixture), ids) - exact).max())
        print(f"self-test: {mixture}, {tensor.name} damaged: {difference:.2g}, allowed {allowed:.2g}", flush=True)
        expect(not difference <= allowed, f"a damaged scale of {kind} was not noticed")


def llama_library():
    """llama.cpp as llama-cpp-python has compiled it, its functions as they are in C; None where it is not installed."""
    try:
        import llama_cpp
    except ImportError:
        return None
    global quiet  # the library keeps no reference of its own
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, None)
    llama_cpp.llama_backend_init()
    return llama_cpp


def quantize_by_llama_cpp(library, source, ftype, out):
    """llama.cpp's own quantizer of whole files; its status, 0 where all is well."""
    params = library.llama_model_quantize_default_params()
    params.ftype, params.nthread = ftype, 1
    return library.llama_model_quantize(source.encode(), out.encode(), params)


class Llama:
    """A model in llama.cpp: token ids to logits, text to ids and back."""

    def __init__(self, library, path):
        self.lib = library
        self.model = library.llama_model_load_from_file(path.encode(), library.llama_model_default_params())
        if not self.model:
            raise SystemExit(f"llama.cpp does not open {path}")
        params = library.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = WINDOW
        params.n_threads = params.n_threads_batch = 1
        # Keys and values in single precision, as everywhere else here; half precision is its default.
        params.type_k = params.type_v = 0
        self.context = library.llama_init_from_model(self.model, params)
        self.vocabulary = library.llama_model_get_vocab(self.model)
        self.width = library.llama_vocab_n_tokens(self.vocabulary)

    def tokens(self, text):
        room = (self.lib.llama_token * (len(text.encode()) + 8))()
        count = self.lib.llama_tokenize(
            self.vocabulary, text.encode(), len(text.encode()), room, len(room), False, False)
        return list(room[:count])

    def text(self, ids):
        room = ctypes.create_string_buffer(64 * len(ids) + 64)
        tokens = (self.lib.llama_token * len(ids))(*ids)
        count = self.lib.llama_detokenize(self.vocabulary, tokens, len(ids), room, len(room), False, False)
        return room.raw[:count].decode(errors="replace")

    def logits(self, ids):
        """Of every position, from the beginning."""
        self.lib.llama_memory_clear(self.lib.llama_get_memory(self.context), True)
        batch = self.lib.llama_batch_init(len(ids), 0, 1)
        batch.n_tokens = len(ids)
        for place, token in enumerate(ids):
            batch.token[place], batch.pos[place] = int(token), place
            batch.n_seq_id[place], batch.seq_id[place][0], batch.logits[place] = 1, 0, 1
        status = self.lib.llama_decode(self.context, batch)
        if status != 0:
            raise SystemExit(f"llama_decode: {status}")
        start = self.lib.llama_get_logits(self.context)
        rows = np.ctypeslib.as_array(start, (len(ids), self.width)).copy()
        self.lib.llama_batch_free(batch)
        return rows

    def close(self):
        self.lib.llama_free(self.context)
        self.lib.llama_model_free(self.model)


def check_llama_cpp():
    import gguf

    module = llama_library()
    if module is None:
        return
    own = {}
    for mixture, ftype in FTYPES.items():
        out = os.path.join(WORK, f"theirs-{mixture}.gguf")
        status = quantize_by_llama_cpp(module, quantized("f32"), ftype, out)
        if status != 0:
            own[mixture] = {"status": int(status)}
            expect(False, f"llama.cpp's quantizer, {mixture}: {status}")
            continue
        theirs = {t.name: t for t in gguf.GGUFReader(out).tensors}
        ours = {t.name: t for t in gguf.GGUFReader(quantized(mixture)).tensors}

        alike = [n for n in ours if theirs[n].tensor_type == ours[n].tensor_type]
        own[mixture] = {
            "tensors": len(ours),
            "sameNames": sorted(theirs) == sorted(ours),
            "sameType": len(alike),
            "sameBytes": sum(np.array_equal(raw(theirs[n]), raw(ours[n])) for n in alike),
            "differ": {
                n: [ours[n].tensor_type.name, theirs[n].tensor_type.name]
                for n in ours
                if theirs[n].tensor_type != ours[n].tensor_type
            },
        }
        print("llama.cpp's quantizer", mixture, own[mixture], flush=True)
        expect(own[mixture]["sameNames"] and own[mixture]["sameBytes"] == len(ours), f"{mixture}: other bytes than llama.cpp's")

    results["llama.cpp"] = {"quantizer": own}
    results["llama.cpp"]["reader"] = read_by_llama_cpp(module)
    results["llama.cpp"]["tokens"] = WINDOW * WINDOWS


def read_by_llama_cpp(module):
    texts = windows()
    config = json.load(open(os.path.join(MODEL, "config.json")))
    begin, end = config["bos_token_id"], config["eos_token_id"]
    sample = open(STORIES, encoding="utf-8").read()[:4000]
    sample += " It's 12:30; naïve café — 日本語, don't!  two  spaces\n\n\ttabs"
    story = "Late one night it snowed."
    read = {}
    for mixture in ("f32", "f16", "q8_0", "q4_k_m", "q4_0", "q2_k"):
        path = quantized(mixture)
        there = Llama(module, path)
        ids = json.loads(nibble("tokenize", "--model", path, "--json", sample))["ids"]
        ours, others, rows = [], [], []
        for window in texts:
            a, b = our_logits(path, window), there.logits(window)
            ours.append(log_losses(a, window))
            others.append(log_losses(b, window))
            rows.append(compared(a, b))
        # Greedy: the most probable token each time, from the same beginning.
        tokens, chosen = [begin] + there.tokens(story), []
        while len(chosen) < 64 and (not chosen or chosen[-1] != end):
            chosen.append(int(np.argmax(there.logits(tokens + chosen)[-1])))
        text = there.text([t for t in chosen if t != end])
        written = nibble("generate", "--model", path, "--prompt", story, "--max-tokens", "64", "--temperature", "0")
        ours, others = np.concatenate(ours), np.concatenate(others)
        read[mixture] = {
            "sameIds": ids == there.tokens(sample),
            "greedyTokens": len(chosen),
            "sameGreedyText": written.strip().removeprefix(story).strip() == text.strip(),
            "perplexity": float(np.exp(ours.mean())),
            "perplexityThere": float(np.exp(others.mean())),
            "largestDifference": max(r["largestDifference"] for r in rows),
            "spread": float(np.mean([r["spread"] for r in rows])),
            "sameMostProbable": float(np.mean([r["sameMostProbable"] for r in rows])),
        }
        if not read[mixture]["sameGreedyText"]:
            read[mixture]["texts"] = [written, text]
        print("llama.cpp reads", mixture, read[mixture], flush=True)
        expect(read[mixture]["sameIds"], f"{mixture}: llama.cpp has other token ids")
        if mixture in ("f32", "f16"):  # with blocks it rounds inputs, so that texts part at near ties
            expect(read[mixture]["sameGreedyText"], f"{mixture}: llama.cpp writes another text")
            # The largest difference moves a token's loss by twice as much at most, and the mean of tokens that lean to
            # both sides by the root of their number less; twice that.
            noise = 4 * read[mixture]["largestDifference"] / np.sqrt(len(ours))
            expect(abs(ours.mean() - others.mean()) <= noise, f"{mixture}: perplexities {read[mixture]}")
        there.close()
    return read


def random_llama(folder, hidden, heads, shared, inner, layers):
    """A Llama of random weights without a tokenizer, in transformers' form."""
    config = transformers.LlamaConfig(
        hidden_size=hidden, intermediate_size=inner, num_attention_heads=heads, num_key_value_heads=shared,
        num_hidden_layers=layers, vocab_size=64, max_position_embeddings=64, tie_word_embeddings=False)
    torch.manual_seed(3)
    transformers.LlamaForCausalLM(config).float().save_pretrained(folder)


def check_rules():
    """The types that each mixture gives, for shapes in which its rules and what they fall back to come into play."""
    import gguf

    module = llama_library()
    if module is None or transformers is None:
        return
    found = {}
    for name, shape in (
        ("16 layers, rows of 256 and 512", (256, 8, 8, 512, 16)),
        ("24 layers, four heads share, rows of 256 and 768", (256, 8, 2, 768, 24)),
        ("9 layers, rows of 288 and 172", (288, 6, 6, 172, 9)),
    ):
        folder = os.path.join(WORK, name.replace(" ", "-").replace(",", ""))
        random_llama(folder, *shape)
        single = folder + "-f32.gguf"
        nibble("quantize", "--model", folder, "--out", single, "--format", "gguf:f32")
        rows = {}
        for mixture, ftype in FTYPES.items():
            ours_path, out = f"{folder}-{mixture}.gguf", f"{folder}-theirs.gguf"
            nibble("quantize", "--model", folder, "--out", ours_path, "--format", f"gguf:{mixture}")
            if quantize_by_llama_cpp(module, single, ftype, out) != 0:
                rows[mixture] = {"refused": True}
                continue
            theirs = {t.name: t for t in gguf.GGUFReader(out).tensors}
            ours = {t.name: t for t in gguf.GGUFReader(ours_path).tensors}
            differ = {n: [ours[n].tensor_type.name, theirs[n].tensor_type.name]
                      for n in ours if theirs[n].tensor_type != ours[n].tensor_type}
            rows[mixture] = {"tensors": len(ours), "sameType": len(ours) - len(differ), "differ": differ}
            os.remove(ours_path)
        found[name] = rows
        print(name, {m: r for m, r in rows.items() if r.get("differ") or r.get("refused")}, flush=True)
    results["rules"] = found


def page():
    lines = ["# What other programs read in our GGUF files", ""]
    lines += ["Made by run.py beside this file, on the Llama of Datasets/models/llama.", ""]
    lines += ["| Package | Version |", "|---|---|"]
    lines += [f"| {k} | {v or 'not installed'} |" for k, v in results["versions"].items()]
    if "gguf" in results:
        lines += ["", "## gguf", ""]
        lines += ["Its decoded numbers in the Llama of llama.py and in transformers', against `nibble logits` on the file: the "
                  "largest difference of a logit, and what is allowed (run.py says why); its own quantizers against our bytes.",
                  ""]
        lines += ["| Mixture | Types | llama.py | transformers | Allowed | Bytes equal |", "|---|---|---|---|---|---|"]
        for name, row in results["gguf"]["mixtures"].items():
            kinds = ", ".join(f"{v} {k}" for k, v in row["types"].items())
            same = ", ".join(f"{k} {a} of {b}" for k, (a, b) in row["bytesEqualOf"].items()) or "no quantizer there"
            there = f"{row['logits']['largestDifference']:.2g}" if "logits" in row else "-"
            lines.append(f"| {name} | {kinds} | {row['numpy']['largestDifference']:.2g} | {there} | {row['allowed']:.2g} | {same} |")
    if "llama.cpp" in results:
        lines += ["", "## llama.cpp", "", "Its quantizer of whole files on our f32 file, against ours.", ""]
        lines += ["| Mixture | Tensors | Same type | Same bytes |", "|---|---|---|---|"]
        for name, row in results["llama.cpp"]["quantizer"].items():
            lines.append(f"| {name} | {row.get('tensors', '-')} | {row.get('sameType', '-')} | {row.get('sameBytes', '-')} |")
        lines += ["", f"Reading our files: {results['llama.cpp']['tokens']} tokens of held-out stories. It rounds the inputs of "
                  "products with blocks to eight bits, which this engine does not.", ""]
        lines += ["| Mixture | Same ids | Same greedy text | Perplexity here | There | Largest difference of a logit | Same most "
                  "probable |", "|---|---|---|---|---|---|---|"]
        for name, r in results["llama.cpp"]["reader"].items():
            lines.append(
                f"| {name} | {r['sameIds']} | {r['sameGreedyText']} | {r['perplexity']:.5f} | {r['perplexityThere']:.5f} | "
                f"{r['largestDifference']:.2g} | {100 * r['sameMostProbable']:.2f}% |")
    if "rules" in results:
        lines += ["", "Types by shape, random weights, its quantizer's against ours:", ""]
        lines += ["| Shape | Mixtures | Tensors | Of another type |", "|---|---|---|---|"]
        for name, rows in results["rules"].items():
            lines.append(
                f"| {name} | {len(rows)} | {sum(r.get('tensors', 0) for r in rows.values())} | "
                f"{sum(len(r.get('differ', {})) for r in rows.values())} |")
    return "\n".join(lines) + "\n"


only = ASKED or ["gguf", "llama.cpp", "rules"]
if results["versions"]["gguf"] is None:
    raise SystemExit("every part needs the package gguf")
if "gguf" in only:
    check_gguf()
if "llama.cpp" in only:
    check_llama_cpp()
if "rules" in only:
    check_rules()
if SELF_TEST:
    self_test()
if not CHECK:
    path = os.path.join(HERE, "results.json")
    if os.path.exists(path):  # sections that were not asked for stay as they were
        results = json.load(open(path)) | results
    json.dump(results, open(path, "w"), indent=1)
    open(os.path.join(HERE, "RESULTS.md"), "w").write(page())
if wrong:
    raise SystemExit(f"{len(wrong)} not as they should be: {wrong}")
if CHECK:
    print("our GGUF files are read as they should be:", ", ".join(MIXTURES))
