"""A course served by `nibble site --serve`, seen in a browser: how soon a save shows."""

import re
import signal
import subprocess
import threading
import time

CHAPTER = """---
title: Served
part: Fixtures
question: Does it show?
minutes: 5
needs: []
sources: []
---

# Served

The word is WORD.

```swift name=sum
let sum = 2 + 3       // => 5
```
"""

SAVES = 5
LIMIT = 1.0  # seconds from a save to the page that shows it


def check_serving(nibble, folder, browser):
    """Serves one chapter, saves it some times, and waits for each word in the open page."""
    chapters = folder / "Chapters"
    chapters.mkdir()
    chapter = chapters / "01-served.md"
    chapter.write_text(CHAPTER.replace("WORD", "none"), encoding="utf-8")
    errors = open(folder / "errors", "w+b")
    server = subprocess.Popen(
        [nibble, "site", "--chapters", chapters, "--out", folder / "site", "--serve", "--port", "0"],
        stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        # A server that never says its address must not keep the checks waiting.
        giving_up = threading.Timer(120, server.kill)
        giving_up.start()
        address = next(
            (found.group(1) for line in server.stdout
             if (found := re.match(r"serving (http://127\.0\.0\.1:\d+/)", line))), None)
        giving_up.cancel()
        if address is None:
            errors.seek(0)
            print(f"served: the server did not start: {errors.read().decode(errors='replace')}")
            return False
        draining = threading.Thread(target=server.stdout.read, daemon=True)
        draining.start()
        return watch(address, chapter, browser)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(10)
        errors.close()


def watch(address, chapter, browser):
    browser.size(1280, 900)
    browser.media()
    browser.open(address + "01-served/index.html")
    held = True
    times = []
    for index in range(SAVES):
        word = f"word-{index}"
        began = time.monotonic()
        chapter.write_text(CHAPTER.replace("WORD", word), encoding="utf-8")
        if not shows(browser, word):
            print(f"served: {word} does not show within 20 s; expected it within {LIMIT} s")
            return False
        times.append(time.monotonic() - began)
    strangers = [one for one in browser.requests() if not one.startswith((address, "data:", "about:"))]
    for stranger in strangers:
        print(f"served: the page asks for {stranger}; expected only {address}")
    for message in browser.console():
        print(f"served: the console says: {message}; expected nothing")
        held = False
    median = sorted(times)[SAVES // 2]
    print(f"browser: a saved word shows in {median:.2f} s (slowest {max(times):.2f} s of {SAVES})")
    if median > LIMIT:
        print(f"served: a saved word shows in {median:.2f} s; expected {LIMIT} s")
        held = False
    return held and not strangers


def shows(browser, word):
    return browser.wait(
        "return document.body && document.body.innerText.includes(arguments[0])", word, seconds=20)
