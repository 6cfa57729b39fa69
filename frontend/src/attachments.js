// Files for a text that is being written: by button, paste or drop. What is typed meanwhile is never disturbed: the
// place in the text where a file was added moves along with it. Without this file the form has a plain field for files.
import { announce, csrfToken, element, icon, say } from "./page.js";
import { acceptDrops, percentSaid, transfer } from "./transfer.js";

const ENDPOINT = "/api/v1/attachments/";
const AT_ONCE = 2;
const NAMED = /\]\(\/forum\/a\/\d+\/\)/;

export function startAttachments(root) {
  for (const place of root.querySelectorAll("[data-attach]")) {
    if (!place.hasChildNodes()) new Attachments(place);
  }
}

class Attachments {
  constructor(place) {
    this.form = place.closest("form");
    this.field = this.form.querySelector("textarea:not([readonly])");
    this.largest = Number(place.dataset.attach); // bytes
    this.text = this.field.value;
    this.files = [];
    this.list = element("ul", { class: "attachments", "aria-label": say("attachedFiles"), hidden: true });
    place.append(this.list);
    this.addButton(place);
    this.field.addEventListener("input", () => this.follow());
    this.field.addEventListener("paste", (event) => this.pasted(event));
    acceptDrops(this.form, (files) => this.take(files));
    this.form.addEventListener("submit", (event) => this.sending(event), true);
    this.form.addEventListener("focusin", () => this.recall(), { once: true });
  }

  addButton(place) {
    const chooser = element("input", { type: "file", multiple: true, hidden: true });
    const button = element("button", { type: "button", class: "composer-attach" }, icon("attach"), say("attachFiles"));
    button.addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => {
      this.take(chooser.files);
      chooser.value = "";
    });
    const foot = this.form.querySelector(".composer-foot");
    if (foot) foot.prepend(button);
    else place.append(button);
    place.append(chooser);
  }

  pasted(event) {
    const { files, types } = event.clipboardData;
    // From a text program both come: the words, and a picture of them. The words are meant.
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    this.take(files);
  }

  take(files) {
    this.follow();
    for (const file of files) this.add(new Attachment(this, file, this.field.selectionEnd));
    this.form.classList.add("is-open");
    this.next();
  }

  next() {
    const free = AT_ONCE - this.files.filter((file) => file.state === "sending").length;
    this.files.filter((file) => file.state === "waiting").slice(0, Math.max(0, free)).forEach((file) => file.send());
  }

  /** The files that the text names already, as that of a draft does. */
  async recall() {
    if (!NAMED.test(this.field.value)) return;
    const [kind, post] = (this.form.dataset.key ?? "").split(":");
    for (const url of [ENDPOINT, ...(kind === "edit" ? [`${ENDPOINT}?post=${post}`] : [])]) {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      const { results } = answer.ok ? await answer.json() : { results: [] };
      for (const kept of results) {
        if (!this.field.value.includes(`](${kept.url})`) || this.files.some((file) => file.kept?.id === kept.id)) continue;
        const attachment = new Attachment(this, { name: kept.name, size: 0 }, 0);
        attachment.show(kept);
        this.add(attachment);
      }
    }
  }

  add(attachment) {
    this.files.push(attachment);
    this.list.append(attachment.row);
    this.list.hidden = false;
  }

  leave(attachment) {
    this.files = this.files.filter((file) => file !== attachment);
    const focused = attachment.row.contains(document.activeElement);
    attachment.row.remove();
    this.list.hidden = !this.files.length;
    if (focused) this.field.focus(); // where it was is gone
    this.next();
  }

  sending(event) {
    if (!this.files.some((file) => file.state === "sending" || file.state === "waiting")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.note ??= element("p", { class: "attachments-note" }, say("waitForFiles"));
    this.list.after(this.note);
    announce("attach", say("waitForFiles"));
  }

  // --- The text ---------------------------------------------------------------------------------------

  /** The text has changed: each waiting file keeps its place between the same words. */
  follow() {
    const text = this.field.value;
    if (text === this.text) return;
    for (const file of this.files) file.place = moved(file.place, this.text, text);
    this.text = text;
  }

  /** Put a file's Markdown where it was added. Those that were added there later come after it. */
  insert(attachment, markdown) {
    this.follow();
    const { field } = this;
    const at = attachment.place;
    const before = field.value[at - 1] ?? "\n";
    const after = field.value[at];
    const lead = /\s/.test(before) ? "" : " ";
    const trail = after === undefined ? "\n" : /\s/.test(after) ? "" : " ";
    const piece = lead + markdown + trail;
    const goesAlong = document.activeElement === field && field.selectionStart === at && field.selectionEnd === at;
    field.setRangeText(piece, at, at, "preserve");
    if (goesAlong) field.setSelectionRange(at + piece.length, at + piece.length);
    const number = this.files.indexOf(attachment);
    this.files.forEach((file, index) => {
      if (file.place > at || (file.place === at && index > number)) file.place += piece.length;
    });
    this.changed();
  }

  replace(start, end, piece) {
    this.follow();
    this.field.setRangeText(piece, start, end, "preserve");
    for (const file of this.files) {
      if (file.place >= end) file.place += piece.length - (end - start);
    }
    this.changed();
  }

  changed() {
    this.text = this.field.value;
    this.field.dispatchEvent(new Event("input", { bubbles: true })); // it is kept as what is typed is
  }
}

class Attachment {
  constructor(all, file, place) {
    this.all = all;
    this.file = file;
    this.place = place;
    this.name = file.name || "image.png";
    this.picture = element("span", { class: "attachment-picture" }, icon("file"));
    this.words = element("span", { class: "attachment-state muted" });
    this.body = element("div", { class: "attachment-main" }, element("span", { class: "attachment-name" }, this.name), this.words);
    this.deeds = element("span", { class: "attachment-deeds" });
    this.row = element("li", { class: "attachment" }, this.picture, this.body, this.deeds);
    if (file.size > all.largest) this.fail(say("fileTooLarge", { name: this.name, limit: `${Math.round(all.largest / 1024 / 1024)} MB` }), false);
    else this.wait();
  }

  wait() {
    this.state = "waiting";
    this.row.classList.remove("attachment--failed");
    this.words.textContent = say("waiting");
    this.offer(["cancel", "cancelFile", () => this.cancel()]);
  }

  send() {
    this.state = "sending";
    const bar = element("progress", { class: "progress", max: "100", value: "0", "aria-label": say("uploading") });
    const said = element("span", {}, say("uploading"));
    this.words.replaceChildren(bar, said);
    const fields = new FormData();
    fields.append("file", this.file, this.name);
    this.sent = transfer(ENDPOINT, fields, (percent) => {
      bar.value = percent;
      said.textContent = percentSaid(percent);
    });
    this.sent.done.then(
      (request) => this.answered(request),
      (error) => error.message !== "cancelled" && this.fail(say("uploadFailed"), true),
    );
  }

  answered(request) {
    if (request.status === 201) {
      this.arrived(JSON.parse(request.responseText));
      return;
    }
    this.fail(reasonOf(request) ?? say("uploadFailed"), request.status >= 500 || request.status === 429);
  }

  arrived(kept) {
    this.show(kept);
    this.all.insert(this, kept.markdown);
    this.all.note?.remove();
    announce("attach", say("attached", { name: this.name }));
    this.all.next();
  }

  show(kept) {
    this.state = "kept";
    this.kept = kept;
    this.words.textContent = sizeOf(kept.size);
    this.offer(["remove", "removeFile", () => this.remove()]);
    if (kept.small_url) {
      if (kept.scan === "clean") this.picture.replaceChildren(element("img", { src: kept.small_url, alt: "" }));
      this.askForWords();
    }
  }

  fail(reason, canTryAgain) {
    this.state = "failed";
    this.row.classList.add("attachment--failed");
    this.words.textContent = reason;
    const again = ["retry", "retryFile", () => (this.wait(), this.all.next())];
    this.offer(...(canTryAgain ? [again] : []), ["remove", "removeFile", () => this.all.leave(this)]);
    announce("attach", reason);
    this.all.next();
  }

  offer(...deeds) {
    const had = this.deeds.contains(document.activeElement);
    this.deeds.replaceChildren(
      ...deeds.map(([label, spoken, deed]) => {
        const button = element("button", { type: "button", class: "link-button", "aria-label": say(spoken, { name: this.name }) }, say(label));
        button.addEventListener("click", deed);
        return button;
      }),
    );
    if (had) this.deeds.firstChild.focus();
  }

  cancel() {
    this.sent?.cancel();
    this.all.leave(this);
  }

  // --- What names it in the text ----------------------------------------------------------------------

  /** What a picture shows, for those who do not see it: written here, it goes into the text. */
  askForWords() {
    const input = element("input", { type: "text", class: "usa-input", maxlength: "300", autocomplete: "off" });
    const said = this.named().exec(this.all.field.value)?.[1] ?? "";
    input.value = said.replace(/\\(.)/g, "$1");
    input.addEventListener("input", () => this.describe(input.value));
    input.addEventListener("keydown", (event) => event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.preventDefault());
    this.body.append(element("label", { class: "attachment-words" }, say("describePicture"), input));
  }

  describe(words) {
    const found = this.named().exec(this.all.field.value);
    if (!found) return;
    const escaped = words.replace(/\s+/g, " ").trim().replace(/[\\[\]*`<]/g, "\\$&");
    this.all.replace(found.index, found.index + found[0].length, `![${escaped}](${this.kept.url})`);
  }

  remove() {
    const found = this.named("\\n?").exec(this.all.field.value);
    if (found) this.all.replace(found.index, found.index + found[0].length, "");
    // A posted file stays with the history of its post. What cannot be taken back now, the sweep takes.
    if (!this.kept.post) fetch(`${ENDPOINT}${this.kept.id}/`, { method: "DELETE", headers: { "X-CSRFToken": csrfToken() } }).catch(() => {});
    this.all.leave(this);
  }

  named(tail = "") {
    return new RegExp(`!?\\[((?:\\\\.|[^\\[\\]\\\\])*)\\]\\(${this.kept.url}\\)${tail}`);
  }
}

/** Where an offset into a text lies after an edit: with the words before it. */
export function moved(offset, before, after) {
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && before[start] === after[start]) start++;
  if (offset <= start) return offset;
  let end = 0;
  while (end < least - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return offset >= before.length - end ? offset + after.length - before.length : after.length - end;
}

/** Why the server did not take a file, in its own words; null when it is not about the file. */
function reasonOf(request) {
  if (request.status === 413) return say("tooLarge");
  try {
    const problem = JSON.parse(request.responseText);
    return problem.errors?.file?.[0] ?? (request.status < 500 ? problem.detail : null) ?? null;
  } catch {
    return null;
  }
}

function sizeOf(bytes) {
  const steps = [[1024 * 1024, "megabyte"], [1024, "kilobyte"], [1, "byte"]];
  const [step, unit] = steps.find(([least]) => bytes >= least) ?? steps[2];
  const amount = bytes / step;
  return new Intl.NumberFormat(document.documentElement.lang || "en", { style: "unit", unit, maximumFractionDigits: 1 }).format(amount);
}
