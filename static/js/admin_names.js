// Names for the fields that Django's admin leaves without a label: cells of tables, halves of a moment, and its search boxes.

const FIELDS = "input:not([type=hidden], [type=submit], [type=button]), select, textarea";

function columnOf(cell) {
  const row = cell.closest("tr");
  const head = cell.closest("table")?.tHead?.rows[0];
  return head?.cells[[...row.cells].indexOf(cell)]?.innerText.trim();
}

function rowOf(cell) {
  const row = cell.closest("tr");
  const named = row.querySelector("th, td.original p");
  return named?.innerText.trim().split("\n")[0] || "new row";
}

function halfOf(field) {
  if (field.matches(".vDateField")) return "date";
  return field.matches(".vTimeField") ? "time" : "";
}

function nameOf(field) {
  const cell = field.closest("td");
  const label = field.closest(".form-row")?.querySelector("label, legend")?.innerText.replace(/:\s*$/, "");
  const where = cell && field.closest("#changelist, .tabular") ? `${columnOf(cell) ?? ""}, ${rowOf(cell)}` : label;
  return [where, halfOf(field)].filter(Boolean).join(", ");
}

function nameFields(root) {
  for (const field of root.querySelectorAll(`:is(.form-row, .tabular, #changelist) :is(${FIELDS})`)) {
    if (field.labels?.length || field.ariaLabel || field.matches("[aria-labelledby]")) continue;
    field.setAttribute("aria-label", nameOf(field) || field.name);
  }
  for (const box of root.querySelectorAll(".select2-selection")) {
    const select = box.closest(".select2")?.previousElementSibling;
    const name = select?.labels?.[0]?.innerText.replace(/:\s*$/, "") || select?.ariaLabel;
    if (!name) continue;
    box.setAttribute("aria-label", name);
    box.querySelector("[role=textbox]")?.setAttribute("aria-label", name);
  }
  for (const head of root.querySelectorAll(".tabular thead th")) {
    if (head.innerText.trim() || head.querySelector(".sr-only")) continue;
    const name = head.matches(".original") ? "Record" : "Remove";
    head.append(Object.assign(document.createElement("span"), { className: "sr-only", textContent: name }));
  }
}

// Django adds rows and search boxes after the page has loaded, so every change of the tree is looked at once a frame.
let waits = false;
function nameSoon() {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => {
    waits = false;
    nameFields(document);
  });
}
nameSoon();
new MutationObserver(nameSoon).observe(document.body, { childList: true, subtree: true });
