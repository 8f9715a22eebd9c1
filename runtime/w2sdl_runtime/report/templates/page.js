// What a page gains from a script: theme, copying, sorting, sources on hover. It adds no content.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;

  // -- theme: as the system has it, or as chosen; remembered where the browser allows it ----------
  const themes = ["system", "light", "dark"];
  const button = document.getElementById("theme");
  const stored = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("w2sdl-theme");
      localStorage.setItem("w2sdl-theme", value);
    } catch { /* a file without storage: the choice lasts as long as the page */ }
    return null;
  };
  const show = (theme) => {
    if (theme === "system") delete root.dataset.theme; else root.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  let theme = themes.includes(stored()) ? stored() : "system";
  show(theme);
  button.hidden = false;
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    stored(theme);
    show(theme);
  });

  // -- commands: a button that copies --------------------------------------------------------------
  const addCopy = (command) => {
    if (command.nextElementSibling?.className === "copy") return;
    const copy = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
    copy.addEventListener("click", async () => {
      const done = await copyText(command);
      copy.textContent = done ? "Copied" : "Selected: press Ctrl+C";
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    });
    command.after(copy);
  };
  const copyText = async (element) => {
    try {
      await navigator.clipboard.writeText(element.textContent);
      return true;
    } catch { // no clipboard for a file: the text is selected instead
      getSelection().selectAllChildren(element);
      return document.execCommand("copy");
    }
  };
  all("pre.command").forEach(addCopy);

  // -- numbers: what they come from opens on hover too, and stays while the mouse is on it ----------
  let waiting = 0;
  const sourceOf = (button) => document.getElementById(button.getAttribute("popovertarget"));
  const open = (button) => {
    const source = sourceOf(button);
    if (!source || source.matches(":popover-open")) return;
    all(".command", source).forEach(addCopy);
    source.showPopover({ source: button });
  };
  const close = (event) => {
    clearTimeout(waiting);
    const source = all(".source:popover-open")[0];
    const within = event.relatedTarget?.closest?.(".source, .v");
    if (source && !source.dataset.pinned && !(within && (within === source || sourceOf(within) === source))) source.hidePopover();
  };
  document.addEventListener("pointerover", (event) => {
    const button = event.pointerType === "mouse" && event.target.closest("button.v");
    if (button) { clearTimeout(waiting); waiting = setTimeout(open, 300, button); }
  });
  document.addEventListener("pointerout", (event) => {
    if (event.target.closest("button.v, .source")) setTimeout(close, 200, event);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("button.v:focus-visible")) open(event.target);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.v");
    if (!button) return;
    event.preventDefault(); // a number that is hovered is open: a click keeps it so
    clearTimeout(waiting);
    open(button);
    sourceOf(button).dataset.pinned = "yes";
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.(".source") && event.newState === "closed") delete event.target.dataset.pinned;
  }, true);

  // -- what scrolls by itself can be scrolled by keyboard ---------------------------------------------
  for (const box of all(".scroll:not([tabindex]), pre:not([tabindex])")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;

  // -- tables: a click on a head sorts by it ---------------------------------------------------------
  const valueOf = (cell) => {
    const text = cell.dataset.value ?? cell.textContent.trim();
    const number = Number(text.replace(/,/g, "").replace("−", "-"));
    return text !== "" && !Number.isNaN(number) ? number : text;
  };
  const compare = (a, b) => {
    if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
    return typeof a === "number" ? 1 : -1; // what has no number comes before all numbers
  };
  const sort = (head) => {
    const table = head.closest("table"), body = table.tBodies[0], at = head.cellIndex;
    const down = head.getAttribute("aria-sort") === "ascending" || (!head.hasAttribute("aria-sort") && head.classList.contains("n"));
    all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => [valueOf(row.cells[at]), row]);
    rows.sort((a, b) => (down ? -1 : 1) * compare(a[0], b[0]));
    body.append(...rows.map((pair) => pair[1]));
  };
  for (const head of all("table.sortable thead th")) {
    const sorter = Object.assign(document.createElement("button"), { type: "button", className: "sort" });
    sorter.append(...head.childNodes);
    sorter.addEventListener("click", () => sort(head));
    head.append(sorter);
  }

  // -- contents: the section that is being read ------------------------------------------------------
  const links = new Map(all(".contents a[href^='#']").map((link) => [link.hash.slice(1), link]));
  const here = () => {
    const above = all("main, main > section").filter((part) => links.has(part.id) && part.getBoundingClientRect().top < innerHeight / 3);
    const current = links.get(above.at(-1)?.id);
    links.forEach((link) => (link === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  };
  addEventListener("scroll", () => requestAnimationFrame(here), { passive: true });
  here();

  // -- a place within closed details opens them; paper has all of them open -----------------------------
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
