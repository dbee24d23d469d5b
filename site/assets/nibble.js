// Small conveniences; every page says everything without them.
(() => {
  "use strict";

  const page = document.documentElement;
  const root = page.dataset.root;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Storage may be refused, for example for files opened from a folder.
  const memory = {
    get(key) { try { return localStorage.getItem("nibble." + key); } catch { return null; } },
    set(key, value) {
      try {
        if (value) localStorage.setItem("nibble." + key, value);
        else localStorage.removeItem("nibble." + key);
      } catch { /* not kept */ }
    },
  };

  function make(tag, attributes = {}, ...inside) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  }

  // ---- What the reader chooses: who they are, which paper. The head applied it before drawing. ----

  for (const select of all("select[data-setting]")) {
    const name = select.dataset.setting;
    const kept = memory.get(name) || "";
    if ([...select.options].some((option) => option.value === kept)) select.value = kept;
    else delete page.dataset[name];
    select.addEventListener("change", () => {
      memory.set(name, select.value);
      if (select.value) page.dataset[name] = select.value;
      else delete page.dataset[name];
    });
  }

  // ---- Contents: at the side where there is room, else under their word in the head. ----

  const contents = document.querySelector("details.contents");
  const wide = matchMedia("(min-width: 75em)");
  const isBeside = () => wide.matches && !document.body.classList.contains("home");
  if (contents) {
    wide.addEventListener("change", () => { contents.open = isBeside(); });
    contents.addEventListener("click", (event) => {
      if (event.target.closest("a") && !isBeside()) contents.open = false;
    });
    document.addEventListener("click", (event) => {
      if (!isBeside() && !contents.contains(event.target)) contents.open = false;
    });
    contents.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || isBeside() || !contents.open) return;
      contents.open = false;
      contents.querySelector("summary").focus();
    });
  }

  // ---- Where the reader is: marked in the contents, kept, and offered when they come back. ----

  const course = page.dataset.course;
  const chapter = page.dataset.chapter;
  const placeKey = (id) => "place." + course + "." + id;
  const kept = (id) => { try { return JSON.parse(memory.get(placeKey(id))); } catch { return null; } };

  // An address that somebody cut off may end in half of a letter.
  const decoded = (hash) => { try { return decodeURIComponent(hash.slice(1)); } catch { return ""; } };

  const headings = all("main :is(h2, h3)[id]");
  const links = new Map(all("nav a.section").map((link) => [decoded(link.hash), link]));

  function currentHeading() {
    let found = null;
    for (const heading of headings) {
      if (heading.getBoundingClientRect().top > innerHeight * 0.35) break;
      found = heading;
    }
    return found;
  }

  function words(heading) {
    const copy = heading.cloneNode(true);
    for (const part of all(".anchor, .exercise-number", copy)) part.remove();
    return copy.textContent.trim();
  }

  let lastLink = null;
  function lookWhere() {
    const range = page.scrollHeight - innerHeight;
    const part = range > 0 ? Math.min(1, scrollY / range) : 1;
    const heading = currentHeading();
    let link = null;
    for (const other of headings) {
      if (links.has(other.id)) link = links.get(other.id);
      if (other === heading) break;
    }
    if (!heading) link = null;
    if (link !== lastLink) {
      if (lastLink) lastLink.removeAttribute("aria-current");
      if (link) link.setAttribute("aria-current", "location");
      lastLink = link;
    }
    if (!chapter || scrollY < 200) return;
    const place = { part: Math.round(part * 100) / 100, id: heading ? heading.id : "", title: heading ? words(heading) : "" };
    memory.set(placeKey(chapter), JSON.stringify(place));
    memory.set("last." + course, chapter);
  }

  if (chapter) {
    const place = kept(chapter);
    if (place && place.id && place.part > 0.04 && place.part < 0.97 && !location.hash && scrollY < 50
        && document.getElementById(place.id)) {
      const link = make("a", { href: "#" + encodeURIComponent(place.id) }, place.title);
      const close = make("button", { type: "button", "aria-label": "Stay here" }, "✕");
      const note = make("p", { class: "resume", role: "status" }, make("span", {}, "You stopped at "), close);
      note.firstChild.append(link);
      for (const part of [link, close]) part.addEventListener("click", () => note.remove());
      document.querySelector("main").after(note);
      const start = scrollY;
      addEventListener("scroll", function leave() {
        if (Math.abs(scrollY - start) < innerHeight) return;
        removeEventListener("scroll", leave);
        note.remove();
      }, { passive: true });
    }
  }
  if (chapter || links.size) {
    let waits = false;
    addEventListener("scroll", () => {
      if (waits) return;
      waits = true;
      setTimeout(() => { waits = false; lookWhere(); }, 120);
    }, { passive: true });
    if (scrollY > 0) lookWhere();
  }

  // On the first page: how far each chapter was read, and where to go on.
  for (const item of all("ol.chapters li[data-id]")) {
    const place = kept(item.dataset.id);
    const said = item.querySelector(".meta");
    if (!place || !said || place.part < 0.03) continue;
    said.append(make("span", {}, place.part > 0.95 ? "read" : "read to " + Math.round(place.part * 100) + " %"));
  }
  const start = document.querySelector("a[data-start]");
  const last = memory.get("last." + course);
  if (start && last) {
    const item = all("ol.chapters li[data-id]").find((other) => other.dataset.id === last);
    const place = kept(last);
    const link = item && item.querySelector(".chapter-name a");
    if (link && place && place.part < 0.97) {
      start.href = link.getAttribute("href") + (place.id ? "#" + encodeURIComponent(place.id) : "");
      start.replaceChildren("Go on: ", make("span", {}, link.textContent));
    }
  }
  if (start) start.dataset.start = "set";

  // ---- Code: copied without the values beside its lines. ----

  for (const listing of all(".step > pre.listing, .folded > pre.listing, .quoted > pre.listing")) {
    const code = listing.querySelector("code");
    const button = make("button", { type: "button", class: "copy" }, "Copy");
    button.setAttribute("aria-label", "Copy this code");
    button.addEventListener("click", async () => {
      const copy = code.cloneNode(true);
      for (const value of all(".value", copy)) value.remove();
      let isDone = true;
      try { await navigator.clipboard.writeText(copy.textContent); } catch { isDone = false; }
      button.textContent = isDone ? "Copied" : "Select and copy";
      if (!isDone) getSelection().selectAllChildren(code);
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
    listing.after(button);
  }

  // What does not scroll sideways is no stop on the keyboard's way.
  function stops() {
    for (const part of all("pre[tabindex], .table[tabindex], .formula[tabindex], [data-scrolls]")) {
      part.setAttribute("data-scrolls", "");
      if (part.scrollWidth > part.clientWidth + 1) part.tabIndex = 0;
      else part.removeAttribute("tabindex");
    }
  }
  stops();
  let resized;
  addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(stops, 200); });
  document.addEventListener("toggle", stops, true);

  // A note beside a number goes away with Escape, and comes back with the next one.
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.body.classList.add("no-notes");
  });
  for (const kind of ["mouseover", "focusin"]) {
    addEventListener(kind, (event) => {
      if (event.target.closest && event.target.closest("[data-note]")) document.body.classList.remove("no-notes");
    });
  }

  // A link into a folded part unfolds it.
  function unfold() {
    const target = document.getElementById(decoded(location.hash));
    if (!target) return;
    let isFolded = false;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      isFolded = isFolded || !fold.open;
      fold.open = true;
    }
    if (isFolded) target.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();

  // ---- The ledger: show some of the claims. ----

  const filters = document.querySelector("form.filters");
  if (filters) {
    const selects = all("select", filters);
    const claims = all(".entry.claim");
    const output = make("output");
    filters.append(output);
    const show = () => {
      let count = 0;
      for (const claim of claims) {
        claim.hidden = !selects.every((select) => !select.value || claim.dataset[select.dataset.filter] === select.value);
        if (!claim.hidden) count += 1;
      }
      output.textContent = count === claims.length ? "" : count + " of " + claims.length + " shown";
    };
    for (const select of selects) select.addEventListener("change", show);
    filters.addEventListener("submit", (event) => event.preventDefault());
    show();
  }

  // ---- Search: an index that is loaded when it is first wanted. ----

  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  let entries = null;
  let loading = null;
  window.nibbleIndex = (rows) => {
    entries = rows.map(([kind, title, address, place, words]) => ({
      kind, title, address, place, plainTitle: plain(title), plainPlace: plain(place), words: " " + plain(words) + " ",
    }));
  };
  function load() {
    loading ||= new Promise((done) => {
      const script = make("script", { src: page.dataset.search });
      script.onload = script.onerror = done;
      document.head.append(script);
    });
    return loading;
  }

  // A title that is the question counts most, then one that begins with it, then its words; then what
  // is said under it. Terms come before chapters, chapters before steps, when all else is equal.
  const weight = { term: 1.35, chapter: 1.2, section: 1.1, claim: 1, page: 1.1, "wrong citation": 0.6, source: 0.95, step: 0.8 };
  function score(entry, query, tokens) {
    let total = 0;
    for (const token of tokens) {
      const at = entry.plainTitle.indexOf(token);
      const before = at > 0 ? entry.plainTitle[at - 1] : " ";
      const starts = at >= 0 && !/[a-z0-9]/.test(before);
      const after = entry.plainTitle[at + token.length] || " ";
      if (starts && !/[a-z0-9]/.test(after)) total += 12;
      else if (starts) total += 8;
      else if (at >= 0 && token.length > 2) total += 3;
      else if (entry.words.includes(" " + token + " ")) total += 3;
      else if (entry.words.includes(" " + token)) total += 2;
      else if (entry.plainPlace.includes(token)) total += 1.5;
      else return 0;
    }
    if (entry.plainTitle === query) total += 30;
    else if (entry.plainTitle.startsWith(query)) total += 8;
    else if (tokens.length > 1 && entry.plainTitle.includes(query)) total += 6;
    total /= tokens.length;
    return total * weight[entry.kind] + 2 / (10 + entry.plainTitle.length);
  }
  function find(text) {
    const query = plain(text).trim().replace(/\s+/g, " ");
    const tokens = query.split(" ").filter(Boolean);
    if (!entries || !tokens.length) return [];
    return entries.map((entry) => ({ entry, score: score(entry, query, tokens) }))
      .filter((found) => found.score > 0)
      .sort((one, other) => other.score - one.score)
      .slice(0, 24).map((found) => found.entry);
  }
  window.nibbleFind = find;

  let dialog = null;
  function build() {
    const input = make("input", {
      type: "search", role: "combobox", "aria-label": "Search the course", "aria-expanded": "false",
      "aria-controls": "_results", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
      placeholder: "A word, a method, a name",
    });
    const list = make("ul", { id: "_results", role: "listbox", "aria-label": "Results" });
    const said = make("p", { class: "said", role: "status" });
    dialog = make("dialog", { class: "search", "aria-label": "Search" }, input, list, said);
    document.body.append(dialog);
    let found = [];
    let chosen = -1;

    function choose(index) {
      const options = [...list.children];
      if (options[chosen]) options[chosen].setAttribute("aria-selected", "false");
      chosen = options.length ? (index + options.length) % options.length : -1;
      if (chosen < 0) return input.removeAttribute("aria-activedescendant");
      options[chosen].setAttribute("aria-selected", "true");
      options[chosen].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[chosen].id);
    }
    function marked(title, tokens) {
      const text = plain(title);
      if (text.length !== title.length) return [title];
      const parts = [];
      let index = 0;
      while (index < title.length) {
        const token = tokens.filter((other) => text.startsWith(other, index)).sort((a, b) => b.length - a.length)[0];
        const starts = index === 0 || !/[a-z0-9]/.test(text[index - 1]);
        if (token && starts) {
          parts.push(make("mark", {}, title.slice(index, index + token.length)));
          index += token.length;
        } else {
          if (typeof parts[parts.length - 1] !== "string") parts.push("");
          parts[parts.length - 1] += title[index];
          index += 1;
        }
      }
      return parts;
    }
    function show() {
      found = find(input.value);
      const tokens = plain(input.value).split(/\s+/).filter(Boolean);
      list.replaceChildren(...found.map((entry, index) => {
        const option = make("li", { role: "option", id: "_result-" + index, "aria-selected": "false" },
          make("span", { class: entry.kind === "step" ? "hit code" : "hit" }, ...marked(entry.title, tokens)),
          make("span", { class: "kind" }, entry.kind));
        if (entry.place) option.append(make("span", { class: "where" }, entry.place));
        option.addEventListener("click", () => go(index));
        option.addEventListener("mousemove", () => { if (chosen !== index) choose(index); });
        return option;
      }));
      list.scrollTop = 0;
      chosen = -1;
      input.setAttribute("aria-expanded", String(found.length > 0));
      if (found.length) choose(0); else input.removeAttribute("aria-activedescendant");
      said.textContent = !entries ? "The index could not be read." : !tokens.length ? "Headings, steps, terms, claims, sources. Arrows choose, Enter goes, Esc closes."
        : found.length ? found.length + (found.length === 24 ? " or more" : "") + (found.length === 1 ? " place" : " places")
        : "Nothing found.";
    }
    function go(index) {
      const entry = found[index];
      if (!entry) return;
      dialog.close();
      location.href = root + entry.address;
    }
    input.addEventListener("input", show);
    input.addEventListener("keydown", (event) => {
      const moves = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: Math.min(chosen + 6, found.length - 1), PageUp: Math.max(chosen - 6, 0) };
      if (event.key in moves) { event.preventDefault(); choose(moves[event.key]); }
      else if (event.key === "Enter") { event.preventDefault(); go(chosen); }
      else if (event.key === "Escape") { event.preventDefault(); dialog.close(); }
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.open_ = async () => {
      dialog.showModal();
      input.focus();
      input.select();
      await load();
      show();
    };
  }
  function search() {
    if (!dialog) build();
    if (!dialog.open) dialog.open_();
  }
  const opener = document.querySelector(".search-open");
  if (opener) {
    opener.setAttribute("aria-keyshortcuts", "/");
    opener.addEventListener("click", search);
    addEventListener("keydown", (event) => {
      const isTyping = event.target.closest && event.target.closest("input, select, textarea, [contenteditable]");
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      search();
    });
  }

  // ---- On paper nothing is folded. ----

  addEventListener("beforeprint", () => {
    for (const fold of all("main details:not([open])")) {
      fold.open = true;
      fold.dataset.printed = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const fold of all("details[data-printed]")) {
      fold.open = false;
      delete fold.dataset.printed;
    }
  });
})();
