"""A tiny Llama in a GGUF file whose matrices are blocks of sixteen types, with golden logits.

python make_gguf.py writes gguf-blocks/model.gguf and gguf-blocks/expected.safetensors (`ids`, and the
`logits` of every position) beside this file. Needs gguf, torch and transformers.

Blocks come from gguf's own quantizers where it has one; for the other types every byte of a block is
drawn, and then its scales are set so that weights have the usual size. Either way gguf says what the
blocks mean, transformers' Llama computes with those numbers in float32, and its rows of queries and keys
are the file's rows put back from neighbouring pairs to halves, as llama.cpp's converter has turned them.
"""

from pathlib import Path

import gguf
import numpy
import torch
import transformers
from gguf import GGMLQuantizationType as T
from gguf import quants
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

HIDDEN, INNER, HEADS, SHARED, VOCABULARY, CONTEXT, SIZE = 256, 256, 4, 1, 64, 48, 64
EPSILON, BASE = 2e-5, 500.0
KINDS = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"]
BLOCKS = [
    [T.Q4_K, T.Q5_K, T.Q3_K, T.Q2_K, T.IQ4_XS, T.IQ4_NL, T.TQ2_0],
    [T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.MXFP4, T.TQ1_0, T.NVFP4],
]
HUGGING_FACE = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
# Where a drawn block's half-precision scale, and its minimum's, lie, and about how large they are.
SCALES = {
    T.Q2_K: [(80, 8e-3), (82, 12e-3)],
    T.Q3_K: [(108, 2e-3)],
    T.Q4_K: [(0, 5e-4), (2, 3.8e-3)],
    T.Q5_K: [(0, 2.5e-4), (2, 3.8e-3)],
    T.Q6_K: [(208, 7e-5)],
    T.IQ4_NL: [(0, 1.4e-3)],
    T.IQ4_XS: [(0, 8e-5)],
    T.NVFP4: [],  # its scales are four bytes of eight-bit floats: 1/64 to 1/16, see below
}


def blocks(kind, rows, columns, draw):
    """Bytes of a random matrix, (rows, bytes a row)."""
    if kind not in SCALES:
        weight = (draw.standard_normal((rows, columns)) * 0.09).astype(numpy.float32)
        return quants.quantize(weight, kind)
    length, size = gguf.GGML_QUANT_SIZES[kind]
    drawn = draw.integers(0, 256, (rows * columns // length, size), dtype=numpy.uint8)
    for place, scale in SCALES[kind]:
        values = (scale * draw.uniform(0.5, 1.5, len(drawn))).astype("<f2")
        drawn[:, place : place + 2] = values.view(numpy.uint8).reshape(-1, 2)
    if kind == T.NVFP4:
        drawn[:, :4] = draw.integers(0x08, 0x18, (len(drawn), 4))
    return drawn.reshape(rows, -1)


def halves(weight, heads):
    """Rows of each head from neighbouring pairs to pairs half a head apart."""
    rows, columns = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, columns)
    return pairs.swapaxes(1, 2).reshape(rows, columns)


def main():
    draw = numpy.random.default_rng(20)
    folder = Path(__file__).parent / "gguf-blocks"
    folder.mkdir(exist_ok=True)
    writer = gguf.GGUFWriter(folder / "model.gguf", "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(len(BLOCKS))
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(SHARED)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(BASE)
    writer.add_rope_dimension_count(SIZE)
    writer.add_vocab_size(VOCABULARY)
    pieces = ["<unk>", "<s>", "</s>", "\u2581"] + list("abcdefghijklmnopqrstuvwxyz.,")
    pieces += [a + b for a in "tnrs" for b in "aehiouyr"]
    assert len(pieces) == VOCABULARY == len(set(pieces))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(pieces)
    writer.add_token_scores([-float(i) for i in range(VOCABULARY)])
    writer.add_token_types([2, 3, 3] + [1] * (VOCABULARY - 3))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)

    state = {}

    def add(name, theirs, kind, rows, columns, turned=0):
        data = blocks(kind, rows, columns, draw)
        writer.add_tensor(name + ".weight", data, raw_dtype=kind)
        weight = quants.dequantize(data, kind).reshape(rows, columns).astype(numpy.float32)
        state[theirs + ".weight"] = torch.tensor(halves(weight, turned) if turned else weight)

    def add_norm(name, theirs):
        gain = (1 + 0.2 * draw.standard_normal(HIDDEN)).astype(numpy.float32)
        writer.add_tensor(name + ".weight", gain)
        state[theirs + ".weight"] = torch.tensor(gain)

    add("token_embd", "model.embed_tokens", T.Q6_K, VOCABULARY, HIDDEN)
    for number, kinds in enumerate(BLOCKS):
        ours, theirs = f"blk.{number}.", f"model.layers.{number}."
        add_norm(ours + "attn_norm", theirs + "input_layernorm")
        for name, kind in zip(KINDS, kinds):
            rows, columns = HIDDEN, HIDDEN
            if name in ("attn_k", "attn_v"):
                rows = SHARED * SIZE
            turned = {"attn_q": HEADS, "attn_k": SHARED}.get(name, 0)
            add(ours + name, theirs + HUGGING_FACE[name], kind, rows, columns, turned)
        add_norm(ours + "ffn_norm", theirs + "post_attention_layernorm")
    add_norm("output_norm", "model.norm")
    add("output", "lm_head", T.Q8_0, VOCABULARY, HIDDEN)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    config = LlamaConfig(
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=len(BLOCKS),
        num_attention_heads=HEADS,
        num_key_value_heads=SHARED,
        vocab_size=VOCABULARY,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=EPSILON,
        rope_parameters=dict(rope_theta=BASE, rope_type="default"),
        tie_word_embeddings=False,
    )
    config._attn_implementation = "eager"
    model = LlamaForCausalLM(config).eval()
    model.load_state_dict(state)
    ids = torch.tensor([draw.integers(0, VOCABULARY, 24)])
    with torch.no_grad():
        logits = model(ids).logits[0]
    for name, weight in state.items():
        print(f"{name:50} {float(weight.mean()):8.4f} ± {float(weight.std()):.4f}")
    save_file(
        {"ids": ids[0], "logits": logits.contiguous()},
        folder / "expected.safetensors",
        {"framework": f"transformers {transformers.__version__}, torch {torch.__version__}"},
    )
    print(f"largest logit {float(logits.abs().max()):.3f}")


main()
