"""Small pages that are wrong in one way each, and what must be found on them.

A check that cannot fail proves nothing: here each one has to catch its page, and to leave alone the
pages that are right.
"""

GOOD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>A page</title>
<link rel="icon" href="data:,">
<style>
:root { --paper: #fff; --ink: #222; --accent: #a33a22; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --paper: #111; --ink: #ddd; --accent: #f0745c; } }
body { margin: 1rem; background: var(--paper); color: var(--ink); }
a { color: inherit; }
:focus-visible { outline: 2px solid var(--accent); }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 0; top: 0; }
@media print { nav, button, input { display: none; } }
EXTRA-STYLE
</style>
EXTRA-HEAD
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<nav>NAVIGATION</nav>
<main id="text">
<h1>A page</h1>
BODY
</main>
EXTRA-END
</body>
</html>
"""

# Right, and close to what is wrong elsewhere: none of it may be found.
FINE = """<p>Text, <small style="color: #757575; background: #fff">at 4.6</small>, and
<span style="color: #949494; background: #fff; font-size: 24px">large at 3.03</span>.</p>
<p><a href="broken-width.html#place" title="there">A link</a> and
<a href="https://example.org/">one to the web</a>, which is not followed.</p>
<div style="overflow-x: auto"><div style="width: 2000px">Wide, and it scrolls by itself.</div></div>
<details><summary>Folded</summary><p>Open <a href="#text">in print</a>.</p></details>
<p style="opacity: 0; color: #fff">Not shown at all.</p>
<button type="button">Press</button>
<svg role="img" aria-label="Drawing" width="100" height="40" viewBox="0 0 100 40">
<rect width="100" height="40" fill="#004"/><text x="50" y="20" fill="#fff">here</text></svg>
<script>
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("main details:not([open])")) {
    fold.open = true; fold.dataset.printed = "";
  }
});
addEventListener("afterprint", () => {
  for (const fold of document.querySelectorAll("[data-printed]")) fold.open = false;
});
console.info("Only a word.");
</script>
"""

# A small search, right unless a mark below makes it wrong.
SEARCH = """<button type="button" aria-haspopup="dialog">Search</button>
<dialog aria-label="Search" style="background: var(--paper); color: var(--ink); border: 0">
<input type="search" aria-label="Search for"><ul role="listbox" aria-label="Results"></ul></dialog>
<script>
(() => {
  const dialog = document.querySelector("dialog");
  const [input, list] = [dialog.querySelector("input"), dialog.querySelector("ul")];
  const open = () => { if (!dialog.open) { dialog.showModal(); input.focus(); } };
  document.querySelector("[aria-haspopup]").addEventListener("click", open);
  addEventListener("keydown", (event) => {
    if (event.key === "KEY" && event.target !== input) { event.preventDefault(); open(); }
  });
  dialog.addEventListener("cancel", (event) => { if (CLOSES) return; event.preventDefault(); });
  input.addEventListener("input", () => {
    list.replaceChildren(...(FINDS && input.value ? ["one"] : []).map((word) => {
      const item = document.createElement("li");
      item.role = "option"; item.textContent = word; item.style.color = "COLOUR"; return item;
    }));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !CLOSES) event.preventDefault();
    if (event.key === "Enter" && list.firstChild) location.href = "TARGET";
  });
})();
</script>
"""


def search(**wrong):
    text = SEARCH
    right = {"KEY": "/", "CLOSES": "true", "FINDS": "true", "COLOUR": "inherit",
             "TARGET": "broken-width.html#place"}
    for mark, words in {**right, **wrong}.items():
        text = text.replace(mark, words)
    return text


# Name: check that must find it, words that the finding must hold, and what is wrong.
BROKEN = {
    "console-error": ("console", "undefinedThing", {"BODY": "<script>undefinedThing();</script>"}),
    "console-warning": ("console", "careful", {"BODY": "<script>console.warn('careful');</script>"}),
    "network-image": ("network", "example.org/a.png", {
        "BODY": "<img alt='' width='9' height='9' src='http://example.org/a.png'>"}),
    "network-script": ("network", "example.org/late", {
        "BODY": "<script>fetch('https://example.org/late').catch(() => {});</script>"}),
    "network-style": ("network", "example.org/font", {
        "EXTRA-STYLE": "@font-face { font-family: F; src: url(http://example.org/font.woff2); }"
                       " p { font-family: F; }", "BODY": "<p>Text</p>"}),
    "preconnect": ("structure", "before it is asked for", {
        "EXTRA-HEAD": "<link rel='preconnect' href='https://example.org'>"}),
    "width": ("width", "reaches", {"BODY": "<p id='place' style='width: 500px'>Wide.</p>"}),
    "width-cut": ("width", "reaches", {
        "BODY": "<div style='overflow: hidden'><p style='width: 500px'>Cut off.</p></div>"}),
    "width-folded": ("width", "reaches", {
        "BODY": "<details open><summary>Fold</summary><p style='width: 500px'>Wide.</p></details>"}),
    "contrast-light": ("contrast", "in the light scheme, contrast", {
        "EXTRA-STYLE": "p { color: #888; } @media (prefers-color-scheme: dark) { p { color: #ddd; } }",
        "BODY": "<p>Grey on white.</p>"}),
    "contrast-dark": ("contrast", "in the dark scheme, contrast", {
        "BODY": "<p style='color: #333; background: light-dark(#fff, #111)'>Dark on dark.</p>"}),
    "contrast-faded": ("contrast", "contrast", {
        "BODY": "<div style='opacity: 0.4'><p>Faded by what holds it.</p></div>"}),
    "contrast-folded": ("contrast", "contrast", {
        "BODY": "<details open><summary>Fold</summary><p style='color: #777'>Grey.</p></details>"}),
    "contrast-drawn": ("contrast", "contrast", {
        "BODY": "<svg role='img' aria-label='Drawing' width='100' height='40'>"
                "<rect width='100' height='40' fill='#004'/>"
                "<text x='10' y='20' fill='#333'>here</text></svg>"}),
    "contrast-generated": ("contrast", "contrast", {
        "EXTRA-STYLE": "p::after { content: 'not held'; color: #999; background: #fff; }",
        "BODY": "<p>Text</p>"}),
    "contrast-picture": ("contrast", "background picture", {
        "BODY": "<p style='background-image: linear-gradient(#fff, #000)'>Over a gradient.</p>"}),
    "contrast-placeholder": ("contrast", "contrast", {
        "EXTRA-STYLE": "input { background: #fff; } input::placeholder { color: #bbb; }",
        "BODY": "<input aria-label='Field' placeholder='type here'>"}),
    "link-page": ("links", "nowhere.html, which is not there", {
        "BODY": "<a href='nowhere.html'>Link</a>"}),
    "link-anchor": ("links", "no such anchor", {"BODY": "<a href='index.html#gone'>Link</a>"}),
    "link-own-anchor": ("links", "no such anchor", {"BODY": "<a href='#gone'>Link</a>"}),
    "link-folder": ("links", "index.html by name", {"BODY": "<a href='.'>Link</a>"}),
    "link-outside": ("links", "a page of the site", {"BODY": "<a href='../../etc/'>Link</a>"}),
    "orphan": ("links", "no other page leads here", {}),
    "keyboard-trap": ("keyboard", "never reaches", {
        "BODY": "<button id='trap' type='button'>Trap</button><a href='#text'>After</a>"
                "<script>document.getElementById('trap').addEventListener('keydown', (event) => {"
                " if (event.key === 'Tab') event.preventDefault(); });</script>"}),
    "keyboard-invisible": ("keyboard", "looks the same", {
        "EXTRA-STYLE": "button { outline: none !important; }",
        "BODY": "<button type='button'>Press</button>"}),
    "keyboard-faint": ("keyboard", "hardly shows", {
        "EXTRA-STYLE": "button { outline: 2px solid transparent; } "
                       "button:focus-visible { outline-color: #eee; }",
        "BODY": "<button type='button'>Press</button>"}),
    "keyboard-off-page": ("keyboard", "cannot be seen", {
        "BODY": "<a href='#text' style='position: absolute; left: -5000px'>Off</a>"}),
    "keyboard-order": ("keyboard", "out of the order", {
        "BODY": "<button type='button' tabindex='3'>First?</button>"}),
    "keyboard-no-skip": ("keyboard", "leads to no place", {
        "EXTRA-STYLE": ".skip { display: none; }", "BODY": "<a href='index.html'>Link</a>"}),
    "keyboard-skip-late": ("keyboard", "after the skip link", {
        "BODY": "<a href='index.html'>In the text</a>",
        "EXTRA-END": "<script>document.querySelector('.skip').addEventListener('click', (event) => {"
                     " event.preventDefault(); history.replaceState(null, '', '#text');"
                     " document.querySelector('nav a').focus({ focusVisible: true });"
                     " document.querySelector('.skip').focus(); });</script>"}),
    "keyboard-fold": ("keyboard", "does not open", {
        "BODY": "<details open><summary>Fold</summary><p>Text</p></details>"
                "<script>document.querySelector('main summary').addEventListener('click', (event) =>"
                " event.preventDefault());</script>"}),
    "shift": ("layout", "shifts by", {
        "BODY": "<div id='late'></div><p style='height: 300px'>Moved.</p><script>"
                "addEventListener('load', () => requestAnimationFrame(() => setTimeout(() => {"
                " document.getElementById('late').style.height = '200px'; }, 20)));</script>"}),
    "weight": ("weight", "weigh", {"BODY": "<script src='heavy.js'></script>"}),
    "name": ("structure", "without a name", {"BODY": "<button type='button'></button>"}),
    "image": ("structure", "without alt", {"BODY": "<img src='data:,' width='1' height='1'>"}),
    "drawing": ("structure", "drawing without a name", {"BODY": "<svg width='9' height='9'></svg>"}),
    "ids": ("structure", "used twice", {"BODY": "<p id='twice'>One</p><p id='twice'>Two</p>"}),
    "headings": ("structure", "headings of the first level", {"BODY": "<h1>Another</h1>"}),
    "search-key": ("search", "the key / does not open", {"BODY": search(KEY="F9")}),
    "search-closing": ("search", "Escape does not close", {"BODY": search(CLOSES="false")}),
    "search-finding": ("search", "finds nothing", {"BODY": search(FINDS="false")}),
    "search-contrast": ("search", "contrast", {"BODY": search(COLOUR="#888")}),
    "search-going": ("search", "leads nowhere", {"BODY": search(TARGET="javascript:void 0")}),
    "search-place": ("search", "leads to", {"BODY": search(TARGET="broken-width.html#gone")}),
    "search-opening": ("search", "does not lead to a field", {
        "BODY": "<button type='button' aria-haspopup='dialog'>Search</button>"}),
    "paper-folded": ("paper", "is folded on paper", {
        "BODY": "<details><summary>Fold</summary><p>Text</p></details>"}),
    "paper-interface": ("paper", "is printed", {
        "EXTRA-STYLE": "@media print { button { display: inline !important; } }",
        "BODY": "<button type='button'>Press</button>"}),
    "markup": ("markup", "unexpected end tag", {"BODY": "<p>One<div>Two</div></p>"}),
}


def page(parts):
    text = GOOD
    for mark in ("EXTRA-STYLE", "EXTRA-HEAD", "EXTRA-END", "BODY", "NAVIGATION"):
        text = text.replace(mark, parts.get(mark, ""))
    return text


def write(folder):
    """The pages, and an index that leads to all of them but the orphan."""
    names = [f"broken-{name}.html" for name in BROKEN if name != "orphan"]
    navigation = "\n".join(f"<a href='{name}'>{name}</a>" for name in ["fine.html", *names])
    (folder / "index.html").write_text(page({"NAVIGATION": navigation, "BODY": search()}), encoding="utf-8")
    home = {"NAVIGATION": "<a href='index.html'>All</a>"}
    (folder / "fine.html").write_text(page({**home, "BODY": FINE}), encoding="utf-8")
    for name, (_, _, parts) in BROKEN.items():
        (folder / f"broken-{name}.html").write_text(page({**home, **parts}), encoding="utf-8")
    (folder / "heavy.js").write_text("//" + "x" * 300_000, encoding="utf-8")


def self_test(folder, browser, pages_of, look_at):
    """Whether each broken page is caught by its check, and nothing is found on the others."""
    write(folder)
    browser.patience = 2  # here what does not happen is what is waited for
    found = look_at(pages_of(folder), browser)
    wrong = []
    for name, (check, words, _) in BROKEN.items():
        own = [one for one in found if one[0] == f"broken-{name}.html"]
        if not any(one[1] == check and words in f"{one[2]} {one[3]} {one[4]}" for one in own):
            wrong.append(f"self-test: {check} did not catch broken-{name}.html; found {own}")
        wrong += [
            f"self-test: broken-{name}.html is wrong in one way only, and {one[1]} says: {one[3]}"
            for one in own if one[1] != check and (check, one[1]) != ("network", "console")
        ]
    for one in found:
        if one[0] in ("index.html", "fine.html"):
            wrong.append(f"self-test: nothing is wrong with {one[0]}, and {one[1]} says: {one}")
    bare = folder / "bare"
    bare.mkdir()
    (bare / "index.html").write_text(page({}), encoding="utf-8")
    own = look_at(pages_of(bare), browser)
    if [one[1] for one in own] != ["search"]:
        wrong.append(f"self-test: a first page without a search has that one fault; found {own}")
    browser.patience = type(browser).patience
    for line in wrong:
        print(line)
    print(f"browser: self-test: {len(BROKEN)} broken pages, {len(wrong)} surprises")
    return not wrong
