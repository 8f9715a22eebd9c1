// Keeps the place of who reads a page that loads itself again: what was open, and what was read. It is kept in
// the history entry, which a file from disk has too. The last page, of the run's end, finds it as well.
(() => {
  const before = history.state?.watched; // read at once: what shows an item writes the entry anew
  // A page grows with its run: its parts are known by name, not by how many come before them.
  const named = (which) => {
    const count = {};
    return new Map([...document.querySelectorAll(which)].map((one) => {
      const title = one.matches("input, select") ? one.getAttribute("aria-label") : (one.querySelector("summary") ?? one).textContent;
      const name = one.id || `${one.tagName} ${title}`.replace(/\d+/g, "");
      count[name] = (count[name] ?? 0) + 1;
      return [`${name} ${count[name]}`, one];
    }));
  };
  const value = (one) => (one.tagName === "DETAILS" ? one.open : one.value);
  const top = (one) => one.getBoundingClientRect().top;
  const place = () => { // by the heading that is nearest to the top of the window
    const seen = [...named("h1, h2, h3")].filter(([, one]) => one.checkVisibility());
    const found = seen.map(([name, one]) => ({ name, by: top(one) }));
    return found.reduce((near, one) => (Math.abs(one.by) < Math.abs(near.by) ? one : near), { by: -scrollY });
  };
  const changed = (one, was) => {
    if (was === undefined || value(one) === was) return;
    if (one.tagName === "DETAILS") one.open = was;
    else { one.value = was; one.dispatchEvent(new Event("input", { bubbles: true })); }
  };
  addEventListener("DOMContentLoaded", () => {
    if (!before) return;
    named("details, input, select").forEach((one, name) => changed(one, before.values[name]));
    const heading = named("h1, h2, h3").get(before.place.name);
    scrollBy({ top: top(heading ?? document.documentElement) - before.place.by, behavior: "instant" });
  });
  addEventListener("again", () => {
    const values = Object.fromEntries([...named("details, input, select")].map(([name, one]) => [name, value(one)]));
    history.scrollRestoration = "manual"; // the place is found above, when the page has its new parts
    history.replaceState({ watched: { place: place(), values } }, "");
  });
})();
