// Small conveniences; every page says everything without them.
(() => {
  "use strict";

  // Storage may be refused, for example for files opened from a folder.
  const memory = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept */ } },
  };

  // Who reads: pressed again, everything shows.
  const buttons = [...document.querySelectorAll("button.persona")];
  function choose(persona) {
    const isKnown = buttons.some((button) => button.dataset.persona === persona);
    document.body.classList.toggle("personal", isKnown);
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.persona === persona));
    }
    for (const section of document.querySelectorAll("section.audience")) {
      section.hidden = isKnown && !section.dataset.for.split(" ").includes(persona);
    }
  }
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const isPressed = button.getAttribute("aria-pressed") === "true";
      const persona = isPressed ? "" : button.dataset.persona;
      memory.set("nibble.persona", persona);
      choose(persona);
    });
  }
  choose(memory.get("nibble.persona") || "");

  // Contents stand open at the side where there is room for them.
  const contents = document.querySelector("details.contents");
  const wide = matchMedia("(min-width: 84rem)");
  const unfold = () => { if (contents) contents.open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();

  // Copy a step without the values beside its lines.
  for (const step of document.querySelectorAll(".step")) {
    const code = step.querySelector("pre.listing code");
    if (!code || !navigator.clipboard) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const copy = code.cloneNode(true);
      for (const value of copy.querySelectorAll(".value")) value.remove();
      await navigator.clipboard.writeText(copy.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    step.append(button);
  }

  // On paper nothing is folded.
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("main details:not([open])")) {
      fold.open = true;
      fold.dataset.printed = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const fold of document.querySelectorAll("details[data-printed]")) {
      fold.open = false;
      delete fold.dataset.printed;
    }
  });
})();
