// Decisions on suspicious labels: keep, drop, or another class. They are saved as a CSV file that prep … --relabel applies. The
// classes and the dataset's digest stand in the page, as JSON in the element decide-data; AuditReport+Page.swift writes it.

const element = (name) => document.getElementById("decide" + name);
const { classes, dataset: digest } = JSON.parse(element("-data").textContent);
const choices = [...document.querySelectorAll("select.decide")];

// Decisions by key, such as “relabel 7”. The browser keeps them for this dataset: other audits show other samples of it.
const memory = "prep decisions " + digest;
const made = Object.create(null); // so that no key has a meaning of its own
try {
  Object.assign(made, JSON.parse(localStorage.getItem(memory)));
} catch {
  // Without storage, or with something else in it, they last as long as the page.
}

for (const choice of choices) {
  const { label, predicted } = choice.dataset;
  const add = (value, text) => choice.add(new Option(text, value));
  add("", "Decide…");
  add("keep", `keep ${classes[label]}`);
  add("relabel " + classes[predicted], `it is ${classes[predicted]}`);
  add("drop", "drop");
  const others = classes.filter((_, index) => index !== Number(label) && index !== Number(predicted));
  const addOthers = () => {
    for (const name of others.splice(0)) {
      if (choice.value !== "relabel " + name) add("relabel " + name, `it is ${name}`);
    }
  };
  const decided = made[choice.dataset.key] ?? "", name = decided.replace(/^relabel /, "");
  if (others.includes(name)) add(decided, `it is ${name}`);
  choice.value = decided;
  // Thousands of classes for hundreds of choices are too many for a page.
  for (const event of ["focus", "pointerdown"]) choice.addEventListener(event, addOthers, { once: true });
  choice.hidden = false;
  choice.addEventListener("change", count);
}
element("").hidden = false;
count();

function count() {
  for (const { value, dataset } of choices) {
    if (value) made[dataset.key] = value;
    else delete made[dataset.key];
  }
  const number = Object.keys(made).length, here = choices.filter(({ value }) => value).length;
  element("-count").textContent = number === 0 ? "No decisions yet"
    : `${here} of ${choices.length} decided` + (here < number ? `, and ${number - here} from other audits` : "");
  element("-save").disabled = number === 0;
  try {
    localStorage.setItem(memory, JSON.stringify(made));
  } catch {
    // See above.
  }
}

/// What a spreadsheet would take for a formula begins with an escape, as in all tables of prep.
const safe = (text) => text.replace(/^[=+@-]/, (first) => `\\x${first.charCodeAt(0).toString(16).toUpperCase()}`);

/// A field of a CSV file, quoted where it must be.
const cell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

element("-save").addEventListener("click", () => {
  const rows = Object.entries(made).map(([key, value]) => {
    const [decision, ...label] = value.split(" ");
    return [key, decision, safe(label.join(" "))];
  });
  const text = [["key", "decision", "label"], ...rows].map((row) => row.map(cell).join(",") + "\n").join("");
  const link = Object.assign(document.createElement("a"), {
    href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "decisions.csv",
  });
  link.click();
  URL.revokeObjectURL(link.href);
});
