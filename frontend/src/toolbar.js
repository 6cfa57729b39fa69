// The tools above a text: one stop of the Tab key, arrows between them, as the ARIA pattern of a toolbar has it.
import { element, icon, say } from "./page.js";
import { insert } from "./text.js";

const TABLE = "| A | B |\n| --- | --- |\n| 1 | 2 |\n";
const TOOLS = [
  ["md-header", "heading"], ["md-bold", "bold", "B"], ["md-italic", "italic", "I"], ["md-quote", "quote"], ["md-code", "code", "E"],
  ["md-link", "link", "K"], ["md-unordered-list", "list"], ["md-ordered-list", "numbered"], ["md-task-list", "tasks"],
  ["button", "table"], ["md-mention", "mention"], ["md-ref", "topicRef"],
];

export function makeToolbar(field) {
  const bar = element("markdown-toolbar", { for: field.id, "aria-label": say("formatting"), "data-no-focus": true });
  for (const [tag, name, key] of TOOLS) {
    const label = say(`tool_${name}`);
    const tool = element(
      tag,
      {
        "aria-label": label,
        title: key ? `${label} (Ctrl+${key})` : label,
        "aria-keyshortcuts": key ? `Control+${key}` : null,
        "data-key": key?.toLowerCase(),
        "data-tool": true,
        tabindex: bar.childElementCount ? "-1" : "0",
        ...(tag === "button" ? { type: "button" } : { role: "button" }),
      },
      icon(name),
    );
    if (tag === "button") tool.addEventListener("click", () => insert(field, TABLE));
    bar.append(tool);
  }
  bar.addEventListener("keydown", (event) => rove(bar, event));
  bar.addEventListener("focusin", (event) => stopAt(bar, event.target));
  return bar;
}

const toolsOf = (bar) => [...bar.querySelectorAll("[data-tool]")];

function stopAt(bar, tool) {
  for (const other of toolsOf(bar)) other.setAttribute("tabindex", other === tool ? "0" : "-1");
}

function rove(bar, event) {
  const tools = toolsOf(bar);
  const at = tools.indexOf(event.target);
  const forward = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const backward = document.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
  const to = { [forward]: at + 1, [backward]: at - 1, Home: 0, End: tools.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  tools.at(to % tools.length).focus();
}
