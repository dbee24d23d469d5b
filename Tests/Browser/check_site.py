#!/usr/bin/env python3
"""Checks a rendered site in headless Chromium, with the network off.

    check_site.py site/public            every page, as files
    check_site.py --self-test            proves that each check can fail
    check_site.py site/public --nibble .build/release/nibble
                                         then also serves a course and times a save to its page

Prints one line a finding: page, check, element, what, expected. Exit code 0 when there is none, 1 when
there are some, 0 with a word about it when Chromium is not here.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import checks
from browser import Browser, Missing


def look_at(pages, browser):
    """Everything that is found, as (page, check, element, what, expected)."""
    found = []
    word = checks.search_word(pages)
    for page in pages:
        def note(check, triples):
            found.extend((page.name, check, *triple) for triple in triples)

        browser.media()
        browser.size(*checks.DESKTOP)
        browser.open(page.address)
        note("layout", checks.layout(page, browser))
        requests = browser.requests()
        note("network", checks.network(page, browser, requests))
        note("weight", checks.weight(page, browser, requests))
        note("structure", checks.structure(page, browser))
        note("markup", checks.markup(page, browser))
        learned = browser.ask("links")
        page.ids, page.links = set(learned["ids"]), learned["addresses"]
        note("keyboard", checks.keyboard(page, browser))
        note("paper", checks.paper(page, browser))
        note("contrast", checks.contrast(page, browser))
        note("search", checks.search(page, browser, word))
        note("console", checks.console(page, browser, browser.console()))
        late = [address for address in browser.requests() if address not in requests]
        note("network", checks.network(page, browser, late))
        browser.size(*checks.PHONE)
        browser.open(page.address)
        note("layout", checks.layout(page, browser))
        note("width", checks.width(page, browser))
    if pages:
        base = pages[0].folder.as_uri() + "/"
        found += [
            (page.name, "links", element, what, expected)
            for page, element, what, expected in checks.links(pages, base)
        ]
    return list(dict.fromkeys(found))


def pages_of(folder):
    base = folder.as_uri() + "/"
    return [checks.Page(folder, file, base) for file in sorted(folder.rglob("*.html"))]


def report(found):
    for page, check, element, what, expected in found:
        print(f"{page}: {check}: {element}: {what}; expected {expected}")


def check_folder(folder, browser):
    pages = pages_of(folder)
    if not pages:
        print(f"browser: {folder} holds no pages; render them first with nibble site")
        return False
    began = time.monotonic()
    found = look_at(pages, browser)
    report(found)
    seconds = time.monotonic() - began
    print(f"browser: {len(pages)} pages, {len(found)} findings, {seconds:.0f} s")
    return not found


def main():
    parser = argparse.ArgumentParser(description="Check a rendered site in headless Chromium.")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--self-test", action="store_true", help="prove that each check can fail")
    parser.add_argument("--nibble", type=Path, help="time a save to its page with this command")
    options = parser.parse_args()
    if not options.folder and not options.self_test:
        parser.error("name a folder of pages, or --self-test")
    try:
        browser = Browser()
    except Missing as missing:
        print(f"browser: skipped: {missing}")
        return 0
    if checks.html5lib is None:
        print("browser: markup is not checked: html5lib is not installed "
              "(Debian: apt-get install python3-html5lib)")
    try:
        held = True
        if options.self_test:
            from broken_pages import self_test
            with tempfile.TemporaryDirectory() as folder:
                held = self_test(Path(folder).resolve(), browser, pages_of, look_at)
        if options.folder:
            held = check_folder(options.folder.resolve(), browser) and held
        if options.nibble:
            from served_site import check_serving
            with tempfile.TemporaryDirectory() as folder:
                held = check_serving(options.nibble.resolve(), Path(folder).resolve(), browser) and held
        return 0 if held else 1
    finally:
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
