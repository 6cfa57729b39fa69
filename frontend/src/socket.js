// One connection to /ws/live/ that stays: greets with the last notice it knows, keeps its rooms, comes back after
// every loss with growing, uneven pauses, and asks by ordinary requests while there is no socket. Knows no page: it
// runs in the shared worker, or in the page where there are no shared workers.

const PING_MS = 25_000;
const PONG_MS = 10_000;
const POLL_MS = 60_000;
const LONGEST_MS = 60_000;
const NOT_A_MEMBER = 4401;
const WRONG_ORIGIN = 4403;
const TOO_MUCH = [1008, 4429];

export class LiveSocket {
  /** `emit(message)` hears {type: "state"|"unread"|"tick"} of ours and the server's frames. */
  constructor(origin, latest, emit) {
    this.url = `${origin.replace(/^http/, "ws")}/ws/live/`;
    this.origin = origin;
    this.lastId = latest; // null: unknown; 0: no notice yet
    this.emit = emit;
    this.rooms = new Set();
    this.confirmed = new Set();
    this.unread = null;
    this.state = "connecting";
    this.since = null;
    this.failures = 0;
    this.target = 0; // the newest notice there is to catch up with
    this.connect();
    setInterval(() => this.poll(), POLL_MS);
  }

  setState(state) {
    if (state === this.state) return;
    this.state = state;
    if (state === "offline") this.since ??= Date.now();
    if (state === "live") this.since = null;
    this.emit({ type: "state", state, since: this.since });
  }

  setUnread(unread) {
    this.unread = unread;
    this.emit({ type: "unread", unread });
  }

  connect() {
    clearTimeout(this.retry);
    this.retry = null;
    const socket = (this.socket = new WebSocket(this.url));
    socket.onopen = () => {
      if (this.state !== "connecting") this.setState("catching-up");
      this.transmit({ type: "hello", after: this.lastId });
      for (const room of this.rooms) this.transmit({ type: "subscribe", room });
      this.pinging = setInterval(() => this.ping(), PING_MS);
    };
    socket.onmessage = (event) => this.receive(JSON.parse(event.data));
    socket.onclose = (event) => this.lost(event.code);
  }

  lost(code) {
    clearInterval(this.pinging);
    clearTimeout(this.ponging);
    this.socket = null;
    this.confirmed.clear();
    if (code === NOT_A_MEMBER || code === WRONG_ORIGIN) {
      this.setState("ended");
      return;
    }
    this.setState("offline");
    this.failures += 1;
    const most = Math.min(LONGEST_MS, 1000 * 2 ** Math.min(this.failures, 6));
    const pause = TOO_MUCH.includes(code) ? LONGEST_MS / 2 : 0;
    this.retry = setTimeout(() => this.connect(), pause + 500 + Math.random() * most);
  }

  /** The network is back, or someone looks at a page again: do not wait for the timer. */
  wake() {
    if (this.retry) this.connect();
    else if (this.socket?.readyState === WebSocket.OPEN) this.ping();
  }

  /** A connection that a sleeping laptop lost looks open until someone asks. */
  ping() {
    this.transmit({ type: "ping" });
    clearTimeout(this.ponging);
    this.ponging = setTimeout(() => this.socket?.close(4000), PONG_MS);
  }

  transmit(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  subscribe(room) {
    this.rooms.add(room);
    this.transmit({ type: "subscribe", room });
  }

  unsubscribe(room) {
    this.rooms.delete(room);
    this.confirmed.delete(room);
    this.transmit({ type: "unsubscribe", room });
  }

  receive(message) {
    switch (message.type) {
      case "welcome":
        this.failures = 0;
        this.target = message.latest ?? 0;
        this.lastId ??= this.target;
        this.setUnread(message.unread);
        this.settle();
        return;
      case "notification":
        this.notice(message);
        return;
      case "read":
        this.setUnread(message.unread);
        break;
      case "subscribed":
        this.confirmed.add(message.room);
        break;
      case "refused":
      case "revoked":
        this.rooms.delete(message.room);
        this.confirmed.delete(message.room);
        break;
      case "pong":
        clearTimeout(this.ponging);
        return;
    }
    this.emit(message);
  }

  /** Delivery is at least once and in order of ids: what is not newer than the last one has been here. */
  notice(message) {
    if (this.lastId !== null && message.id <= this.lastId) return;
    this.lastId = message.id;
    // `welcome` has counted those up to its `latest`; one that replaces an unread one counts nothing new.
    if (message.id > this.target && !message.replaces && !message.read_at) this.setUnread((this.unread ?? 0) + 1);
    this.emit(message);
    this.settle();
  }

  settle() {
    if (this.lastId >= this.target) this.setState("live");
    // What lies between may have been read or withdrawn meanwhile and then never comes.
    else setTimeout(() => this.socket?.readyState === WebSocket.OPEN && this.setState("live"), 2000);
  }

  /** While no socket can be had: the same facts once a minute by ordinary requests. */
  async poll() {
    if (this.socket?.readyState === WebSocket.OPEN || this.state === "ended") return;
    try {
      const [me, missed] = await Promise.all([
        this.ask("/api/v1/me/"),
        this.lastId === null ? null : this.ask(`/api/v1/notifications/?after=${this.lastId}`),
      ]);
      for (const message of (missed?.results ?? []).reverse()) {
        if (message.id <= this.lastId) continue;
        this.lastId = message.id;
        this.emit({ ...message, type: "notification" });
      }
      this.setUnread(me.unread);
      this.emit({ type: "tick" });
    } catch {
      // Still without a network; the state says so already.
    }
  }

  async ask(path) {
    const response = await fetch(this.origin + path, { headers: { Accept: "application/json" } });
    // A refused handshake tells a script nothing, so a sign-out shows here first.
    if (response.status === 401 || response.status === 403) {
      clearTimeout(this.retry);
      this.setState("ended");
    }
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }
}
