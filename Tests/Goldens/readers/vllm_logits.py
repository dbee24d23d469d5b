"""The logits of folders in vLLM, for folders.py, which calls this with the Python that has vLLM.

    python3 vllm_logits.py IDS.json DTYPE FOLDER...

Writes vllm-DTYPE.npz into each folder. Where vLLM refuses a folder it writes why to vllm-DTYPE.txt and stops with 1: what
is left of the engine would stand in the way of the next, so the rest is for another call.
"""

import gc
import json
import os
import sys

os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
os.environ["VLLM_LOGGING_LEVEL"] = "ERROR"

import numpy as np  # noqa: E402
import vllm  # noqa: E402


def logits(folder, ids, dtype):
    size = json.load(open(os.path.join(folder, "config.json")))["vocab_size"]
    engine = vllm.LLM(
        model=folder, dtype=dtype, max_model_len=128, max_num_batched_tokens=128, max_num_seqs=2, enforce_eager=True,
        skip_tokenizer_init=True, max_logprobs=size, logprobs_mode="raw_logits")
    asked = vllm.SamplingParams(max_tokens=1, temperature=0, prompt_logprobs=size, detokenize=False)
    answer = engine.generate({"prompt_token_ids": ids}, asked, use_tqdm=False)[0]
    # The entry of a token is about the position before it; the first token has none.
    return np.array([[row[k].logprob for k in range(size)] for row in answer.prompt_logprobs[1:]], np.float32)


ids, dtype = json.load(open(sys.argv[1])), sys.argv[2]
for folder in sys.argv[3:]:
    try:
        found = logits(folder, ids, dtype)
    except Exception as error:
        open(os.path.join(folder, f"vllm-{dtype}.txt"), "w").write(f"{type(error).__name__}: {error}")
        raise SystemExit(1)
    np.savez(os.path.join(folder, f"vllm-{dtype}.npz"), logits=found, version=vllm.__version__)
    gc.collect()
