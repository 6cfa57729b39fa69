// How files travel: with progress, a way to stop, and by being dropped on a form.
import { csrfToken, say } from "./page.js";

/** POST fields; `progress` hears the per cent sent. `done` resolves with the answered request, and rejects with an
    error named "cancelled" or "failed". */
export function transfer(url, fields, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(Math.floor((100 * event.loaded) / event.total));
    };
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Error("failed"));
    request.onabort = () => reject(new Error("cancelled"));
  });
  request.open("POST", url);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.send(fields);
  return { done, cancel: () => request.abort() };
}

/** `take` gets the files that are dropped anywhere on the form. */
export function acceptDrops(form, take) {
  const withFiles = (event) => event.dataTransfer?.types.includes("Files");
  form.addEventListener("dragover", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    form.classList.add("drop-target");
  });
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("drop-target");
  });
  form.addEventListener("drop", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    form.classList.remove("drop-target");
    take(event.dataTransfer.files);
  });
}

/** How much of a file has arrived, in words. */
export function percentSaid(percent) {
  return percent < 100 ? say("uploaded", { percent }) : say("checking");
}
