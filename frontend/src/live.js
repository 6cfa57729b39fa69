// The page's end of the live connection: a shared worker where there is one, else a socket of its own.
import { announce, app, memberId, say } from "./page.js";
import { LiveSocket } from "./socket.js";

const listeners = new Map(); // type -> functions
const rooms = new Map(); // room -> function

/** Hear messages of a type: "notification", "read", "unread", "state", "tick". */
export function on(type, listener) {
  listeners.set(type, [...(listeners.get(type) ?? []), listener]);
}

/** Hear everything about a room, also "subscribed" after each (re)connection. */
export function joinRoom(room, listener) {
  rooms.set(room, listener);
  send({ type: "subscribe", room });
}

function dispatch(message) {
  if (message.room) rooms.get(message.room)?.(message);
  for (const listener of listeners.get(message.type) ?? []) listener(message);
}

let send = () => {};

function throughWorker(latest) {
  // Named after the member: another member in the same browser gets another worker and another socket.
  const worker = new SharedWorker(app.worker, { name: `live-${memberId}` });
  worker.onerror = () => {
    worker.onerror = null;
    ownSocket(latest);
    for (const room of rooms.keys()) send({ type: "subscribe", room });
  };
  worker.port.onmessage = (event) => dispatch(event.data);
  send = (message) => worker.port.postMessage(message);
  send({ type: "join", latest });
  // A tab that crashes says no goodbye, but it lets go of its lock: the worker waits for that.
  const lock = `live-tab-${crypto.randomUUID?.() ?? Math.random()}`;
  navigator.locks?.request(lock, () => {
    send({ type: "lock", lock });
    return new Promise(() => {});
  });
  addEventListener("pagehide", () => send({ type: "bye" }));
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    send({ type: "join", latest: null });
    for (const room of rooms.keys()) send({ type: "subscribe", room });
  });
}

function ownSocket(latest) {
  const socket = new LiveSocket(location.origin, latest, dispatch);
  send = (message) => {
    if (message.type === "subscribe") socket.subscribe(message.room);
    else if (message.type === "unsubscribe") socket.unsubscribe(message.room);
    else if (message.type === "wake") socket.wake();
    else socket.transmit(message);
  };
}

/** `latest`: the newest notice this page was rendered with; 0 for none. */
export function startLive(latest) {
  if ("SharedWorker" in window && app.worker) throughWorker(latest);
  else ownSocket(latest);
  addEventListener("online", () => send({ type: "wake" }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send({ type: "wake" });
  });
  on("state", showState);
}

function showState({ state, since }) {
  const shown = document.querySelector("[data-live-state]");
  if (!shown || state === "connecting") return;
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
  const text =
    state === "live" ? say("live") : state === "catching-up" ? say("catchingUp")
    : state === "ended" ? say("signedOut") : say("offlineSince", { time: clock.format(since) });
  const was = shown.dataset.state;
  shown.dataset.state = state === "ended" ? "offline" : state;
  shown.title = text;
  shown.querySelector("[data-live-text]").textContent = text;
  if (state === "offline" || state === "ended" || was === "offline") announce("state", text);
}
