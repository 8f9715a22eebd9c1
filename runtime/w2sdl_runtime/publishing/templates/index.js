// Sorts and filters the table that is there; without this script it stands newest first.
(() => {
  const table = document.querySelector("table.runs");
  if (!table) return;
  const body = table.tBodies[0], rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const find = document.getElementById("find"), count = document.getElementById("count");
  const choice = document.getElementById("sort");
  const numbers = new Set(["started", "seconds", "number", "verdicts"]);
  const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));

  const sort = (name, down) => {
    const value = row => row.dataset[name];
    const compare = (one, two) => numbers.has(name)
      ? Number(value(one)) - Number(value(two))
      : value(one).localeCompare(value(two));
    const empty = row => value(row) === "";
    body.append(...rows.slice().sort((one, two) =>
      empty(one) - empty(two) || (down ? -1 : 1) * compare(one, two)));
    heads.forEach(head => head.dataset.name === name
      ? head.setAttribute("aria-sort", down ? "descending" : "ascending")
      : head.removeAttribute("aria-sort"));
    choice.value = name;
  };
  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach(row => {
      row.hidden = !words.every(word => texts.get(row).includes(word));
      shown += !row.hidden;
    });
    count.textContent = words.length ? `${shown} of ${rows.length}` : "";
  };

  heads.forEach(head => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      sort(head.dataset.name, now ? now === "ascending" : numbers.has(head.dataset.name));
    });
    head.replaceChildren(button);
  });
  choice.addEventListener("change", () => sort(choice.value, numbers.has(choice.value)));
  find.addEventListener("input", filter);
  document.querySelector(".find").addEventListener("submit", event => event.preventDefault());
  document.querySelector(".find").hidden = false;
  filter();
})();
