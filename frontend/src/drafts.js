// Nothing typed is lost: what is typed in a form is kept in this browser at once, and on the server within two seconds.
// Where another tab or device has written meanwhile, both texts are offered; nothing is overwritten in silence.
import { announce, element, fragment, post, say } from "./page.js";
import { forget, forgetArrived, keep, recall } from "./typed.js";

const MIRROR_MS = 400;
const SAVE_MS = 2000;
const RETRY_MS = 10_000;
const OWN = ["csrfmiddlewaretoken", "draft", "draft_target"]; // of the form itself, not of what is typed

/** What the server wrote into a field. */
function given(input) {
  if (!input.options) return input.defaultValue ?? input.value;
  return ([...input.options].find((option) => option.defaultSelected) ?? input.options[0])?.value ?? "";
}

export class DraftKeeper {
  /** `form` has data-key, as "reply:12"; `field` is the text; `shown(fields)` is told of fields set from outside. */
  constructor(form, field, shown) {
    this.form = form;
    this.field = field;
    this.shown = shown;
    this.key = form.dataset.key;
    this.url = `/forum/drafts/${this.key.replace(":", "/")}/`;
    this.revision = Number(form.elements.draft?.value ?? 0);
    this.empty = this.fields(given); // as the server gave it
    // Somebody may have typed already. What stands there otherwise, the browser has put back, and nobody typed it now.
    this.known = form.contains(document.activeElement) ? this.content(given) : this.content();
    this.words = null; // whom a reply answers, to be said again when it is taken up
    this.addState();
    form.querySelector("[data-discard]")?.addEventListener("click", (event) => this.discard(event));
    form.addEventListener("input", () => this.changed());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.leave());
    addEventListener("pagehide", () => this.leave());
    if (this.content() !== this.known) this.changed();
    this.restore();
  }

  addState() {
    const button = this.form.querySelector("[formaction^='/forum/drafts/']");
    this.state = element("span", { class: "composer-state" });
    const foot = button?.closest(".composer-foot");
    if (foot) foot.querySelector("[type=submit]").before(this.state);
    else button?.after(this.state);
    button?.remove();
  }

  // --- What is typed ----------------------------------------------------------------------------------

  fields(read = (input) => input.value) {
    const typed = {};
    for (const input of this.form.elements) {
      if (input.name && "value" in input && !["file", "submit", "checkbox"].includes(input.type) && !OWN.includes(input.name)) typed[input.name] = read(input);
    }
    return typed;
  }

  content(read) {
    const { token, ...typed } = this.fields(read);
    return JSON.stringify(typed);
  }

  fill(typed) {
    for (const [name, value] of Object.entries(typed)) {
      const input = this.form.elements[name];
      if (input && "value" in input && !OWN.includes(name)) input.value = value;
    }
    this.shown(typed);
  }

  // --- Kept here, then there --------------------------------------------------------------------------

  changed() {
    clearTimeout(this.mirroring);
    this.mirroring = setTimeout(() => this.mirror(false), MIRROR_MS);
    this.saveSoon();
  }

  /** What stands in the form now is where it starts from: a text that nobody typed is no draft. */
  settle() {
    this.known = this.content();
  }

  mirror(sent) {
    clearTimeout(this.mirroring);
    if (!sent && this.content() === this.known) return forget(this.key);
    const last = Number(document.querySelector("main[data-topic]")?.dataset.last ?? 0);
    keep(this.key, { fields: this.fields(), revision: this.revision, last, sent, words: this.words });
  }

  saveSoon(wait = SAVE_MS) {
    if (!this.sent) this.timer ??= setTimeout(() => this.save(), wait);
  }

  leave() {
    if (this.sent || this.choice || this.content() === this.known) return;
    this.mirror(false);
    this.request?.abort();
    this.request = null;
    this.save({ keepalive: true });
  }

  async save({ keepalive = false } = {}) {
    clearTimeout(this.timer);
    this.timer = null;
    const content = this.content();
    if (this.sent || this.choice || content === this.known) return;
    if (this.request) return this.saveSoon(); // one after the other
    const request = (this.request = new AbortController());
    let wait = SAVE_MS;
    try {
      const fields = { ...this.fields(), draft: this.revision };
      const answer = await post(this.url, fields, { keepalive, signal: request.signal });
      if (this.sent) return;
      if (answer.status === 409) this.wasSent(content, await answer.text());
      else if (answer.status === 412) this.conflict(await answer.text(), answer.headers.get("Content-Type"));
      else if (answer.ok && !answer.redirected) this.saved(content, await answer.json());
      else if (answer.status === 422) this.say(await answer.text());
      else throw new Error(`${answer.status}`);
    } catch {
      if (request.signal.aborted) return;
      this.say(say("draftHere"));
      wait = RETRY_MS;
    } finally {
      if (this.request === request) this.request = null;
      if (this.content() !== content || wait === RETRY_MS) this.saveSoon(wait);
    }
  }

  saved(content, { revision }) {
    this.revision = revision;
    this.known = content;
    this.setKnown();
    if (this.content() === content) forget(this.key);
    this.say(revision ? say("draftSaved") : "");
  }

  setKnown() {
    const input = this.form.elements.draft ?? this.form.appendChild(element("input", { type: "hidden", name: "draft" }));
    input.value = this.revision;
  }

  say(text) {
    this.state.textContent = text;
  }

  // --- Two versions -----------------------------------------------------------------------------------

  /** What was taken up again had arrived after all: it goes, unless somebody has typed on. */
  wasSent(content, text) {
    if (content !== this.taken || this.content() !== content) return this.say(text);
    this.form.querySelector("[data-kept]")?.remove();
    this.fill(this.empty);
    this.settle();
    forget(this.key);
  }

  conflict(text, type) {
    if (type.startsWith("text/plain")) {
      this.revision = 0; // what is typed from here on is a draft of its own
      this.setKnown();
      this.say(text);
      return;
    }
    const panel = fragment(text);
    this.choice = panel.querySelector("[data-choice]");
    const { revision, theirs, both } = this.choice.dataset;
    const offers = [
      [say("draftHereGoesOn"), null],
      [say("draftThereGoesOn"), theirs],
      [say("draftBoth"), both],
    ];
    const row = element("div", { class: "actions" });
    for (const [label, fields] of offers) {
      const button = element("button", { type: "button", class: "usa-button usa-button--outline button--s" }, label);
      button.addEventListener("click", () => this.choose(Number(revision), fields && JSON.parse(fields)));
      row.append(button);
    }
    this.choice.querySelector("p").after(row);
    this.form.classList.add("is-open");
    (this.field.closest(".composer-box") ?? this.field).before(panel);
    announce("draft", say("draftTwo"));
  }

  choose(revision, fields) {
    this.revision = revision;
    this.setKnown();
    this.choice.remove();
    this.choice = null;
    if (fields) this.fill(fields);
    this.known = ""; // also where it is theirs: this form is the one that goes on
    this.save();
    this.field.focus();
  }

  // --- Taken up again ---------------------------------------------------------------------------------

  async restore() {
    const kept = recall(this.key); // before what is typed meanwhile takes its place
    const gone = await forgetArrived(); // what this page shows as posted is not to be typed again
    const typed = kept?.fields?.[this.field.name];
    // After a refusal the server shows what was typed; that is the newer one.
    if (!typed || this.sent || gone.has(this.key) || "answered" in this.form.dataset || this.form.querySelector("[data-errors], .usa-error-message")) return;
    const { token, ...fields } = kept.fields;
    const now = this.field.value;
    const isTyping = this.content() !== this.known;
    if (isTyping) {
      // What was kept goes above it, if it does not stand there anyhow.
      if (now.includes(typed)) return;
      if (now) fields[this.field.name] = `${typed}\n\n${now}`;
    }
    if (kept.sent && token && this.form.elements.token) this.form.elements.token.value = token;
    this.words = kept.words ?? null;
    this.fill(fields);
    if (this.content() === this.known) return forget(this.key);
    this.revision = kept.revision ?? 0;
    this.setKnown();
    if (kept.sent && !isTyping) this.taken = this.content();
    this.saveSoon(kept.sent ? 0 : SAVE_MS);
    if (!this.form.querySelector("[data-discard]")) this.offerDiscard();
  }

  offerDiscard() {
    const discard = element("button", { type: "button", class: "link-button" }, say("discard"));
    discard.addEventListener("click", (event) => this.discard(event));
    this.note(say("restored"), discard);
  }

  note(text, button) {
    this.form.querySelector("[data-kept]")?.remove();
    const note = element("p", { class: "composer-kept", "data-kept": true }, text, " ", button ?? "");
    (this.field.closest("text-expander") ?? this.field).before(note);
    return note;
  }

  async discard(event) {
    event.preventDefault();
    const link = event.target.closest("a");
    if (link && this.key.startsWith("edit:")) {
      await this.save();
      this.sent = true;
      location.href = link.href;
      return;
    }
    const gone = this.fields();
    this.request?.abort();
    clearTimeout(this.timer);
    this.timer = null;
    await post(`${this.url}discard/`, {}).catch(() => {});
    this.revision = 0;
    this.setKnown();
    this.fill(link ? Object.fromEntries(Object.keys(gone).map((name) => [name, name === "category" || name === "token" ? gone[name] : ""])) : this.empty);
    this.settle();
    forget(this.key);
    this.say("");
    const undo = element("button", { type: "button", class: "link-button" }, say("undo"));
    const note = this.note(say("discarded"), undo);
    undo.addEventListener("click", () => {
      note.remove();
      this.fill(gone);
      this.changed();
      this.field.focus();
    });
    this.field.focus();
  }

  // --- Sent -------------------------------------------------------------------------------------------

  sending() {
    this.mirror(true);
    this.sent = true;
    clearTimeout(this.timer);
    this.timer = null;
    this.request?.abort();
  }

  release() {
    this.sent = false;
  }
}
