"""Golden logits of tiny random language models, computed by transformers in float32.

python make.py writes one folder a model beside this file: config.json and model.safetensors as
save_pretrained writes them, and expected.safetensors with `ids` and the `logits` of every position.
Needs torch and transformers. Weights are drawn much larger than a fresh model's, so that attention is
sharp, activations bend, and a wrong sign or a wrong order shows in the first digit.
"""

import shutil
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

SHAPE = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, vocab_size=96)
GATED = dict(SHAPE, intermediate_size=48, max_position_embeddings=64)
OPT = dict(SHAPE, ffn_dim=64, max_position_embeddings=40)


def rotary(**values):
    return dict(rope_theta=100.0, **values)


MODELS = {
    "opt": (OPTForCausalLM, OPTConfig(**OPT, word_embed_proj_dim=32), torch.float16),
    "opt-post-norm": (
        OPTForCausalLM,
        OPTConfig(**OPT, word_embed_proj_dim=16, do_layer_norm_before=False),
        torch.float32,
    ),
    "llama": (
        LlamaForCausalLM,
        LlamaConfig(**GATED, num_key_value_heads=2, tie_word_embeddings=False),
        torch.float32,
    ),
    "llama-3-scaling": (
        LlamaForCausalLM,
        LlamaConfig(
            **GATED,
            num_key_value_heads=1,
            head_dim=16,
            tie_word_embeddings=True,
            rope_parameters=rotary(
                rope_type="llama3",
                factor=8.0,
                low_freq_factor=1.0,
                high_freq_factor=4.0,
                original_max_position_embeddings=32,
            ),
        ),
        torch.float32,
    ),
    "llama-linear-scaling": (
        LlamaForCausalLM,
        LlamaConfig(
            **GATED,
            num_key_value_heads=4,
            attention_bias=True,
            mlp_bias=True,
            rope_parameters=rotary(rope_type="linear", factor=4.0),
        ),
        torch.float32,
    ),
    "mistral": (
        MistralForCausalLM,
        MistralConfig(**GATED, num_key_value_heads=2, sliding_window=7),
        torch.bfloat16,
    ),
    "qwen2": (
        Qwen2ForCausalLM,
        Qwen2Config(**GATED, num_key_value_heads=2, tie_word_embeddings=True),
        torch.float32,
    ),
    "gpt2": (
        GPT2LMHeadModel,
        GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=96, n_positions=48),
        torch.float32,
    ),
}


def fill(model, generator):
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        is_norm = "norm" in name or ".ln_" in name
        if parameter.ndim == 2:
            parameter.data = noise * 0.25
        elif is_norm and name.endswith("weight"):
            parameter.data = 1 + 0.2 * noise
        else:
            parameter.data = 0.1 * noise


def main():
    here = Path(__file__).parent
    for seed, (name, (make, config, stored)) in enumerate(MODELS.items()):
        config._attn_implementation = "eager"
        generator = torch.Generator().manual_seed(seed)
        model = make(config).eval()
        fill(model, generator)
        for parameter in model.parameters():  # what the stored numbers say, computed in float32
            parameter.data = parameter.data.to(stored).to(torch.float32)
        ids = torch.randint(0, 96, (1, 24), generator=generator)
        with torch.no_grad():
            logits = model(ids).logits[0]
        folder = here / name
        shutil.rmtree(folder, ignore_errors=True)
        model.to(stored).save_pretrained(folder)
        for other in folder.iterdir():
            if other.name not in ("config.json", "model.safetensors"):
                other.unlink()
        save_file(
            {"ids": ids[0], "logits": logits.contiguous()},
            folder / "expected.safetensors",
            {"framework": f"transformers {transformers.__version__}, torch {torch.__version__}"},
        )
        print(name, f"largest logit {float(logits.abs().max()):.3f}")


main()
