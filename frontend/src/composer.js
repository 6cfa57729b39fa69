// Forms people write in: toolbar, preview by the server's own renderer, shortcuts, the reply button, drafts.
// Without this file they are plain forms.
import { DraftKeeper } from "./drafts.js";
import { element, fragment, icon, post, say } from "./page.js";
import { putQuote, startQuotes } from "./quote.js";
import { makeToolbar } from "./toolbar.js";

export function startComposers(root) {
  for (const form of root.querySelectorAll("form[data-composer]")) new Composer(form);
}

class Composer {
  constructor(form) {
    this.form = form;
    this.field = form.querySelector("textarea:not([readonly])");
    if (!this.field) return;
    const { selectionStart: start, selectionEnd: end } = this.field;
    const isTyping = document.activeElement === this.field;
    this.dress();
    if (isTyping) {
      // The field was moved, which takes the focus from it.
      this.field.focus({ preventScroll: true });
      this.field.setSelectionRange(start, end);
    }
    if (form.dataset.key) this.keeper = new DraftKeeper(form, this.field, (typed) => this.shown(typed));
    form.addEventListener("keydown", (event) => this.pressed(event));
    form.addEventListener("submit", (event) => this.sending(event));
    // Back by the browser's history: the form is as it was left, its button must work again.
    addEventListener("pageshow", (event) => event.persisted && this.release());
    if (form.elements.parent) this.answerPosts();
    if (form.elements.category) import("./new-topic.js").then((part) => part.startNewTopic(form, this.field, this.keeper));
  }

  // --- Toolbar and preview ----------------------------------------------------------------------------

  dress() {
    let box = this.field.closest(".composer-box");
    if (!box) {
      box = element("div", { class: "composer-box" });
      this.field.before(box);
      box.append(this.field);
    }
    this.field.id ||= "composer-text";
    const dock = this.form.classList.contains("composer--dock");
    this.expander = element("text-expander", { keys: "@ # :" });
    this.field.before(this.expander);
    this.expander.append(this.field);
    this.preview = element("div", { class: "composer-preview post-body", hidden: true, tabindex: "0", role: "region", "aria-label": say("preview") });
    this.expander.after(this.preview);
    this.toolbar = element("div", { class: "composer-toolbar" });
    box.prepend(this.toolbar);
    this.fillToolbar();
    // The elements that do the work are loaded when someone is about to write.
    const load = () => import("./writing.js").then((writing) => writing.startCompletion(this.expander, this.form));
    if (dock) this.form.addEventListener("focusin", load, { once: true });
    else load();
    if (dock) {
      this.form.addEventListener("focusin", () => this.form.classList.add("is-open"));
      document.addEventListener("pointerdown", (event) => {
        if (!this.form.contains(event.target) && !this.field.value && !this.parentId) this.form.classList.remove("is-open");
      });
    }
  }

  fillToolbar() {
    this.writeTab = element("button", { type: "button", "aria-pressed": "true" }, say("write"));
    this.previewTab = element("button", { type: "button", "aria-pressed": "false" }, say("preview"));
    this.writeTab.addEventListener("click", () => this.showPreview(false));
    this.previewTab.addEventListener("click", () => this.showPreview(true));
    this.form.querySelector("button[data-plain]")?.remove(); // the preview of those without a script
    this.toolbar.append(makeToolbar(this.field), element("span", { class: "composer-tabs" }, this.writeTab, this.previewTab));
  }

  pressed(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.form.requestSubmit();
      return;
    }
    const tool = event.target === this.field && this.toolbar.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!tool) return;
    event.preventDefault();
    event.stopPropagation(); // elsewhere Ctrl+K is the site's search
    tool.click();
  }

  async showPreview(on) {
    this.writeTab.setAttribute("aria-pressed", String(!on));
    this.previewTab.setAttribute("aria-pressed", String(on));
    this.expander.hidden = on;
    this.preview.hidden = !on;
    if (!on) {
      this.field.focus();
      return;
    }
    this.preview.textContent = this.field.value.trim() ? say("loading") : say("nothingToPreview");
    if (!this.field.value.trim()) return;
    try {
      const response = await post(this.field.dataset.previewUrl ?? "/forum/preview/", { body: this.field.value });
      this.preview.replaceChildren(fragment(await response.text()));
    } catch {
      this.preview.textContent = say("tryAgain");
    }
  }

  // --- Replying to a post -----------------------------------------------------------------------------

  get parentId() {
    return this.form.elements.parent?.value;
  }

  answerPosts() {
    const quotes = startQuotes((selected) => this.quote(selected));
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("[data-reply]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const selected = quotes.selected();
      const shown = link.closest("[data-post]");
      this.answer(link.dataset.reply, named(shown));
      this.showPreview(false); // and into the field
      if (selected?.post === shown) putQuote(this.field, selected);
      this.keeper?.changed();
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("[data-quote]");
      const shown = link && document.querySelector(`[data-post="${CSS.escape(link.dataset.quote)}"]`);
      const body = shown?.querySelector(".post-body");
      if (!body || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.quote({ post: shown, text: body.innerText.trim() });
    });
    this.form.addEventListener("click", (event) => {
      if (!event.target.closest("[data-parent-drop]")) return;
      event.preventDefault();
      this.answer("", null);
      this.keeper?.changed();
      this.field.focus();
    });
  }

  /** An empty reply to nobody in particular becomes one to the post that is quoted. */
  quote(selected) {
    if (!this.field.value.trim() && !this.parentId) this.answer(selected.post.dataset.post, named(selected.post));
    this.showPreview(false);
    putQuote(this.field, selected);
    this.keeper?.changed();
  }

  answer(parentId, words) {
    this.form.elements.parent.value = parentId;
    const note = this.form.querySelector("[data-parent-note]");
    if (this.keeper) this.keeper.words = words;
    if (!note) return;
    note.hidden = !parentId;
    if (!parentId) return;
    const drop = element("button", { type: "button", "data-parent-drop": true, "aria-label": say("replyToTopic"), title: say("replyToTopic") }, icon("close"));
    note.replaceChildren(element("span", {}, words ? say("inReplyTo", words) : say("inReplyToPost")), drop);
  }

  /** Fields were set by something other than typing. */
  shown(typed) {
    if (!this.form.elements.parent) return;
    const parent = document.querySelector(`[data-post="${CSS.escape(typed.parent ?? "")}"]`);
    this.answer(typed.parent ?? "", parent ? named(parent) : (this.keeper?.words ?? null));
  }

  // --- Sending once -----------------------------------------------------------------------------------

  sending(event) {
    if (event.submitter?.matches("[formaction], [name=preview]")) return;
    this.keeper?.sending();
    // After the browser has read the form: a disabled button would not be part of it.
    setTimeout(() => this.form.querySelectorAll("button[type=submit], button:not([type])").forEach((button) => (button.disabled = true)));
    // The server did not answer and the page still stands: let them try again, with the same token.
    this.releasing = setTimeout(() => this.release(), 15_000);
  }

  release() {
    clearTimeout(this.releasing);
    this.keeper?.release();
    this.form.querySelectorAll("button").forEach((button) => (button.disabled = false));
  }
}

function named(shown) {
  return shown ? { who: shown.querySelector(".post-name")?.textContent ?? "", number: shown.dataset.number ?? "" } : null;
}
