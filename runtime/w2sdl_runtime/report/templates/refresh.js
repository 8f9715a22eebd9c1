// Loads the page again, but not while text is selected, or out of sight; and not before the page is whole: half
// of one has no place to be kept.
addEventListener("load", () => setInterval(() => {
  if (document.hidden || String(getSelection())) return;
  dispatchEvent(new Event("again"));
  location.reload();
}, SECONDS * 1000));
