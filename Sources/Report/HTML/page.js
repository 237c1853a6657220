"use strict";
// The script of all pages: shows the hovered or focused sample, enlarged and with its key, and lets arrow
// keys move through a contact sheet; sorts and searches tables of classes; filters contact sheets. Without scripts, tooltips
// show the same text, and all is there.
const panel = document.createElement("aside");
panel.id = "sample";
panel.hidden = true;
// Screen readers read the sample itself; the panel would repeat it.
panel.setAttribute("aria-hidden", "true");
const picture = panel.appendChild(document.createElement("i"));
const text = panel.appendChild(document.createElement("p"));
document.body.append(panel);

for (const sample of document.querySelectorAll(".s, .cells > i")) {
  sample.setAttribute("aria-label", sample.title);
  sample.removeAttribute("title");
}

function show(sample) {
  const cells = sample.parentElement;
  const inSheet = cells.classList.contains("cells");
  const image = inSheet ? cells.parentElement.querySelector("img") : sample.querySelector("img");
  const columns = inSheet ? Number(cells.style.getPropertyValue("--c")) : 1;
  const rows = inSheet ? Number(cells.style.getPropertyValue("--r")) : 1;
  const index = inSheet ? Array.prototype.indexOf.call(cells.children, sample) : 0;
  const share = (place, count) => (count > 1 ? (place / (count - 1)) * 100 : 0) + "%";
  const ratio = image.naturalHeight / rows / (image.naturalWidth / columns);
  picture.style.height = "min(8rem, calc(6rem * " + ratio + "))";
  picture.style.backgroundImage = 'url("' + image.src + '")';
  picture.style.backgroundSize = columns * 100 + "% " + rows * 100 + "%";
  picture.style.backgroundPosition = share(index % columns, columns) + " " + share(Math.floor(index / columns), rows);
  text.textContent = sample.getAttribute("aria-label");
  panel.hidden = sample === dismissed;
  shown = sample;
}

// The sample in the panel, and the one that Escape closed it for, until another is pointed at.
let shown = null;
let dismissed = null;
const closest = (element) => element?.closest(".s, .cells > i");
const sampleOf = (event) => closest(event.target);
for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const sample = sampleOf(event) || closest(document.activeElement);
    if (sample !== dismissed) dismissed = null;
    if (sample) show(sample);
    else panel.hidden = true;
  });
}
document.addEventListener("focusout", () => (panel.hidden = true));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    dismissed = shown;
    panel.hidden = true;
  }
  const sample = sampleOf(event);
  if (!sample || !sample.parentElement.classList.contains("cells")) return;
  const cells = [...sample.parentElement.children];
  const columns = Number(sample.parentElement.style.getPropertyValue("--c"));
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  let target = step && cells[cells.indexOf(sample) + step];
  if (event.key === "Home") target = cells[0];
  if (event.key === "End") target = cells[cells.length - 1];
  if (!target) return;
  event.preventDefault();
  sample.tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
});

// Tables that can be sorted: a button in each heading; one with many rows gets a field to search.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0];
  const cellsOf = (row) => [...row.cells].map((cell) => cell.textContent.trim());
  const rows = [...body.rows].map((row) => ({ row, cells: cellsOf(row) }));
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (head.tagName !== "TH") return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const isUp = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const order = new Intl.Collator("en", { numeric: true });
      const plain = (row) => row.cells[column].replaceAll(",", "");
      rows.sort((a, b) => (isUp ? 1 : -1) * order.compare(plain(a), plain(b)));
      body.append(...rows.map(({ row }) => row));
    });
  });
  if (rows.length <= 20) continue;
  const field = Object.assign(document.createElement("input"), { type: "search", placeholder: "Search classes" });
  field.setAttribute("aria-label", "Search classes");
  const box = Object.assign(document.createElement("div"), { className: "filters" });
  box.append(field);
  table.before(box);
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase();
    for (const { row, cells } of rows) row.hidden = !cells[0].toLowerCase().includes(wanted);
  });
}

// Contact sheets by class and split, and larger.
const filters = document.getElementById("filters");
if (filters) {
  const classes = [...document.querySelectorAll(".class")];
  const choice = (label, values) => {
    const select = document.createElement("select");
    select.setAttribute("aria-label", label);
    select.add(new Option(label, ""));
    for (const value of values) select.add(new Option(value, value));
    filters.append(select);
    select.addEventListener("change", apply);
    return select;
  };
  const byClass = choice("All classes", classes.map((part) => part.dataset.class));
  const bySplit = choice("All splits", ["train", "validation", "test"]);
  const label = document.createElement("label");
  const zoom = Object.assign(document.createElement("input"), { type: "checkbox" });
  label.append(zoom, " Larger");
  filters.append(label);
  zoom.addEventListener("change", apply);
  function apply() {
    for (const part of classes) {
      part.hidden = byClass.value !== "" && part.dataset.class !== byClass.value;
      part.classList.toggle("zoomed", zoom.checked || bySplit.value !== "");
      for (const figure of part.querySelectorAll("figure")) {
        figure.hidden = bySplit.value !== "" && figure.dataset.split !== bySplit.value;
      }
    }
  }
}

// Findings, one at a time.
const findings = [...document.querySelectorAll(".finding")];
if (findings.length > 1) {
  const box = Object.assign(document.createElement("div"), { className: "filters" });
  const select = box.appendChild(document.createElement("select"));
  select.setAttribute("aria-label", "Findings to show");
  select.add(new Option("All findings", ""));
  for (const part of findings) select.add(new Option(part.querySelector("h3").textContent, part.id));
  findings[0].before(box);
  select.addEventListener("change", () => {
    for (const part of findings) part.hidden = select.value !== "" && part.id !== select.value;
  });
  // A link to a finding shows it whatever was chosen.
  const showAll = () => {
    select.value = "";
    for (const part of findings) part.hidden = false;
  };
  addEventListener("hashchange", showAll);
  addEventListener("click", (event) => event.target.closest('a[href^="#finding-"]') && showAll());
}
