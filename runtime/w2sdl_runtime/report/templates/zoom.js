// A picture that zooms and pans (wheel with Ctrl, drag, pinch, keys, buttons), and says what a box is.
(() => {
  "use strict";
  const NEAREST = 12, STEP = 1.4;

  function zoomable(figure) {
    const svg = figure.querySelector("svg.dag"), box = svg.viewBox.baseVal;
    const whole = { x: box.x, y: box.y, width: box.width, height: box.height };
    let view = { ...whole };

    const look = (next) => {
      const width = Math.min(whole.width, Math.max(whole.width / NEAREST, next.width));
      const height = width * (whole.height / whole.width);
      const within = (at, size, all) => Math.min(all - size, Math.max(0, at));
      view = { x: within(next.x, width, whole.width), y: within(next.y, height, whole.height), width, height };
      svg.setAttribute("viewBox", [view.x, view.y, view.width, view.height].map((n) => n.toFixed(2)).join(" "));
      figure.classList.toggle("zoomed", view.width < whole.width - 0.5);
    };
    const middle = () => ({ x: view.x + view.width / 2, y: view.y + view.height / 2 });
    const zoom = (by, at = middle()) => look({
      x: at.x - (at.x - view.x) / by, y: at.y - (at.y - view.y) / by, width: view.width / by,
    });
    const pan = (x, y) => look({ ...view, x: view.x + x, y: view.y + y });
    const point = (event) => {
      const place = svg.getBoundingClientRect();
      return {
        x: view.x + ((event.clientX - place.left) / place.width) * view.width,
        y: view.y + ((event.clientY - place.top) / place.height) * view.height,
      };
    };

    const actions = { in: () => zoom(STEP), out: () => zoom(1 / STEP), all: () => look(whole) };
    const bar = figure.querySelector(".zoom");
    bar.hidden = false;
    bar.addEventListener("click", (event) => actions[event.target.closest("button")?.dataset.zoom]?.());

    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 300), point(event));
    }, { passive: false });
    svg.addEventListener("dblclick", (event) => zoom(STEP * STEP, point(event)));
    svg.addEventListener("keydown", (event) => {
      const by = view.width / 8;
      const keys = {
        "+": actions.in, "=": actions.in, "-": actions.out, 0: actions.all,
        ArrowLeft: () => pan(-by, 0), ArrowRight: () => pan(by, 0), ArrowUp: () => pan(0, -by), ArrowDown: () => pan(0, by),
      };
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
    drag(svg, figure, point, pan, zoom);
    // Who reaches a box by keyboard must see it.
    svg.addEventListener("focusin", (event) => {
      const link = event.target.closest("a");
      if (!link || !figure.classList.contains("zoomed")) return;
      const at = link.getBBox();
      look({ ...view, x: at.x + at.width / 2 - view.width / 2, y: at.y + at.height / 2 - view.height / 2 });
    });
  }

  function drag(svg, figure, point, pan, zoom) {
    const fingers = new Map();
    let moved = 0;
    const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY); };
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      fingers.set(event.pointerId, event);
      moved = 0;
    });
    addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      if (fingers.size === 2) {
        const apart = spread(), [a, b] = [...fingers.values()];
        fingers.set(event.pointerId, event);
        zoom(spread() / apart, point({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 }));
      } else if (figure.classList.contains("zoomed")) {
        const from = point(before), to = point(event);
        fingers.set(event.pointerId, event);
        pan(from.x - to.x, from.y - to.y);
      }
      moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
    });
    const end = (event) => fingers.delete(event.pointerId);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    svg.addEventListener("click", (event) => { if (moved > 6) event.preventDefault(); }, true); // a drag is no click
    svg.addEventListener("dragstart", (event) => event.preventDefault());
  }

  // What a box is, beside it: the text of its <title>, which browsers show on hover only.
  function cards(figure) {
    const card = figure.querySelector(".card");
    const told = new Map();
    for (const link of figure.querySelectorAll("svg.dag a")) {
      const title = link.querySelector("title");
      told.set(link, title.textContent);
      title.remove();
    }
    const show = (event) => {
      const link = event.target.closest("a");
      if (!told.has(link)) return;
      card.textContent = told.get(link);
      card.hidden = false;
      const box = link.getBoundingClientRect(), frame = figure.getBoundingClientRect();
      const left = Math.min(box.left - frame.left, frame.width - card.offsetWidth);
      card.style.left = `${Math.max(0, left)}px`;
      card.style.top = `${box.bottom - frame.top + 8}px`;
    };
    const hide = () => { card.hidden = true; };
    for (const kind of ["pointerover", "focusin"]) figure.addEventListener(kind, show);
    for (const kind of ["pointerout", "focusout"]) figure.addEventListener(kind, hide);
    figure.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  }

  for (const figure of document.querySelectorAll("figure.design")) { zoomable(figure); cards(figure); }
})();
