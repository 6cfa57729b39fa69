// Writing into a text field so that the browser's own undo takes it back.

export function insert(field, text) {
  field.focus();
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** Below what is there, as a block of its own. */
export function append(field, text) {
  field.setSelectionRange(field.value.length, field.value.length);
  const gap = !field.value ? "" : field.value.endsWith("\n\n") ? "" : field.value.endsWith("\n") ? "\n" : "\n\n";
  insert(field, `${gap}${text}`);
  field.scrollTop = field.scrollHeight;
}
