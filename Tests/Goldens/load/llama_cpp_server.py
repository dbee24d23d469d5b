"""Presses llama-cpp-python's server with `nibble load`, and records what it says.

The server is llama.cpp with the OpenAI-compatible interface of llama-cpp-python, and what it serves is the course's own
Llama as `nibble quantize --format gguf:q8_0` writes it, on this machine alone. Every run is bounded in requests and in
time, and the server is ended with the script.

    pip install "llama-cpp-python[server]"
    python Tests/Goldens/load/llama_cpp_server.py .build/release/nibble > Tests/Goldens/load/llama_cpp_server.txt

Unless it is told otherwise, this server ends the answer it is writing when another request comes, and `nibble load`
counts each of those as cut; here it is told to let requests wait.

What is recorded are times of the machine it ran on; what has to hold on every machine is asserted here, as in
transformers_serve.py.
"""
import os
import subprocess
import sys
import tempfile

from transformers_serve import check, free_port, load, wait_until_ready

MODEL = "Datasets/models/llama"
FORMAT = "gguf:q8_0"


def main(nibble, folder):
    path = os.path.join(folder, "llama.gguf")
    subprocess.run(
        [nibble, "quantize", "--model", MODEL, "--format", FORMAT, "--out", path], check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "llama_cpp.server", "--model", path, "--model_alias", "course-llama",
         "--host", "127.0.0.1", "--port", str(port), "--n_ctx", "256",
         "--interrupt_requests", "false"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(address, server)
        closed = load(nibble, address, "--concurrency", "2", "--requests", "8", "--duration", "600")
        assert closed["interface"] == "openai-completions" and closed["model"] == "course-llama"
        check(closed["result"], 8)
        opened = load(nibble, address, "--rate", "4", "--requests", "8", "--duration", "600")
        check(opened["result"], 8)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(os.path.abspath(sys.argv[1]), folder)
