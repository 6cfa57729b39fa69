// The branches of a threaded topic: each post that was answered gets a button that hides what hangs on it, and the
// lines that lead down from it do the same under a pointer. What is hidden stays so in this browser.
import { element, icon, memberId, say } from "./page.js";

const KEY = `folded:${memberId}`;
const TOPICS_KEPT = 100;
const WIDTH = 4; // characters of one number in a path

let posts = null;
let topic = "";
let folded = new Set(); // paths

export function startBranches(list, topicId) {
  if (list.dataset.view) return; // by time there are no branches
  posts = list;
  topic = `t${topicId}`; // names like numbers would be sorted, not kept in order of use
  folded = new Set(recall()[topic] ?? []);
  const target = /^#post-\d+$/.test(location.hash) && posts.querySelector(location.hash);
  if (target) unfoldAbove(target.dataset.path);
  posts.addEventListener("click", (event) => {
    const handle = event.target.closest("[data-fold]");
    if (handle) toggle(handle.dataset.fold);
  });
  addEventListener("hashchange", () => {
    const shown = /^#post-\d+$/.test(location.hash) && posts.querySelector(location.hash);
    if (shown?.hidden) {
      unfoldAbove(shown.dataset.path);
      shown.scrollIntoView();
    }
  });
  drawBranches();
}

const all = () => [...posts.querySelectorAll("[data-post]")];
const above = (path) => Array.from({ length: path.length / WIDTH - 1 }, (_, level) => path.slice(0, (level + 1) * WIDTH));

/** Brings buttons, lines and what is hidden in line with the posts that are there. May be called at any time. */
export function drawBranches() {
  if (!posts) return;
  const shown = all();
  const paths = new Set(shown.map((post) => post.dataset.path));
  const below = new Map(); // path -> how many of the posts here hang on it
  for (const post of shown) for (const path of above(post.dataset.path)) below.set(path, (below.get(path) ?? 0) + 1);
  for (const post of shown) {
    const { path } = post.dataset;
    drawButton(post, below.get(path) ?? 0);
    drawLines(post, paths);
    sayWhom(post);
    post.hidden = above(path).some((one) => folded.has(one));
  }
  drawPlaceholders(shown, paths, below);
}

function drawButton(post, count) {
  let button = post.querySelector(":scope > .post-actions > .fold");
  if (!count) return button?.remove();
  const { path } = post.dataset;
  const open = !folded.has(path);
  if (!button) {
    button = element("button", { type: "button", class: "fold", "data-fold": path });
    const actions = post.querySelector(":scope > .post-actions") ?? element("footer", { class: "post-actions" });
    if (!actions.isConnected) post.append(actions); // a stub has no deeds of its own
    actions.append(button);
  }
  const text = say(open ? "hideReplies" : "repliesHidden", { n: count });
  if (button.dataset.said === text) return;
  button.dataset.said = text;
  button.setAttribute("aria-expanded", String(open));
  button.replaceChildren(icon(open ? "collapse" : "expand"), element("span", { class: open ? "usa-sr-only" : "" }, text));
  button.title = open ? text : "";
}

/** One strip over each line to the left of a post. Doubles the buttons for the pointer, so it is nothing to others. */
function drawLines(post, paths) {
  if (post.querySelector(":scope > .branch-line")) return;
  above(post.dataset.path).forEach((path, level) => {
    if (!paths.has(path)) return;
    const line = element("span", { class: `branch-line branch-line-${level}`, "data-fold": path, "aria-hidden": "true" });
    line.title = say("hideBranch");
    post.append(line);
  });
}

/** For narrow screens, which show no more than three levels: the sheet hides it elsewhere. */
function sayWhom(post) {
  const levels = above(post.dataset.path);
  if (levels.length < 3 || post.querySelector(".post-answers")) return;
  const parent = posts.querySelector(`[data-path="${levels.at(-1)}"]`);
  const who = parent?.querySelector(".post-name")?.textContent;
  if (!who || parent === post.previousElementSibling) return;
  post.querySelector(".post-time")?.before(element("a", { class: "post-answers", href: `#${parent.id}` }, say("inReplyToWho", { who })));
}

/** A hidden branch that began on an earlier page still says here that it is hidden. */
function drawPlaceholders(shown, paths, below) {
  const wanted = [...folded].filter(
    (path) => below.has(path) && !paths.has(path) && !above(path).some((one) => folded.has(one)),
  );
  for (const old of posts.querySelectorAll(".thread-fold")) {
    if (!wanted.includes(old.firstElementChild.dataset.fold)) old.remove();
  }
  for (const path of wanted) {
    let button = posts.querySelector(`.thread-fold > [data-fold="${path}"]`);
    if (!button) {
      button = element("button", { type: "button", "data-fold": path, "aria-expanded": "false" }, icon("expand"), element("span"));
      const first = shown.find((post) => post.dataset.path.startsWith(path));
      first.before(element("div", { class: `thread-fold post-depth-${path.length / WIDTH}` }, button));
    }
    button.lastChild.textContent = say("repliesHidden", { n: below.get(path) });
  }
}

function toggle(path) {
  const post = posts.querySelector(`[data-path="${path}"]`);
  const top = post?.getBoundingClientRect().top ?? 0;
  if (!folded.delete(path)) folded.add(path);
  keep();
  drawBranches();
  // Closed by a line far below its post: go up to what is left of it.
  if (post && top < 0 && folded.has(path)) post.scrollIntoView({ block: "start" });
  // The focus stood on a button that has gone, or on what is hidden now.
  if (document.activeElement === document.body || document.activeElement.closest("[hidden]")) {
    (post?.querySelector(".fold") ?? posts.querySelector(`[data-path^="${path}"]`))?.focus({ preventScroll: true });
  }
}

/** A post somebody was led to, or has just written, is never hidden. */
export function unfoldAbove(path) {
  if (!posts || !path) return;
  const before = folded.size;
  for (const one of above(path)) folded.delete(one);
  if (folded.size === before) return;
  keep();
  drawBranches();
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

function keep() {
  const { [topic]: _, ...others } = recall();
  const kept = Object.entries(others).slice(-(TOPICS_KEPT - 1));
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(folded.size ? [...kept, [topic, [...folded]]] : kept)));
  } catch {
    // Storage is full or forbidden: hidden until the page is left.
  }
}
