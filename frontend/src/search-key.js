// Ctrl+K or / goes to the search field, unless someone is typing.
export function startSearchKey() {
  const field = document.getElementById("site-search");
  if (!field) return;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const wanted =
      (event.key === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) ||
      (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey);
    if (!wanted || field.offsetParent === null) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}
