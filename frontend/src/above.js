// What a topic asks above its posts (a poll, an announcement): follows the page as the server shows it now. It is left
// alone while somebody stands in it or has chosen something; the next change brings it then.

/** `page`: the topic's page, just fetched. */
export function takeAbove(main, page) {
  const shown = main.querySelector("[data-above]");
  const now = page.querySelector("[data-above]");
  if (!shown || !now || isInUse(shown)) return;
  keepOpen(shown, now);
  shown.replaceChildren(...now.childNodes);
}

function isInUse(shown) {
  if (shown.contains(document.activeElement)) return true;
  const wasChanged = (field) =>
    field.matches("select") ? field.value !== initial(field) : field.checked !== field.defaultChecked;
  return [...shown.querySelectorAll("select, input[type=radio], input[type=checkbox]")].some(wasChanged);
}

function initial(select) {
  return ([...select.options].find((option) => option.defaultSelected) ?? select.options[0]).value;
}

/** What the reader has unfolded stays so. */
function keepOpen(shown, now) {
  const folds = now.querySelectorAll("details");
  shown.querySelectorAll("details").forEach((fold, index) => {
    if (fold.open && folds.length > index) folds[index].open = true;
  });
}
