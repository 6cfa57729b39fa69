// A way to see what one types into a password field: long ones are typed wrong.
import { element, say } from "./page.js";

export function startPasswords(root) {
  for (const field of root.querySelectorAll("input[type=password]")) {
    const box = element("div", { class: "password" });
    const button = element("button", { type: "button", "aria-pressed": "false", "aria-controls": field.id }, say("showPassword"));
    field.before(box);
    box.append(field, button);
    const show = (shown) => {
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
    };
    button.addEventListener("click", () => show(field.type === "password"));
    // Never sent, nor remembered by the browser, as plain text.
    field.form?.addEventListener("submit", () => show(false));
  }
}
