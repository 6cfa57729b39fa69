// A way to see what one types into a password field: long ones are typed wrong.
export function startPasswords(root) {
  for (const button of root.querySelectorAll(".password > button")) {
    const field = button.previousElementSibling;
    const show = (shown) => {
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
    };
    button.addEventListener("click", () => show(field.type === "password"));
    // Never sent, nor remembered by the browser, as plain text.
    field.form?.addEventListener("submit", () => show(false));
    button.hidden = false;
  }
}
