"use strict";
// The only script of the pages: shows the hovered or focused sample, enlarged and with its key, and lets arrow
// keys move through a contact sheet. Without scripts, tooltips show the same text.
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
  panel.hidden = false;
}

const sampleOf = (event) => event.target.closest(".s, .cells > i");
for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const sample = sampleOf(event);
    if (sample) show(sample);
    else panel.hidden = !document.activeElement.matches(".s, .cells > i");
  });
}
document.addEventListener("focusout", () => (panel.hidden = true));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") panel.hidden = true;
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
