"""Makes small Llamas in the checkpoint formats of bitsandbytes and AWQ, and what they compute.

    pip install torch transformers bitsandbytes safetensors numpy
    python3 Tests/Goldens/quantized-checkpoints/make.py

bitsandbytes-nf4, -fp4, -int8  folders that transformers has saved: quantized by bitsandbytes on the CPU, NF4
                               with double quantization in blocks of 64 that cross rows, FP4 without it
awq                            a folder laid out as AutoAWQ's version gemm: codes at random, packed here one nibble
                               at a time after modules/linear/gemm.py (AutoAWQ itself computes wrong scales on a CPU)
expected.safetensors           in each folder: two layers' weights, decoded by bitsandbytes' own functions (awq: by
                               the formula), ids, and the logits of transformers' Llama with all weights decoded
"""

import json
import os
import shutil
import tempfile

import bitsandbytes
import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

HERE = os.path.dirname(os.path.abspath(__file__))
IDS = [1, 7, 40, 3, 3, 22, 0, 47, 95, 12, 60, 31]
SHOWN = ("model.layers.0.self_attn.k_proj", "model.layers.0.mlp.down_proj")
config = LlamaConfig(
    hidden_size=64, intermediate_size=96, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=1,
    vocab_size=96, max_position_embeddings=64, rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True,
    bos_token_id=1, eos_token_id=2)

torch.manual_seed(17)
base = LlamaForCausalLM(config).float().eval()
with torch.no_grad():
    for parameter in base.parameters():
        parameter.copy_(torch.randn_like(parameter) * 0.15 + (1 if parameter.dim() == 1 else 0))


def finish(folder, weights):
    """Writes what the folder's model computes with its linear weights decoded."""
    plain = LlamaForCausalLM(config).float().eval()
    plain.load_state_dict(base.state_dict())
    with torch.no_grad():
        for name, module in plain.named_modules():
            if name in weights:
                module.weight.copy_(weights[name])
        logits = plain(torch.tensor([IDS])).logits[0]
    expected = {name + ".weight": weights[name].contiguous() for name in SHOWN}
    expected |= {"ids": torch.tensor(IDS, dtype=torch.int32), "logits": logits.contiguous()}
    save_file(expected, os.path.join(folder, "expected.safetensors"))
    path = os.path.join(folder, "generation_config.json")
    if os.path.exists(path):
        os.remove(path)


with tempfile.TemporaryDirectory() as source:
    base.save_pretrained(source)
    for name, settings in (
        ("nf4", dict(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
                     bnb_4bit_compute_dtype=torch.float32)),
        ("fp4", dict(load_in_4bit=True, bnb_4bit_quant_type="fp4", bnb_4bit_compute_dtype=torch.float32)),
        ("int8", dict(load_in_8bit=True)),
    ):
        folder = os.path.join(HERE, "bitsandbytes-" + name)
        shutil.rmtree(folder, ignore_errors=True)
        model = AutoModelForCausalLM.from_pretrained(
            source, quantization_config=BitsAndBytesConfig(**settings), dtype=torch.float32, device_map="cpu")
        model.save_pretrained(folder)
        weights = {}
        for layer, module in model.named_modules():
            if isinstance(module, bitsandbytes.nn.Linear4bit):
                # A row a block: bitsandbytes 0.50.2 decodes rows that blocks do not tile wrongly on a CPU (down_proj
                # has 96 inputs), although it has quantized them right.
                state, shape = module.weight.quant_state, module.weight.quant_state.shape
                state.shape = torch.Size((shape.numel() // 64, 64))
                weights[layer] = bitsandbytes.functional.dequantize_4bit(module.weight.data, state).float().view(shape)
                state.shape = shape
            elif isinstance(module, bitsandbytes.nn.Linear8bitLt):
                stored = load_file(os.path.join(folder, "model.safetensors"))
                codes, maxima = stored[layer + ".weight"], stored[layer + ".SCB"]
                weights[layer] = bitsandbytes.functional.int8_vectorwise_dequant(codes, maxima).float()
        finish(folder, weights)

random = np.random.default_rng(5)
ORDER, GROUP = (0, 2, 4, 6, 1, 3, 5, 7), 32
folder = os.path.join(HERE, "awq")
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
stored, weights = {}, {}


def packed(values):
    """Rows of outputs, eight to a word: nibble i of a word is output order[i] of its eight."""
    words = np.zeros((values.shape[0], values.shape[1] // 8), np.uint32)
    for place, output in enumerate(ORDER):
        words |= values[:, output::8].astype(np.uint32) << np.uint32(4 * place)
    return torch.tensor(words.view(np.int32))


for name, module in base.named_modules():
    if isinstance(module, torch.nn.Linear) and name != "lm_head":
        outputs, inputs = module.weight.shape
        codes = random.integers(0, 16, (inputs, outputs))
        zeros = random.integers(0, 16, (inputs // GROUP, outputs))
        scales = (random.uniform(0.01, 0.05, (inputs // GROUP, outputs))).astype(np.float16)
        stored |= {name + ".qweight": packed(codes), name + ".qzeros": packed(zeros), name + ".scales": torch.tensor(scales)}
        group = np.arange(inputs) // GROUP
        weights[name] = torch.tensor(
            ((codes - zeros[group]).astype(np.float32) * scales.astype(np.float32)[group]).T.copy())
for name, values in base.state_dict().items():
    if name.removesuffix(".weight") not in weights and name != "lm_head.weight":
        stored[name] = values.contiguous()
save_file(stored, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
written = config.to_dict() | {
    "architectures": ["LlamaForCausalLM"],
    "quantization_config": {
        "quant_method": "awq", "bits": 4, "group_size": GROUP, "zero_point": True, "version": "gemm",
        "modules_to_not_convert": None,
    },
}
json.dump(written, open(os.path.join(folder, "config.json"), "w"), indent=1, default=str)
finish(folder, weights)
json.dump(
    {"script": "make.py", "seed": 17, "torch": torch.__version__, "transformers": transformers.__version__,
     "bitsandbytes": bitsandbytes.__version__},
    open(os.path.join(HERE, "provenance.json"), "w"), indent=1)
