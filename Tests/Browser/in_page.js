// What the checks ask of a page, from inside it. Returns `checks`, a set of functions; each gives
// findings as { element, what, expected }.
(() => {
  "use strict";

  // ---- Words --------------------------------------------------------------------------------

  function describe(element) {
    if (!element || element.nodeType !== 1) return "the page";
    const id = element.id ? `#${element.id}` : "";
    const names = [...element.classList].slice(0, 2).map((name) => `.${name}`).join("");
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.localName}${id}${names}>${text ? ` "${text}"` : ""}`;
  }

  function finding(element, what, expected) {
    return { element: describe(element), what, expected };
  }

  const isShown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  // ---- Colour -------------------------------------------------------------------------------

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colours = new Map();

  // Any CSS colour as [red, green, blue, alpha], all from 0 to 1; the canvas knows every notation.
  function colour(text) {
    if (!colours.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = "#000";
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      colours.set(text, [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => byte / 255));
    }
    return colours.get(text);
  }

  function over(top, bottom) {
    const alpha = top[3] + bottom[3] * (1 - top[3]);
    if (alpha === 0) return [0, 0, 0, 0];
    const mixed = [0, 1, 2].map(
      (i) => (top[i] * top[3] + bottom[i] * bottom[3] * (1 - top[3])) / alpha);
    return [...mixed, alpha];
  }

  const faded = (value, opacity) => [value[0], value[1], value[2], value[3] * opacity];

  // WCAG 2.2, "relative luminance" and "contrast ratio".
  function luminance(value) {
    const [red, green, blue] = value.slice(0, 3).map(
      (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function ratio(first, second) {
    const [light, dark] = [luminance(first), luminance(second)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  const hex = (value) =>
    `#${value.slice(0, 3).map((part) => Math.round(part * 255).toString(16).padStart(2, "0")).join("")}`;

  function opacity(element) {
    let product = 1;
    for (let at = element; at; at = at.parentElement) product *= Number(getComputedStyle(at).opacity);
    return product;
  }

  // A picture behind text; a hairline drawn as a background is none.
  function hasPicture(style) {
    if (style.backgroundImage === "none") return false;
    const height = style.backgroundSize.split(",")[0].trim().split(" ")[1] || "";
    return !(height.endsWith("px") && parseFloat(height) <= 3);
  }

  // What is behind an element: every background up to the first that covers, from the top down; in a
  // drawing, the shapes painted before it at its middle.
  function background(element) {
    const layers = [];
    const drawing = element.closest("svg");
    if (drawing) layers.push(...shapesBehind(element, drawing));
    let picture = null;
    for (let at = drawing || element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (hasPicture(style) && at.localName !== "html") picture = picture || at;
      const layer = faded(colour(style.backgroundColor), opacity(at));
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark")
      && matchMedia("(prefers-color-scheme: dark)").matches;
    const canvasColour = dark ? [0.071, 0.071, 0.071, 1] : [1, 1, 1, 1];
    const result = layers.reverse().reduce((below, layer) => over(layer, below), canvasColour);
    return { colour: result, picture };
  }

  function shapesBehind(text, drawing) {
    const box = text.getBoundingClientRect();
    const middle = new DOMPoint(box.left + box.width / 2, box.top + box.height / 2);
    const layers = [];
    for (const shape of drawing.querySelectorAll("rect, path, circle, ellipse, polygon")) {
      if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
      if (shape.closest("defs, clipPath, mask")) continue;
      const style = getComputedStyle(shape);
      const matrix = shape.getScreenCTM();
      if (style.fill === "none" || !matrix || !isShown(shape)) continue;
      if (!shape.isPointInFill(middle.matrixTransform(matrix.inverse()))) continue;
      layers.unshift(faded(colour(style.fill), Number(style.fillOpacity) * opacity(shape)));
    }
    return layers;
  }

  function contrastOf(element, style, text) {
    const isDrawn = element.namespaceURI === "http://www.w3.org/2000/svg";
    const own = isDrawn
      ? faded(colour(style.fill), Number(style.fillOpacity)) : colour(style.color);
    const behind = background(element);
    if (behind.picture) {
      return finding(
        element, `text over the background picture of ${describe(behind.picture)}`,
        "a plain colour behind text, so that its contrast is known");
    }
    const front = over(faded(own, opacity(element)), behind.colour);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const least = isLarge ? 3 : 4.5;
    const found = ratio(front, behind.colour);
    if (found >= least) return null;
    const words = text ? ` of "${text.trim().slice(0, 40)}"` : "";
    return finding(
      element, `contrast ${found.toFixed(2)}${words}: ${hex(front)} on ${hex(behind.colour)}`,
      `at least ${least}`);
  }

  function contrast() {
    for (const animation of document.getAnimations()) {
      try { animation.finish(); } catch { animation.cancel(); }
    }
    const found = [];
    const seen = new Set();
    const note = (problem) => {
      if (problem && !seen.has(problem.element + problem.what)) {
        seen.add(problem.element + problem.what);
        found.push(problem);
      }
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const elements = new Map();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || elements.has(element)) continue;
      elements.set(element, node.data);
    }
    for (const [element, text] of elements) {
      if (element.closest("script, style, template, noscript, title, desc, annotation")) continue;
      if (!isShown(element) || element.closest(":disabled")) continue;
      const box = element.getBoundingClientRect();
      if (box.width <= 1 && box.height <= 1) continue; // for screen readers alone
      note(contrastOf(element, getComputedStyle(element), text));
    }
    for (const element of document.body.querySelectorAll("*")) {
      if (!isShown(element)) continue;
      for (const part of ["::before", "::after"]) {
        const style = getComputedStyle(element, part);
        const text = style.content.startsWith('"') ? style.content.slice(1, -1).trim() : "";
        if (text && style.display !== "none" && Number(style.opacity) > 0) {
          note(contrastOf(element, style, text));
        }
      }
      if (element.placeholder) {
        note(contrastOf(element, getComputedStyle(element, "::placeholder"), element.placeholder));
      }
    }
    return found;
  }

  // ---- Width --------------------------------------------------------------------------------

  function unfold() {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
  }

  // Elements that stick out to the right and that no scrolling part of the page holds.
  function width() {
    const page = document.documentElement;
    const limit = page.clientWidth;
    const found = [];
    for (const element of document.body.querySelectorAll("*")) {
      if (element.parentElement.closest("svg, math") || !isShown(element)) continue;
      const box = element.getBoundingClientRect();
      if (box.width <= 1 || box.right <= limit + 1) continue;
      let holder = element.parentElement;
      while (holder && holder !== document.body
        && getComputedStyle(holder).overflowX === "visible") holder = holder.parentElement;
      const overflow = holder && holder !== document.body
        ? getComputedStyle(holder).overflowX : "visible";
      if (overflow === "auto" || overflow === "scroll") continue;
      if (holder && holder !== document.body
        && holder.getBoundingClientRect().width <= 1) continue;
      const isInner = found.some((other) => other.node.contains(element));
      if (!isInner) found.push({ node: element, right: box.right });
    }
    const problems = found.map(({ node, right }) => finding(
      node, `reaches ${Math.round(right)} px, and the page ends at ${limit} px`,
      "nothing wider than the page; wide parts scroll by themselves"));
    if (page.scrollWidth > limit && problems.length === 0) {
      problems.push(finding(
        page, `the page scrolls sideways: ${page.scrollWidth} px in ${limit} px`,
        "no sideways scrolling"));
    }
    return problems;
  }

  // ---- Structure ----------------------------------------------------------------------------

  function structure() {
    const found = [];
    if (!document.documentElement.lang) {
      found.push(finding(document.documentElement, "the page does not say its language", "lang"));
    }
    if (!document.title.trim()) found.push(finding(null, "the page has no title", "a <title>"));
    const headings = [...document.querySelectorAll("h1")].filter(isShown);
    if (headings.length !== 1) {
      found.push(finding(headings[1], `${headings.length} headings of the first level`, "one <h1>"));
    }
    const ids = new Set();
    for (const element of document.querySelectorAll("[id]")) {
      if (ids.has(element.id)) {
        found.push(finding(element, `the id ${element.id} is used twice`, "one element an id"));
      }
      ids.add(element.id);
    }
    for (const element of document.querySelectorAll("img:not([alt])")) {
      found.push(finding(element, "an image without alt", "alt, empty where it only decorates"));
    }
    for (const drawing of document.querySelectorAll("svg")) {
      if (drawing.closest("[aria-hidden=true]") || drawing.closest("svg") !== drawing) continue;
      const label = drawing.getAttribute("aria-label") || drawing.getAttribute("aria-labelledby")
        || drawing.querySelector(":scope > title")?.textContent;
      if (!label) {
        found.push(finding(drawing, "a drawing without a name", "aria-label, or aria-hidden"));
      }
    }
    for (const element of focusable()) {
      const name = element.getAttribute("aria-label") || element.getAttribute("aria-labelledby")
        || element.textContent.trim() || element.title || element.labels?.length
        || element.querySelector("img[alt]:not([alt='']), [aria-label]");
      if (!name) {
        found.push(finding(element, "something to act on without a name", "text or aria-label"));
      }
    }
    for (const link of document.querySelectorAll(
      "link[rel~=preconnect], link[rel~=dns-prefetch], link[rel~=prefetch], link[rel~=prerender]")) {
      found.push(finding(link, `would reach ${link.href} before it is asked for`, "no such link"));
    }
    return found;
  }

  function links() {
    return {
      ids: [...document.querySelectorAll("[id], a[name]")].map(
        (element) => element.id || element.name),
      addresses: [...document.querySelectorAll("a[href], area[href], form[action]")].map(
        (element) => ({
          element: describe(element), address: element.href || element.action,
          written: element.getAttribute("href") || element.getAttribute("action"),
        })),
    };
  }

  // ---- Keyboard -----------------------------------------------------------------------------

  function focusable() {
    const all = document.querySelectorAll(
      "a[href], area[href], button, input, select, textarea, summary, iframe, [tabindex], "
      + "[contenteditable]");
    return [...all].filter((element) => {
      if (element.disabled || element.type === "hidden" || element.closest("[inert]")) return false;
      if (element.localName === "summary" && element !== element.parentElement.querySelector(
        ":scope > summary")) return false;
      if (element.hasAttribute("tabindex") && element.tabIndex < 0) return false;
      return element.checkVisibility({ visibilityProperty: true });
    });
  }

  const looks = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "backgroundColor",
    "color", "borderTopColor", "borderBottomColor", "borderBottomWidth", "textDecorationLine",
    "textDecorationThickness"];

  function look(element) {
    const style = getComputedStyle(element);
    return Object.fromEntries(looks.map((name) => [name, style[name]]));
  }

  let walk = null;

  // Watches where the focus goes from now on, and how what has it looks.
  function beginWalk() {
    const expected = focusable();
    walk = { expected, before: new Map(), visited: [], problems: [] };
    for (const element of expected) walk.before.set(element, look(element));
    document.addEventListener("focusin", (event) => {
      const element = event.target;
      if (walk.visited.includes(element)) return;
      walk.visited.push(element);
      arrive(element);
    });
    for (const element of expected) {
      if (element.tabIndex > 0) {
        walk.problems.push(finding(
          element, `tabindex ${element.tabIndex} takes it out of the order of the text`,
          "tabindex 0 or none"));
      }
    }
    return expected.length;
  }

  function arrive(element) {
    const box = element.getBoundingClientRect();
    const isOnPage = box.right + scrollX > 0 && box.bottom + scrollY > 0
      && box.left + scrollX < document.documentElement.scrollWidth && box.width > 0;
    if (!isOnPage || opacity(element) < 0.1) {
      walk.problems.push(finding(
        element, "cannot be seen while it has the focus", "in sight whenever it has the focus"));
      return;
    }
    const before = walk.before.get(element);
    if (!before) return;
    const after = look(element);
    const hasOutline = after.outlineStyle !== "none" && parseFloat(after.outlineWidth) > 0;
    const changed = looks.filter(
      (name) => !name.startsWith("outline") && before[name] !== after[name]);
    if (!hasOutline && changed.length === 0) {
      walk.problems.push(finding(
        element, "looks the same with and without the focus", "an outline, or another visible change"));
      return;
    }
    const behind = background(element.parentElement || element).colour;
    if (hasOutline && changed.length === 0
      && ratio(over(colour(after.outlineColor), behind), behind) < 3) {
      walk.problems.push(finding(
        element, `its outline ${after.outlineColor} hardly shows on ${hex(behind)}`,
        "contrast of at least 3"));
    }
    if (element.textContent.trim()) {
      const problem = contrastOf(element, getComputedStyle(element), element.textContent);
      if (problem) walk.problems.push({ ...problem, what: `with the focus, ${problem.what}` });
    }
  }

  // What was not reached, and what looked wrong on the way.
  function endWalk() {
    const missed = walk.expected.filter((element) => !walk.visited.includes(element)
      && element.checkVisibility({ visibilityProperty: true }));
    return walk.problems.concat(missed.map((element) => finding(
      element, "the Tab key never reaches it", "everything to act on is reached")));
  }

  const visitedCount = () => walk.visited.length;

  // The first stop should lead past everything to the text.
  function skipLink() {
    const first = walk.visited[0];
    const target = first?.localName === "a" && first.getAttribute("href")?.startsWith("#")
      ? document.getElementById(decodeURIComponent(first.hash.slice(1))) : null;
    if (target) return [];
    return [finding(
      first, "is the first stop of the Tab key, and leads to no place on the page",
      "a link that skips to the text comes first")];
  }

  // After Enter on the skip link and one more Tab.
  function afterSkip() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const active = document.activeElement;
    if (!target) {
      return [finding(null, "Enter on the skip link leads nowhere", "the text")];
    }
    const isAfter = (element) =>
      target.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
    // A text without a stop sends the focus round to the start.
    if (active === document.body || isAfter(active) || !focusable().some(isAfter)) return [];
    return [finding(active, "has the focus after the skip link and Tab", "the first stop in the text")];
  }

  const folds = () => [...document.querySelectorAll("details > summary")].filter(isShown);

  function focusFold(index) {
    const summary = folds()[index];
    summary.focus();
    return summary.parentElement.open;
  }

  const isFoldOpen = (index) => folds()[index].parentElement.open;

  function foldProblem(index, key) {
    return [finding(
      folds()[index], `${key} does not open or close it`, "Enter and Space both do")];
  }

  // ---- Paper --------------------------------------------------------------------------------

  // With print styles on, after the page was told that it will be printed.
  function paper() {
    const found = [];
    for (const fold of document.querySelectorAll("main details")) {
      const parts = [...fold.children].filter((part) => part.localName !== "summary");
      const isHidden = parts.some((part) => part.textContent.trim() && !part.checkVisibility());
      if (isHidden && fold.parentElement.checkVisibility()) {
        found.push(finding(fold, "is folded on paper", "everything folded is open in print"));
      }
    }
    for (const element of document.querySelectorAll("button, input, select, nav")) {
      if (element.checkVisibility({ visibilityProperty: true })) {
        found.push(finding(element, "is printed", "no interface on paper"));
      }
    }
    return found;
  }

  // ---- Movement -----------------------------------------------------------------------------

  function shifts() {
    return new Promise((resolve) => {
      const entries = [];
      const observer = new PerformanceObserver((list) => entries.push(...list.getEntries()));
      observer.observe({ type: "layout-shift", buffered: true });
      setTimeout(() => {
        entries.push(...observer.takeRecords());
        observer.disconnect();
        const moved = entries.filter((entry) => !entry.hadRecentInput);
        const sum = moved.reduce((total, entry) => total + entry.value, 0);
        if (sum <= 0.001) { resolve([]); return; }
        const element = moved.flatMap((entry) => entry.sources || []).map((source) => source.node)
          .map((node) => (node?.nodeType === 3 ? node.parentElement : node)).find((node) => node);
        resolve([finding(
          element, `the layout shifts by ${sum.toFixed(4)} while the page loads`, "no shift")]);
      }, 150);
    });
  }

  window.nibbleChecks = {
    contrast, unfold, width, structure, links, beginWalk, endWalk, visitedCount, skipLink, afterSkip,
    folds: () => folds().length, focusFold, isFoldOpen, foldProblem, paper, shifts,
  };
})();
