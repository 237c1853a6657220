// Decisions on suspicious labels: keep, drop, or another class. They are saved as a CSV file that prep … --relabel applies. The
// classes stand in the page, as JSON in the element decide-classes; AuditReport+Page.swift writes it.

const element = (name) => document.getElementById("decide" + name);
const classes = JSON.parse(element("-classes").textContent);
const choices = [...document.querySelectorAll("select.decide")];

// Decisions that were made before, where the browser keeps them for this page.
const memory = "prep decisions " + location.pathname;
let made = {};
try {
  made = JSON.parse(localStorage.getItem(memory)) ?? {};
} catch {
  // Without storage, or with something else in it, they last as long as the page.
}

for (const choice of choices) {
  const { label, predicted } = choice.dataset;
  const add = (value, text) => choice.add(new Option(text, value));
  add("", "Decide…");
  add("keep", `keep ${classes[label]}`);
  add("relabel " + predicted, `it is ${classes[predicted]}`);
  add("drop", "drop");
  classes.forEach((name, index) => {
    if (index !== Number(label) && index !== Number(predicted)) add("relabel " + index, `it is ${name}`);
  });
  choice.value = made[choice.dataset.key] ?? "";
  choice.hidden = false;
  choice.addEventListener("change", count);
}
element("").hidden = false;
count();

function count() {
  made = Object.fromEntries(choices.filter(({ value }) => value).map(({ value, dataset }) => [dataset.key, value]));
  const number = Object.keys(made).length;
  element("-count").textContent = number === 0 ? "No decisions yet" : `${number} of ${choices.length} decided`;
  element("-save").disabled = number === 0;
  try {
    localStorage.setItem(memory, JSON.stringify(made));
  } catch {
    // See above.
  }
}

/// A field of a CSV file, quoted where it must be.
const cell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

element("-save").addEventListener("click", () => {
  const rows = choices.filter(({ value }) => value).map(({ value, dataset }) => {
    const [decision, index] = value.split(" ");
    return [dataset.key, decision, index === undefined ? "" : classes[index]];
  });
  const text = [["key", "decision", "label"], ...rows].map((row) => row.map(cell).join(",") + "\n").join("");
  const link = Object.assign(document.createElement("a"), {
    href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "decisions.csv",
  });
  link.click();
  URL.revokeObjectURL(link.href);
});
