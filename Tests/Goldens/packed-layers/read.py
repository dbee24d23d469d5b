"""Opens folders that `nibble quantize` has written with the readers that people use, and compares.

    python read.py FOLDER EXPECTED.safetensors [FOLDER EXPECTED.safetensors ...]

EXPECTED is what `nibble logits --model FOLDER --ids 1,2,...,N` wrote for ids 1 to N, N being its number of
rows: what our own reader makes of the same folder. transformers decodes the codes with compressed-tensors
or GPTQModel; what it prints is recorded in read.txt beside this file.
"""

import sys

import torch
import transformers
from safetensors.torch import load_file

arguments = sys.argv[1:]
for folder, expected in zip(arguments[::2], arguments[1::2]):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ours = load_file(expected)["logits"]
    ids = torch.arange(1, len(ours) + 1)[None]
    with torch.no_grad():
        theirs = model(ids).logits[0].float()
    distance = (theirs - ours).abs().max().item()
    spread = ours.std().item()
    same = (theirs.argmax(-1) == ours.argmax(-1)).float().mean().item()
    method = model.config.quantization_config.quant_method
    print(
        f"{folder.split('/')[-1]}: {getattr(method, 'value', method)}, transformers {transformers.__version__}: "
        f"{len(ours)} tokens, largest difference of a logit {distance:.2e} where logits spread by {spread:.2f}, "
        f"same most probable token {100 * same:.1f}%"
    )
