"""How long OPT's pytorch_model.bin are, from what is in them.

The digest of OPT-350M's weights is published and their length is not. The tensors of the file with that
digest are: 388 of them, in float16, named decoder.…, without a head of its own. A state dict of those names
and shapes is saved here; of what today's PyTorch writes, the pickle and the storages were in a file of 2022
too, each aligned to 64 bytes, and a record with the version. OPT-125M's file is the check of the method: its
names begin with model.decoder, its head is a view of the embedding, and its length is published.

python opt_lengths.py writes opt_lengths.json beside this file. Needs PyTorch, and 700 MB of memory and disk.
"""

import json
import tempfile
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch


def state(prefix: str, width: int, inner: int, layers: int, embedding: int, head: bool) -> OrderedDict:
    tensors = OrderedDict()

    def add(name: str, *shape: int) -> None:
        tensors[f"{prefix}.{name}"] = torch.empty(shape, dtype=torch.float16)

    def affine(name: str, out: int, columns: int | None = None) -> None:
        add(f"{name}.weight", *([out] if columns is None else [out, columns]))
        add(f"{name}.bias", out)

    add("embed_tokens.weight", 50272, embedding)
    add("embed_positions.weight", 2050, width)
    if embedding == width:
        affine("final_layer_norm", width)
    else:
        add("project_out.weight", embedding, width)
        add("project_in.weight", width, embedding)
    for layer in range(layers):
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            affine(f"layers.{layer}.self_attn.{name}", width, width)
        affine(f"layers.{layer}.self_attn_layer_norm", width)
        affine(f"layers.{layer}.fc1", inner, width)
        affine(f"layers.{layer}.fc2", width, inner)
        affine(f"layers.{layer}.final_layer_norm", width)
    if head:
        tensors["lm_head.weight"] = tensors[f"{prefix}.embed_tokens.weight"].detach()
    return tensors


def length(tensors: OrderedDict) -> int:
    """The length of the file as PyTorch 1.11 wrote it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.pt"
        torch.save(tensors, path)
        with zipfile.ZipFile(path) as archive:
            sizes = {record.filename.split("/", 1)[1]: record.file_size for record in archive.infolist()}
    storages = sorted(name for name in sizes if name.startswith("data/"))
    total = directory = 0
    for name in ["data.pkl", *storages, "version"]:
        recorded = len(f"archive/{name}")
        # A local header with a filler that ends at a multiple of 64, the record, its descriptor.
        total += 30 + recorded + 4
        total += -total % 64 + sizes[name] + 16
        directory += 46 + recorded
    # The directory, and its end in the form for large archives and in the old one.
    return total + directory + 56 + 20 + 22


def main() -> None:
    lengths = {
        "opt-125m": length(state("model.decoder", 768, 3072, 12, 768, head=True)),
        "opt-350m": length(state("decoder", 1024, 4096, 24, 512, head=False)),
    }
    report = {"by": f"opt_lengths.py, PyTorch {torch.__version__}", "lengths": lengths}
    target = Path(__file__).with_name("opt_lengths.json")
    target.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
