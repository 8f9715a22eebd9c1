// Loads the page again, with what was open still open and the same line at the top. The place is kept in
// the history entry, which a file from disk has too. Nothing is loaded while text is selected, or out of sight.
(() => {
  const all = () => [...document.querySelectorAll("details, input, select")];
  const values = () => all().map(one => one.tagName === "DETAILS" ? one.open : one.value);
  addEventListener("DOMContentLoaded", () => {
    const before = history.state && history.state.watched;
    if (!before) return;
    all().forEach((one, at) => {
      if (at >= before.values.length) return;
      if (one.tagName === "DETAILS") one.open = before.values[at];
      else if (one.value !== before.values[at]) { one.value = before.values[at]; one.dispatchEvent(new Event("input", {bubbles: true})); }
    });
    scrollTo({top: before.top, behavior: "instant"});
  });
  setInterval(() => {
    if (document.hidden || String(getSelection())) return;
    history.replaceState({watched: {top: scrollY, values: values()}}, "");
    location.reload();
  }, SECONDS * 1000);
})();
