// <relative-time><time datetime title>3 Nov, 9:12 AM</time></relative-time>: puts the time into the member's zone and
// says "12 min ago" while that helps. Screen readers keep the absolute time. Made here because the well-known element
// of this name weighs as much as all our other scripts of a page.
const language = document.documentElement.lang || "en";
const zone = document.documentElement.dataset.zone || undefined;
const HOUR = 3600;
const DAY = 24 * HOUR;

// As the server writes them: "3 Nov, 9:12 AM".
const dayFirst = language.startsWith("en") ? "en-GB" : language;

function formatter(options, locale = language) {
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat(locale, options); // a zone this browser does not know
  }
}

const full = formatter({ dateStyle: "full", timeStyle: "long" });
const day = formatter({ day: "numeric", month: "short" }, dayFirst);
const dayAndYear = formatter({ day: "numeric", month: "short", year: "numeric" }, dayFirst);
const clock = formatter({ hour: "numeric", minute: "2-digit" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });

function inWords(seconds) {
  if (seconds < 60) return relative.format(0, "second"); // "now"
  if (seconds < HOUR) return relative.format(-Math.floor(seconds / 60), "minute");
  if (seconds < DAY) return relative.format(-Math.floor(seconds / HOUR), "hour");
  return relative.format(-Math.floor(seconds / DAY), "day");
}

class RelativeTime extends HTMLElement {
  static shown = new Set();

  connectedCallback() {
    this.time = this.querySelector("time");
    if (!this.time) return;
    this.moment = new Date(this.time.dateTime);
    this.time.title = full.format(this.moment);
    RelativeTime.shown.add(this);
    this.tell();
  }

  disconnectedCallback() {
    RelativeTime.shown.delete(this);
  }

  tell() {
    const now = new Date();
    const seconds = (now - this.moment) / 1000;
    const thisYear = this.moment.getFullYear() === now.getFullYear();
    const absolute = thisYear ? `${day.format(this.moment)}, ${clock.format(this.moment)}` : dayAndYear.format(this.moment);
    // What lies ahead is told as a time; a clock that is a little slow does not put the newest post there.
    const text = seconds > -60 && seconds < 6 * DAY ? inWords(seconds) : absolute;
    if (text === this.text) return;
    this.text = text;
    if (text === absolute) {
      this.time.textContent = absolute;
      return;
    }
    const seen = document.createElement("span");
    seen.setAttribute("aria-hidden", "true");
    seen.textContent = text;
    const heard = document.createElement("span");
    heard.className = "usa-sr-only";
    heard.textContent = absolute;
    this.time.replaceChildren(seen, heard);
  }
}

customElements.define("relative-time", RelativeTime);
setInterval(() => {
  if (document.visibilityState === "visible") RelativeTime.shown.forEach((time) => time.tell());
}, 30_000);
