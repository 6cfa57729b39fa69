// The shared worker: one socket for all tabs of this member. Each tab tells which rooms it shows; what concerns a
// room goes to the tabs that show it, everything else to all.
import { LiveSocket } from "./socket.js";

const tabs = new Map(); // port -> rooms
let socket = null;

function tell(message) {
  for (const [port, rooms] of tabs) {
    if (!message.room || rooms.has(message.room)) port.postMessage(message);
  }
  if (message.type === "refused" || message.type === "revoked") {
    for (const rooms of tabs.values()) rooms.delete(message.room);
  }
}

function leave(port, room) {
  if (!tabs.get(port)?.delete(room)) return;
  if (![...tabs.values()].some((rooms) => rooms.has(room))) socket.unsubscribe(room);
}

function join(port, latest) {
  tabs.set(port, new Set());
  if (!socket) {
    socket = new LiveSocket(self.location.origin, latest, tell);
  } else {
    if (socket.state === "ended") socket.connect(); // signed in again meanwhile
    port.postMessage({ type: "state", state: socket.state, since: socket.since });
    if (socket.unread !== null) port.postMessage({ type: "unread", unread: socket.unread });
  }
}

function part(port) {
  for (const room of [...(tabs.get(port) ?? [])]) leave(port, room);
  tabs.delete(port);
}

function subscribe(port, room) {
  tabs.get(port)?.add(room);
  if (socket.confirmed.has(room)) port.postMessage({ type: "subscribed", room });
  else socket.subscribe(room);
}

self.onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = ({ data }) => {
    if (data.type === "join") join(port, data.latest);
    else if (data.type === "lock") self.navigator.locks.request(data.lock, () => part(port));
    else if (data.type === "bye") part(port);
    else if (data.type === "subscribe") subscribe(port, data.room);
    else if (data.type === "unsubscribe") leave(port, data.room);
    else if (data.type === "wake") socket?.wake();
    else socket?.transmit(data);
  };
};
