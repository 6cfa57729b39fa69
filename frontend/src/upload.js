// Files with a progress bar and a way to stop. Without this the browser sends the form by itself.
import { announce, element, say } from "./page.js";
import { acceptDrops, percentSaid, transfer } from "./transfer.js";

export function startUploads(root) {
  for (const form of root.querySelectorAll("form[enctype='multipart/form-data']:not([data-composer])")) {
    if (!form.querySelector("input[type=file]") || form.dataset.upload === "plain") continue;
    form.addEventListener("submit", (event) => {
      const chosen = [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
      if (!chosen) return; // nothing to send: the server says so
      event.preventDefault();
      send(form, new FormData(form, event.submitter));
    });
    const input = form.querySelector("input[type=file]");
    acceptDrops(form, (files) => {
      input.files = files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

function send(form, fields) {
  const bar = element("progress", { class: "progress", max: "100", value: "0", "aria-label": say("uploading") });
  const text = element("span", {}, say("uploading"));
  const stop = element("button", { type: "button", class: "link-button" }, say("cancel"));
  const shown = element("div", { class: "upload-progress" }, bar, text, " ", stop);
  form.append(shown);
  const buttons = [...form.querySelectorAll("button")].filter((button) => button !== stop);
  buttons.forEach((button) => (button.disabled = true));

  const done = (message) => {
    shown.remove();
    buttons.forEach((button) => (button.disabled = false));
    if (message) {
      const alert = element(
        "div",
        { class: "usa-alert usa-alert--error usa-alert--slim", "data-upload-error": true },
        element("div", { class: "usa-alert__body" }, element("p", { class: "usa-alert__text" }, message)),
      );
      form.prepend(alert);
      announce("upload", message);
    }
  };

  form.querySelector("[data-upload-error]")?.remove();
  const sent = transfer(form.action || location.href, fields, (percent) => {
    bar.value = percent;
    text.textContent = percentSaid(percent);
  });
  stop.addEventListener("click", sent.cancel);
  sent.done.then(
    (request) => arrived(request, done),
    (error) => done(error.message === "cancelled" ? "" : say("uploadFailed")),
  );
}

/** The answer is a page: the one we were sent on to, or the form with what is wrong. Shown in place of this one. */
function arrived(request, done) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const main = page.querySelector("main");
  if (!main || request.status >= 500) {
    done(request.status === 413 ? say("tooLarge") : say("uploadFailed"));
    return;
  }
  const here = document.querySelector("main");
  if (request.responseURL && request.responseURL !== location.href) history.pushState(null, "", request.responseURL);
  document.title = page.title;
  here.replaceWith(document.adoptNode(main));
  main.dispatchEvent(new CustomEvent("commons:content", { bubbles: true }));
  if (!main.querySelector("[data-errors]")) main.focus();
}

addEventListener("popstate", () => location.reload());
