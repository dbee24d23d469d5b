"""The checks of a rendered site: what each page must be, and how it is found out.

Each check of a page takes a browser that shows it and gives findings as (element, what, expected).
"""

import base64
import re
import urllib.parse
from pathlib import Path

try:
    import html5lib
except ImportError:
    html5lib = None

DESKTOP = (1280, 900)
PHONE = (360, 740)
HEAVIEST = 300_000  # bytes of a page with everything it loads
TAB, ENTER, SPACE, ESCAPE, DOWN = "\ue004", "\ue007", " ", "\ue00c", "\ue015"
# What a search is made of, wherever it stands on the page.
OPENER = "button[aria-haspopup=dialog]"
FIELD = "dialog[open] input[type=search]"
RESULT = "dialog[open] [role=option]"


def triples(found):
    return [(one["element"], one["what"], one["expected"]) for one in found]


class Page:
    """A page of the site: its file, its address, and what was learned of it."""

    def __init__(self, folder, file, base):
        self.file = file
        self.name = file.relative_to(folder).as_posix()
        self.base = base
        self.address = base + urllib.parse.quote(self.name)
        self.folder = folder
        self.ids = set()
        self.links = []


# ---- At a desk -----------------------------------------------------------------------------------


def network(page, browser, requests):
    """Nothing is asked for but files of the site."""
    return [
        ("the page", f"asks for {address}", "only files of the site, and no network")
        for address in dict.fromkeys(requests)
        if not address.startswith((page.base, "data:", "blob:", "about:"))
    ]


def console(page, browser, messages):
    """The page runs without a word of complaint."""
    return [("the page", f"the console says: {text}", "nothing") for text in messages]


def weight(page, browser, requests):
    """The page and everything it loads are light."""
    files = {page.file}
    for address in requests:
        path = urllib.parse.unquote(urllib.parse.urlsplit(address).path)
        file = Path(path) if address.startswith("file:") else page.folder / path.lstrip("/")
        if file.is_file():
            files.add(file)
    total = sum(file.stat().st_size for file in files)
    if total <= HEAVIEST:
        return []
    heaviest = max(files, key=lambda file: file.stat().st_size)
    return [(
        heaviest.name, f"page and assets weigh {total / 1000:.0f} KB",
        f"at most {HEAVIEST // 1000} KB")]


def layout(page, browser):
    """Nothing moves while the page loads."""
    return triples(browser.ask("shifts"))


def structure(page, browser):
    """Language, title, one first heading, names, ids used once."""
    return triples(browser.ask("structure"))


def contrast(page, browser):
    """All text can be read, in both colour schemes."""
    found = []
    browser.ask("unfold")
    for scheme in ("light", "dark"):
        browser.media(scheme)
        found += [
            (element, f"in the {scheme} scheme, {what}", expected)
            for element, what, expected in triples(browser.ask("contrast"))
        ]
    browser.media()
    return found


def keyboard(page, browser):
    """The Tab key reaches everything, visibly, the skip link first; folds open by key."""
    expected = browser.ask("beginWalk")
    reached = -1
    batch = expected + 3
    while browser.ask("visitedCount") > reached:
        reached = browser.ask("visitedCount")
        browser.press(TAB, batch)
        batch = 40
    found = triples(browser.ask("endWalk"))
    skip = triples(browser.ask("skipLink")) if expected else []
    found += skip
    for index in range(min(3, browser.ask("folds"))):
        for name, key in (("Enter", ENTER), ("Space", SPACE)):
            was_open = browser.ask("focusFold", index)
            browser.press(key)
            if browser.ask("isFoldOpen", index) == was_open:
                found += triples(browser.ask("foldProblem", index, name))
    if expected and not skip:
        browser.driver.get(page.address)
        browser.press(TAB)
        browser.press(ENTER)
        browser.press(TAB)
        found += triples(browser.ask("afterSkip"))
    return found


def search_word(pages):
    """A word of the first chapter's title, which every search must find."""
    for page in pages:
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", page.file.read_text("utf-8"), re.DOTALL)
        words = re.findall(r"[A-Za-z]{4,}", re.sub(r"<[^>]*>", " ", heading.group(1) if heading else ""))
        if page.name != "index.html" and words:
            return max(words, key=len).lower()
    return "the"


def search(page, browser, word):
    """The search opens, finds, goes and closes by keyboard, and can be read."""
    def is_there(selector):
        return browser.driver.execute_script(
            "return document.querySelector(arguments[0]) !== null", selector)

    if not is_there(OPENER):
        if page.name == "index.html":
            return [("the page", "has no search", f"a {OPENER} on the first page")]
        return []
    browser.driver.get(page.address)
    browser.driver.execute_script("document.querySelector(arguments[0]).focus()", OPENER)
    browser.press(ENTER)
    is_focused = ("return document.activeElement !== document.body"
                  " && document.activeElement.matches(arguments[0])")
    if not browser.wait(is_focused, FIELD):
        return [(OPENER, "Enter on it does not lead to a field", f"the focus in {FIELD}")]
    browser.press(ESCAPE)
    if not browser.wait("return document.querySelector(arguments[0]) === null", FIELD):
        return [(FIELD, "Escape does not close the search", "the page as it was")]
    found = []
    if not browser.driver.execute_script(is_focused, OPENER):
        found.append((OPENER, "does not get the focus back when the search closes", "the focus"))
    browser.press("/")
    if not browser.wait(is_focused, FIELD):
        return found + [("the page", "the key / does not open the search", f"the focus in {FIELD}")]
    browser.press(word)
    if not browser.wait("return document.querySelector(arguments[0]) !== null", RESULT):
        return found + [(FIELD, f'finds nothing for "{word}", a word of a title', "results")]
    for scheme in ("light", "dark"):
        browser.media(scheme)
        found += [
            (element, f"in the {scheme} scheme, {what}", expected)
            for element, what, expected in triples(browser.ask("contrast"))
        ]
    browser.media()
    browser.size(*PHONE)
    found += triples(browser.ask("width"))
    browser.size(*DESKTOP)
    browser.press(DOWN)
    browser.driver.execute_script("window.isStillHere = true")
    browser.press(ENTER)
    if not browser.wait(
            "return (location.href !== arguments[0] || !window.isStillHere)"
            " && document.readyState === 'complete'", page.address):
        return found + [(RESULT, "Enter on a result leads nowhere", "the place it names")]
    file = page.folder / urllib.parse.unquote(
        browser.driver.current_url[len(page.base):].split("#")[0].split("?")[0])
    is_anchored = browser.driver.execute_script(
        "return location.hash.length < 2"
        " || document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null")
    if not file.is_file() or not is_anchored:
        found.append((RESULT, f"leads to {browser.driver.current_url}", "a page and a place on it"))
    return found


def paper(page, browser):
    """The page prints, and what is folded on a screen is open."""
    browser.media(kind="print")
    browser.driver.execute_script("dispatchEvent(new Event('beforeprint'))")
    found = triples(browser.ask("paper"))
    browser.driver.execute_script("dispatchEvent(new Event('afterprint'))")
    browser.media()
    if not base64.b64decode(browser.pdf()).startswith(b"%PDF-"):
        found.append(("the page", "does not print", "a PDF"))
    return found


def markup(page, browser):
    """The HTML parses without an error, as the standard's own algorithm sees it."""
    if html5lib is None:
        return []
    parser = html5lib.HTMLParser()
    parser.parse(page.file.read_bytes(), transport_encoding="utf-8")
    return [
        (f"line {line}", f"{code.replace('-', ' ')} {data or ''}".strip(), "valid HTML")
        for (line, _), code, data in parser.errors
    ]


# ---- In a hand -----------------------------------------------------------------------------------


def width(page, browser):
    """Nothing scrolls sideways on a phone."""
    browser.ask("unfold")
    return triples(browser.ask("width"))


# ---- All pages together --------------------------------------------------------------------------


def links(pages, base):
    """Every internal link leads to a page and an anchor that are there, and every page is led to."""
    found = []
    by_file = {page.file.resolve(): page for page in pages}
    led_to = set()
    for page in pages:
        for link in page.links:
            address, fragment = urllib.parse.urldefrag(link["address"])
            if not address.startswith(base):
                if not address.startswith(("http://", "https://", "mailto:")):
                    found.append((
                        page, link["element"], f"leads to {link['written']}",
                        "a page of the site, or an address of the web"))
                continue
            file = page.folder / urllib.parse.unquote(address[len(base):].split("?")[0])
            if file.is_dir():
                found.append((
                    page, link["element"], f"leads to the folder {link['written']}",
                    "index.html by name: a folder has no page without a server"))
                continue
            target = by_file.get(file.resolve())
            if target is None and not file.is_file():
                found.append((
                    page, link["element"], f"leads to {link['written']}, which is not there",
                    "a page of the site"))
                continue
            if target and target is not page:
                led_to.add(target)
            anchor = urllib.parse.unquote(fragment)
            if target and anchor and anchor not in target.ids:
                found.append((
                    page, link["element"], f"leads to {link['written']}; no such anchor there",
                    f"an element with the id {anchor}"))
    for page in pages:
        if page.name != "index.html" and page not in led_to:
            found.append((page, "the page", "no other page leads here", "a link from somewhere"))
    return found
