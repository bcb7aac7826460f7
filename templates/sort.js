"use strict";
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const headers = Array.from(table.tHead.rows[0].cells);
  const body = table.tBodies[0];
  const compareText = new Intl.Collator(undefined, { numeric: true }).compare;
  const key = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
  headers.forEach((header, column) => {
    const button = header.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const numeric = header.dataset.kind === "number";
      const first = numeric ? "descending" : "ascending";
      const second = numeric ? "ascending" : "descending";
      const direction = header.getAttribute("aria-sort") === first ? second : first;
      const sign = direction === "ascending" ? 1 : -1;
      const rows = Array.from(body.rows);
      rows.sort((a, b) => {
        const [left, right] = [key(a, column), key(b, column)];
        if (!numeric) return sign * compareText(left, right);
        if (left === "" || right === "") return (left === "") - (right === "");
        return sign * (Number(left) - Number(right));
      });
      for (const other of headers) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
      header.setAttribute("aria-sort", direction);
      body.append(...rows);
    });
  });
}
