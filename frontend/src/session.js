// Two minutes before a session ends for want of activity: a warning with a button that keeps it. What other tabs did
// counts, so the server is asked first; asking is not activity.
import { element, post, say } from "./page.js";

const URL = "/accounts/session/";
const WARN_SECONDS = 120;

let ends = 0; // by this browser's clock
let timer = null;
let box = null;

export function startSession(root) {
  const seconds = Number(root.documentElement.dataset.session);
  if (!seconds) return;
  delete root.documentElement.dataset.session; // from here on this part keeps the time
  wait(seconds);
  // A laptop that slept: timers did not run.
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
}

function wait(seconds) {
  ends = Date.now() + seconds * 1000;
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(0, seconds - WARN_SECONDS) * 1000);
}

const left = () => Math.round((ends - Date.now()) / 1000);

async function look() {
  if (left() > WARN_SECONDS + 1) return;
  let state;
  try {
    const response = await fetch(URL, { headers: { Accept: "application/json" } });
    if (response.status === 401 || response.status === 403) return over();
    state = await response.json();
  } catch {
    timer = setTimeout(look, 10_000); // no network: the server decides when it is back
    return;
  }
  wait(state.seconds);
  if (state.seconds > WARN_SECONDS + 1) hide();
  else warn(state);
}

function warn({ seconds, extendable }) {
  clearTimeout(timer);
  timer = setTimeout(look, (seconds + 1) * 1000);
  if (box) return;
  const stay = element("button", { type: "button", class: "usa-button button--s" }, say("staySignedIn"));
  stay.addEventListener("click", () => extend(stay));
  const minutes = Math.max(1, Math.round(seconds / 60));
  show(say(extendable ? "sessionEnds" : "sessionEndsAnyway", { n: minutes }), ...(extendable ? [stay] : []));
}

async function extend(button) {
  button.disabled = true;
  try {
    const response = await post(URL, {});
    if (response.status === 401 || response.status === 403) return over();
    wait((await response.json()).seconds);
    hide();
  } catch {
    button.disabled = false;
  }
}

function over() {
  clearTimeout(timer);
  hide();
  const next = encodeURIComponent(location.pathname + location.search);
  show(say("sessionOver"), element("a", { class: "usa-button button--s", href: `/accounts/login/?next=${next}` }, say("signInAgain")));
}

/** Said at once by screen readers; the focus stays where the person is typing. */
function show(text, ...more) {
  box = element("div", { class: "session-note", role: "alert" });
  document.body.append(box);
  box.append(element("p", {}, text), ...more);
}

function hide() {
  box?.remove();
  box = null;
}
