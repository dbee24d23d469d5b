"""Presses an independent server with `nibble load`, and records what it says.

The server is `transformers serve` (an OpenAI-compatible server of another framework) with the course's own Llama, on
this machine alone. Every run is bounded in requests and in time, and the server is ended with the script.

    pip install transformers torch fastapi uvicorn openai
    python Tests/Goldens/load/transformers_serve.py .build/release/nibble > Tests/Goldens/load/transformers_serve.txt

What is recorded are times of the machine it ran on; what has to hold on every machine is asserted here: every answer
whole, as many tokens as were asked for, a gap between each two, and the server's own count agreeing.
"""
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

MODEL = "Datasets/models/llama"
PROMPTS = ["Early one day", "Ledger of the tannery for December."]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_ready(address, server):
    for _ in range(600):
        if server.poll() is not None:
            sys.exit("the server ended before it was ready")
        try:
            with urllib.request.urlopen(address + "/v1/models", timeout=5) as answer:
                if json.load(answer)["data"]:
                    return
        except OSError:
            time.sleep(0.5)
    sys.exit("the server was not ready within five minutes")


def load(nibble, address, *arguments):
    command = ["load", address, "--max-tokens", "8", "--timeout", "300"]
    for prompt in PROMPTS:
        command += ["--prompt", prompt]
    command += arguments
    shown = [("ADDRESS" if word == address else word) for word in command]
    text = " ".join(f'"{word}"' if " " in word else word for word in shown)
    run = subprocess.run([nibble] + command + ["--json"], capture_output=True, text=True)
    print(f"$ nibble {text} --json\n{run.stdout.replace(address, 'ADDRESS')}", flush=True)
    if run.returncode not in (0, 1):
        sys.exit(f"exit code {run.returncode}: {run.stderr}")
    return json.loads(run.stdout)


def check(result, requests):
    assert result["succeeded"] == result["requests"] == requests, result
    assert result["failures"] == [] and not result["partial"]
    # The server counts tokens itself; one that shows no text, such as half a character, is in no message.
    assert result["messages"] <= result["tokens"] <= 8 * requests
    assert result["perToken"]["count"] == result["messages"] - requests
    assert result["perRequest"]["p50"] >= result["timeToFirstToken"]["p50"]


def main(nibble):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = dict(os.environ, HF_HUB_OFFLINE="1")
    program = os.path.join(os.path.dirname(sys.executable), "transformers")
    server = subprocess.Popen(
        [program, "serve", MODEL, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(address, server)
        closed = load(nibble, address, "--concurrency", "2", "--requests", "4", "--duration", "600")
        assert closed["interface"] == "openai-completions" and closed["model"] == MODEL
        check(closed["result"], 4)
        opened = load(nibble, address, "--rate", "1", "--requests", "3", "--duration", "600")
        check(opened["result"], 3)
        searched = load(
            nibble, address, "--target-p95", "600000", "--max-concurrency", "2", "--requests", "4",
            "--duration", "600")
        assert searched["best"] == 2 and len(searched["steps"]) == 2
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(sys.argv[1])
