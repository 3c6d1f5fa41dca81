"use strict";
// Sort a table by a column: numbers by size, words by the alphabet. A heading says how with aria-sort.
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const heading = button.closest("th"), row = heading.parentElement, body = row.closest("table").tBodies[0];
    const column = [...row.children].indexOf(heading), falling = heading.getAttribute("aria-sort") === "ascending";
    const key = (line) => line.children[column].dataset.key ?? line.children[column].textContent.trim();
    const compare = (a, b) => key(a).localeCompare(key(b), "en", { numeric: true }) * (falling ? -1 : 1);
    for (const other of row.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    body.append(...[...body.rows].sort(compare));
  });
}
// Copy what stands beside the button; where the browser does not allow it, mark it, to be copied by hand.
for (const button of document.querySelectorAll(".snippet button")) {
  button.addEventListener("click", async () => {
    const text = button.parentElement.querySelector("pre");
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = "Marked";
    }
  });
}
const folded = () => [...document.querySelectorAll("article details")];
const fold = document.getElementById("fold");
fold.addEventListener("click", () => {
  const open = folded().some((each) => !each.open);
  for (const each of folded()) each.open = open;
  fold.textContent = open ? "Fold all derivations" : "Unfold all derivations";
});
// On paper nothing is folded; and a link into a derivation unfolds it.
let before = [];
addEventListener("beforeprint", () => {
  before = folded().filter((each) => !each.open);
  for (const each of before) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of before) each.open = false;
});
