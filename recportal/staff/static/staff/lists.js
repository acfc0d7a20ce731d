// On narrow screens a row of a list is shown as a card; each value then needs the name of its column.
for (const table of document.querySelectorAll("#result_list")) {
    const titles = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    for (const row of table.tBodies[0].rows) {
        [...row.cells].forEach((cell, index) => {
            cell.dataset.title = titles[index] || "";
        });
    }
    table.classList.add("cards");
}
