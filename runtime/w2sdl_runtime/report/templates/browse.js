// The browser of items: filters, sorts and shows what was said of each. Without it a few items stand as text.
// Whatever comes from models or files is put in as text, by textContent.
(() => {
  "use strict";
  const place = document.getElementById("browser");
  const source = document.getElementById("browser-data");
  if (!place || !source) return;
  const data = JSON.parse(source.textContent);
  const HALF = 500, STEPS = 1000, LABEL = 90;

  const state = { part: 0, point: {}, weak: "", student: "", outcome: "any", of: "", is: "any",
                  text: "", sort: "drawn", open: "", wide: false };
  let listed = [];

  // -- elements -----------------------------------------------------------------------------------

  function h(tag, props, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter(child => child != null && child !== ""));
    return element;
  }

  function choice(label, value, options, chosen) {
    const select = h("select", { onchange: () => { chosen(select.value); update(); } });
    for (const [name, text] of options) {
      const option = h("option", { value: name }, text);
      option.selected = name === value;
      select.append(option);
    }
    return h("label", {}, label, select);
  }

  const isolated = text => h("bdi", {}, text);
  const capital = text => text.slice(0, 1).toUpperCase() + text.slice(1);
  const name = arm => h("span", { class: "name" }, h("span", { class: `dot r-${arm.ink}` }), arm.of);

  // -- what is known of items ---------------------------------------------------------------------

  const part = () => data.parts[state.part];
  const names = () => [...new Set(part().arms.map(arm => arm.of))];
  const fits = (at, point) => Object.entries(at).every(([axis, p]) => (point[axis] ?? p) === p);
  const armAt = (of, point = state.point) => part().arms.findIndex(a => a.of === of && fits(a.at, point));
  const isRight = (item, arm) => item.w[arm] === "1";
  const sureness = (item, arm) => Math.abs((item.s[arm] ?? HALF) - HALF);

  function same(item, one, other) {
    return item.l ? item.l[one] === item.l[other] : isRight(item, one) === isRight(item, other);
  }

  const outcomes = {
    any: ["any outcome", () => true],
    gained: ["{s} right, {w} wrong", (i, w, s) => !isRight(i, w) && isRight(i, s)],
    lost: ["{s} wrong, {w} right", (i, w, s) => isRight(i, w) && !isRight(i, s)],
    imitated: ["the error of {w} imitated by {s}", (i, w, s) => !isRight(i, w) && !isRight(i, s) && same(i, w, s)],
    wrong: ["both wrong", (i, w, s) => !isRight(i, w) && !isRight(i, s)],
    right: ["both right", (i, w, s) => isRight(i, w) && isRight(i, s)],
    differ: ["{s} and {w} disagree", (i, w, s) => !same(i, w, s)],
  };

  const sorts = {
    drawn: ["flips first, as drawn", null],
    sure: ["{s}: surest first", (i, w, s) => -sureness(i, s)],
    unsure: ["{s}: least sure first", (i, w, s) => sureness(i, s)],
    surely_wrong: ["{s}: surest errors first", (i, w, s) => isRight(i, s) ? 1 : -sureness(i, s)],
    apart: ["furthest from {w} first", (i, w, s) => -Math.abs((i.s[s] ?? HALF) - (i.s[w] ?? HALF))],
  };

  const worded = text => text.replace("{s}", state.student).replace("{w}", state.weak);

  function words(item) {
    const flat = pieces => (pieces || []).map(p => typeof p === "string" ? p : p[0]).join("");
    const turns = Object.values(item.t || {}).flatMap(t => (t.u || []).map(turn => flat(turn.x)));
    item.words ??= [item.id, item.q, item.c, item.r, flat(item.p), ...turns].join("\n").toLowerCase();
    return item.words;
  }

  function matches(item) {
    if (state.text && !words(item).includes(state.text.toLowerCase())) return false;
    const arm = armAt(state.of);
    return state.is === "any" || arm < 0 || isRight(item, arm) === (state.is === "right");
  }

  // -- what is shown ------------------------------------------------------------------------------

  function update() {
    const weak = armAt(state.weak), student = armAt(state.student);
    const compared = weak >= 0 && student >= 0;
    const found = part().items.filter(matches);
    const test = outcomes[state.outcome][1], key = sorts[state.sort][1];
    listed = compared ? found.filter(item => test(item, weak, student)) : found;
    if (key && compared) listed.sort((a, b) => key(a, weak, student) - key(b, weak, student));
    if (!listed.some(item => item.id === state.open)) state.open = listed.length ? listed[0].id : "";
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    controls.replaceChildren(...filters(found, weak, student, compared));
    about.textContent = `${capital(part().told)}${data.place ? `, at ${data.place}` : ""}.`;
    count.textContent = `${listed.length.toLocaleString("en")} of ${part().items.length.toLocaleString("en")} match`;
    list.replaceChildren(...listed.map(item => row(item, weak, student)));
    if (focused) document.getElementById(focused)?.focus();
    show();
  }

  function filters(found, weak, student, compared) {
    const own = names().map(of => [of, of]), made = [];
    if (data.parts.length > 1)
      made.push(choice("Rows", String(state.part), data.parts.map((p, at) => [String(at), p.name]), at => choosePart(Number(at))));
    for (const axis of part().axes.filter(axis => axis.points.length > 1))
      made.push(choice(axis.name, state.point[axis.name], axis.points.map(p => [p, p]), p => { state.point[axis.name] = p; }));
    if (own.length > 1) {
      made.push(choice("Compare", state.weak, own, of => { state.weak = of; }));
      made.push(choice("with", state.student, own, of => { state.student = of; }));
    }
    if (compared && weak !== student) {
      const counted = Object.entries(outcomes).map(([kind, [text, test]]) =>
        [kind, `${worded(text)} (${found.filter(item => test(item, weak, student)).length})`]);
      made.push(choice("Outcome", state.outcome, counted, kind => { state.outcome = kind; }));
    }
    made.push(choice("Where", state.of, own, of => { state.of = of; }));
    made.push(choice("is", state.is, [["any", "right or wrong"], ["right", "right"], ["wrong", "wrong"]], is => { state.is = is; }));
    if (compared && part().arms.some((arm, at) => part().items[0]?.s[at] != null)) {
      const alone = weak === student;
      const orders = Object.entries(sorts).filter(([kind]) => !alone || kind !== "apart")
        .map(([kind, [text]]) => [kind, alone && kind === "drawn" ? "as drawn" : worded(text)]);
      made.push(choice("Order", state.sort, orders, kind => { state.sort = kind; }));
    }
    if (part().talks.length > 1)
      made.push(choice("Transcripts", state.wide ? "all" : "one", [["one", "at this point"], ["all", "all, side by side"]], w => { state.wide = w === "all"; }));
    made.forEach((label, at) => { label.querySelector("select").id = `browse-${at}`; });
    return made;
  }

  function row(item, weak, student) {
    const mark = arm => arm < 0 ? null : h("span", { class: isRight(item, arm) ? "yes" : "no" },
      isRight(item, arm) ? "✓" : "✗", h("span", { class: "sr" }, ` ${part().arms[arm].of} ${isRight(item, arm) ? "right" : "wrong"}`));
    const text = [item.q, part().asked.pairs ? null : item.c].filter(Boolean).join(" ") || item.id;
    const open = item.id === state.open;
    return h("li", { role: "option", id: `row-${item.id}`, "aria-selected": String(open), onclick: () => choose(item.id) },
      h("span", { class: "marks" }, mark(weak), weak === student ? null : mark(student)),
      image(item) || isolated(text.length > LABEL ? `${text.slice(0, LABEL)}…` : text));
  }

  // An item that is an image of grey levels, row by row; null of any other.
  function image(item) {
    const side = part().side, levels = side ? (item.q || "").split(" ").map(Number) : [];
    if (!side || levels.length !== side * side || levels.some(Number.isNaN)) return null;
    const canvas = h("canvas", { class: "pixels", width: side, height: side, role: "img", "aria-label": `${side} × ${side} pixels, item ${item.id}` });
    const darkest = Math.max(1, ...levels), pixels = new ImageData(side, side);
    levels.forEach((level, at) => pixels.data.set([0, 0, 0, Math.round(255 * level / darkest)], 4 * at));
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return canvas;
  }

  function choose(id) {
    state.open = id;
    for (const option of list.children) option.setAttribute("aria-selected", String(option.id === `row-${id}`));
    history.replaceState(null, "", `#item-${encodeURIComponent(id)}`);
    show();
  }

  function show() {
    const item = listed.find(one => one.id === state.open);
    if (item) list.setAttribute("aria-activedescendant", `row-${item.id}`);
    else list.removeAttribute("aria-activedescendant");
    const option = item && document.getElementById(`row-${item.id}`);
    if (option) list.scrollTop = Math.min(Math.max(list.scrollTop, option.offsetTop + option.offsetHeight - list.clientHeight), option.offsetTop);
    detail.replaceChildren(...(item ? shown(item) : [h("p", { class: "note" }, "No item matches. ", h("button", { type: "button", onclick: clear }, "Clear the filters"))]));
  }

  function shown(item) {
    const { asked } = part();
    const gold = asked.told ? h("b", {}, asked.gold[item.g === "1" ? 1 : 0]) : h("b", {}, isolated(item.g || ""));
    const rival = item.r && !asked.pairs ? ["Another option: ", isolated(item.r), item.r.endsWith(".") ? " " : ". "] : null;
    const link = h("a", { href: `#item-${encodeURIComponent(item.id)}`, class: "key" }, item.id);
    const talks = part().talks.map((talk, at) => [talk, item.t?.[at]]);
    const sides = talks.filter(([talk, said]) => said && (state.wide || fits(talk.at, state.point)));
    return [
      image(item) || h("p", { class: "question" }, isolated(item.q || ""), " ", asked.pairs ? null : h("strong", {}, isolated(item.c || ""))),
      asked.pairs ? h("div", { class: "sides" }, [["First", item.r], ["Second", item.c]].map(([which, text]) =>
        h("div", { class: "side pair" }, h("h3", {}, which), isolated(text || "")))) : null,
      h("p", { class: "note" }, "Gold: ", gold, ". ", rival, "Item ", link),
      answers(item),
      sides.length ? h("div", { class: "sides" }, sides.map(([talk, said]) => side(talk, said, item))) : null,
      item.p ? h("details", { open: true }, h("summary", {}, "Passage"), h("p", { class: "passage" }, isolated(""), pieces(item.p))) : null,
    ].filter(Boolean);
  }

  function answers(item) {
    const here = part().arms.map((arm, at) => [arm, at]).filter(([arm]) => fits(arm.at, state.point));
    const times = Math.max(...here.map(([arm]) => arm.times));
    const often = times > 1 ? ["Right in", h("span", { class: "tag" }, times === data.units ? `${data.unit}s` : "repetitions")] : null;
    const said = at => item.l ? h("td", {}, isolated(item.l[at])) : h("td", { class: "n" }, percent(item.s[at]), bar(item.s[at]));
    const head = (text, kind) => text ? h("th", { scope: "col", class: kind }, text) : null;
    return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "What each predictor said" }, h("table", { class: "small" },
      h("thead", {}, h("tr", {}, head("Predictor", ""), item.l ? head("Answer", "") : head(part().asked.head, "n"), head("Verdict", "verdict"), head(often, "n"))),
      h("tbody", {}, here.map(([arm, at]) => h("tr", {}, h("th", { scope: "row" }, name(arm)), said(at),
        h("td", { class: isRight(item, at) ? "yes" : "no" }, isRight(item, at) ? "✓ right" : "✗ wrong"),
        often ? h("td", { class: "n" }, `${item.k[at]} of ${arm.times}`) : null)))));
  }

  const percent = step => step == null ? "" : `${(100 * step / STEPS).toFixed(1)} %`;
  // A meter, not a style: the page's policy allows no styles that scripts write into attributes.
  const bar = step => step == null ? null : h("meter", { min: 0, max: STEPS, value: step, "aria-hidden": "true" });

  function side(talk, said, item) {
    const turns = (said.u || []).map(turn => h("div", { class: "turn" },
      h("span", { class: "stance" }, turn.d ? `${turn.d}, turn ${turn.n || 0}` : `Turn ${turn.n || 0}`), h("bdi", {}, pieces(turn.x)),
      (turn.q || []).map(([text, verified]) => [" ", h("mark", { class: verified ? "verified" : "unverified" }, isolated(text))])));
    const answered = judged(talk, item);
    return h("div", { class: "side" }, h("h3", {}, talk.title),
      turns.length ? null : h("p", { class: "note" }, "Nothing was said."),
      said.s ? h("p", { class: "chips" }, said.s.map(([who, what]) => `${who} argues ${what}`).join("; ")) : null,
      turns,
      said.more ? h("p", { class: "note" }, `… and ${said.more} more turns.`) : null,
      said.cut ? h("p", { class: "note" }, "The transcript was truncated when it was made.") : null,
      answered.length ? h("ul", { class: "answers" }, answered) : h("p", { class: "note" }, "No predictor above rests on it."));
  }

  // Who answered with the transcript, and what the same said where nothing was argued.
  function judged(talk, item) {
    const silent = part().talks.find(t => t.silent && Object.keys(t.at).some(axis => axis in talk.at));
    return talk.arms.map(at => [part().arms[at], at]).filter(([arm]) => fits(arm.at, { ...state.point, ...talk.at })).map(([arm, at]) => {
      const before = silent && silent !== talk ? armAt(arm.of, { ...state.point, ...talk.at, ...silent.at }) : -1;
      const from = before >= 0 && before !== at && item.s[before] != null
        ? h("span", { class: "note" }, ` (${percent(item.s[before])} where nothing is said)`) : null;
      return h("li", {}, name(arm), h("span", {}, h("span", { class: isRight(item, at) ? "yes" : "no" },
        item.l ? isolated(item.l[at]) : percent(item.s[at]), isRight(item, at) ? " ✓ right" : " ✗ wrong"), from));
    });
  }

  function pieces(said) {
    return (said || []).map(piece => {
      if (typeof piece === "string") return document.createTextNode(piece);
      const [text, style, title] = piece;
      if (style === "cut") return h("span", { class: "cut" }, text);
      return h("mark", { class: style === "verified" ? "verified" : "unverified", title: title || style }, text);
    });
  }

  // -- what a reader does -------------------------------------------------------------------------

  function choosePart(at) {
    const { pair, arms, axes, talks } = data.parts[at];
    state.part = at;
    const known = pair ? arms[pair[1]].at : {}, last = talks.length ? talks[talks.length - 1].at : {};
    state.point = Object.fromEntries(axes.map(a => [a.name, known[a.name] ?? last[a.name] ?? a.points[a.points.length - 1]]));
    state.weak = (pair ? arms[pair[0]] : arms[0]).of;
    state.student = (pair ? arms[pair[1]] : arms[arms.length - 1]).of;
    state.of = state.student;
    clearFilters();
  }

  function clearFilters() {
    Object.assign(state, { outcome: "any", is: "any", text: "", sort: "drawn" });
    search.value = "";
  }

  function clear() { clearFilters(); update(); search.focus(); }

  function move(by) {
    const at = listed.findIndex(item => item.id === state.open) + by;
    if (at >= 0 && at < listed.length) choose(listed[at].id);
  }

  function keyed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const arrows = event.target === list ? { ArrowDown: 1, ArrowUp: -1 } : {};
    const by = { j: 1, k: -1, ...arrows }[event.key];
    if (!by) return;
    event.preventDefault();
    move(by);
  }

  function follow() {
    if (!location.hash.startsWith("#item-")) return;
    let id;
    try { id = decodeURIComponent(location.hash.slice(6)); } catch { return; }
    const order = [state.part, ...data.parts.keys()];
    const at = order.find(p => data.parts[p].items.some(item => item.id === id));
    if (at === undefined) { count.textContent = `Item ${id} is not among the items of this page.`; place.scrollIntoView(); return; }
    if (at !== state.part) choosePart(at); else if (!listed.some(item => item.id === id)) clearFilters();
    state.open = id;
    update();
    place.scrollIntoView();
  }

  const search = h("input", { type: "search", id: "browse-text", oninput: () => { state.text = search.value.trim(); update(); } });
  const controls = h("div", { class: "controls" });
  const about = h("p", {});
  const count = h("p", { class: "note", role: "status" });
  const list = h("ul", { class: "list", role: "listbox", tabindex: "0", "aria-label": "Items" });
  const detail = h("article", { class: "item", "aria-label": "The chosen item" });

  choosePart(0);
  place.append(
    about, controls,
    h("p", { class: "controls" }, h("label", { class: "search" }, "Search the text", search), h("button", { type: "button", onclick: clear }, "Clear")),
    count, h("div", { class: "panes" }, list, detail),
    h("p", { class: "note" }, "Keys: j and k, or the arrow keys in the list, go to the next item and the one before."));
  place.hidden = false;
  place.parentElement.classList.add("browsing");
  place.parentElement.addEventListener("keydown", keyed);
  window.addEventListener("hashchange", follow);
  update();
  follow();
})();
