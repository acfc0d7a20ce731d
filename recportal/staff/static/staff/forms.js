// Rows of a document: one blank row instead of several, and a button for more. Without it, the page has the
// blank rows that the server sends.

const first = /^(.*-)(\d+)(-[a-z_]+)$/;

function renumber(element, number) {
  for (const attribute of ["name", "id", "for", "list", "aria-describedby"]) {
    const value = element.getAttribute(attribute);
    if (value === null) continue;
    const suffix = value.match(/_(?:help|error|list)$/)?.[0] ?? "";
    const parts = value.slice(0, value.length - suffix.length).match(first);
    if (parts) element.setAttribute(attribute, parts[1] + number + parts[3] + suffix);
  }
}

function equip(rows) {
  const spare = [...rows.querySelectorAll(":scope > [data-spare]")];
  const template = spare.at(-1);
  if (!template) return;
  let number = Number(template.querySelector("input[name$='-was']").name.match(/(\d+)-was$/)[1]);
  const blank = template.cloneNode(true);
  spare.forEach((row) => row.remove());
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button add-row";
  button.textContent = rows.dataset.add;
  button.addEventListener("click", () => {
    const row = blank.cloneNode(true);
    number += 1;
    row.querySelectorAll("*").forEach((element) => renumber(element, number));
    button.before(row);
    row.querySelector("input:not([type=hidden])").focus();
  });
  rows.append(button);
}

document.querySelectorAll("[data-rows]").forEach(equip);

// What is chosen by typing has no name of its own while nothing is chosen: it takes that of its field.
function nameAfterItsField(select) {
  const label = select.labels[0];
  const shown = select.parentElement.querySelector(".select2-selection__rendered");
  if (!label || !shown) return;
  label.id ||= `${select.id}_label`;
  shown.setAttribute("aria-labelledby", label.id);
  shown.parentElement.setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
}

addEventListener("load", () => {
  // Once jQuery has been told that the page is ready.
  setTimeout(() => document.querySelectorAll("select.admin-autocomplete").forEach(nameAfterItsField));
});
