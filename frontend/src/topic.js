// An open topic: tells of new replies where they belong, follows edits and removals, reports what was read.
// Nothing here moves what is being read, nor the focus. What is shown always comes from the server's own page.
import { announce, element, getFragment, post, say } from "./page.js";
import { refreshAround, startAround } from "./around.js";
import { startBeacon, watchPost } from "./beacon.js";
import { joinRoom, on } from "./live.js";
import { drawBranches, startBranches, unfoldAbove } from "./branches.js";
import { startMap } from "./map.js";
import { nameDeeds, startPostMenus } from "./post-menu.js";

let main = null;
let posts = null; // the list
let topicId = "";
let version = 0;
const fresh = new Map(); // id -> {id, number, parent} of replies that are there but not shown yet
const stale = new Map(); // id -> the post's element, to be replaced when it no longer has the focus

export function startTopic(root) {
  main = root.querySelector("main[data-topic]");
  posts = main.querySelector("[data-posts]");
  topicId = main.dataset.topic;
  version = Number(main.dataset.version);
  joinRoom(main.dataset.room, heard);
  on("tick", pull);
  addEventListener("online", pullSoon);
  startBeacon(main);
  posts.addEventListener("click", react);
  startPostMenus(posts);
  startBranches(posts, topicId);
  startMap(main);
  startAround(main, takePage);
  posts.querySelectorAll("[data-post]").forEach(nameDeeds);
}

function heard(message) {
  switch (message.type) {
    case "subscribed": // at first and after every gap: what happened in between?
    case "post.created":
    case "post.edited":
    case "post.removed":
      return pullSoon();
    case "reaction.changed":
      return replacePosts([message.post.id]);
    case "topic.changed":
      return pullSoon();
    case "refused": // no access, or more rooms than one socket may have: the server's answer tells
      setInterval(pull, 60_000);
      return pullSoon();
    case "revoked":
      return accessLost();
  }
}

// --- What changed since our version -------------------------------------------------------------------

let soon = null;
let pulling = false;
let again = false;
let failures = 0; // in a row

function pullSoon() {
  soon ??= setTimeout(pull, 120); // a burst of events is one question
}

async function pull() {
  clearTimeout(soon);
  soon = null;
  if (pulling) {
    again = true;
    return;
  }
  pulling = true;
  try {
    const response = await fetch(`/api/v1/topics/${topicId}/changes/?since=${version}`, {
      headers: { Accept: "application/json" },
    });
    if (response.status === 404) return accessLost();
    if (!response.ok) return; // the next event, reconnection or poll asks again
    const changes = await response.json();
    if (changes.reset) return offerReload();
    await take(changes.posts, changes.gone);
    // More versions than posts: something else was done to the topic, or to one post twice.
    if (changes.version - version > changes.posts.length) refreshAround();
    version = changes.version;
    failures = 0;
  } catch {
    // No network. The socket may live on where a request fails, so nothing else would ask again soon.
    failures += 1;
    setTimeout(pullSoon, Math.min(60_000, 1_000 * 2 ** failures));
  } finally {
    pulling = false;
    if (again) {
      again = false;
      pullSoon();
    }
  }
}

async function take(changed, gone) {
  const known = gone.filter((id) => posts.querySelector(`[data-post="${id}"]`));
  gone.forEach((id) => fresh.delete(id));
  let arrived = 0;
  for (const change of changed) {
    const shown = posts.querySelector(`[data-post="${change.id}"]`);
    if (shown) {
      if (Number(shown.dataset.version) < change.version) known.push(change.id);
    } else if (change.is_removed) {
      fresh.delete(change.id);
    } else if (isNews(change) && !fresh.has(change.id)) {
      fresh.set(change.id, change);
      arrived += 1;
    }
  }
  if (known.length && !(await replacePosts(known))) throw new Error("asked again with the next pull");
  keepPlace(placePills);
  if (arrived) announce("replies", say("newReplies", { n: fresh.size }));
}

/** A changed post that is on another page of this topic is not news. */
function isNews(change) {
  if (change.number <= Number(main.dataset.last)) return false;
  const { branch } = posts.dataset; // of a branch alone only what belongs to it
  return !branch || fresh.has(change.parent) || posts.querySelector(`[data-post="${change.parent}"]`) !== null;
}

// --- "2 new replies" ----------------------------------------------------------------------------------

/** The post after which a new reply belongs: the last one of its parent's branch, or null for the end of the list. */
function placeOf(change) {
  if (posts.dataset.view) return null; // by time: new ones belong to the end, or to the top
  const parent = change.parent && posts.querySelector(`[data-post="${change.parent}"]`);
  if (!parent) return null;
  let last = parent;
  for (let next = parent.nextElementSibling; next; next = next.nextElementSibling) {
    if (next.dataset.path?.startsWith(parent.dataset.path)) last = next;
    else if (next.dataset.path) break;
  }
  return last;
}

function placePills() {
  const groups = new Map(); // place -> replies
  for (const change of fresh.values()) {
    // A reply to a reply that is itself still waiting goes with it.
    let first = change;
    while (fresh.has(first.parent)) first = fresh.get(first.parent);
    const place = placeOf(first);
    const group = groups.get(place) ?? { depth: depthBelow(first.parent), replies: [] };
    group.replies.push(change);
    groups.set(place, group);
  }
  // A pill that is right already stays: a new one would take the focus from whoever stands on it.
  const right = new Set();
  for (const [place, { depth, replies }] of groups) {
    const key = replies.map((reply) => reply.id).join();
    const text = say("newReplies", { n: replies.length });
    let pill = [...posts.querySelectorAll(".thread-pill")].find((one) => one.place === place);
    if (pill) {
      pill.firstElementChild.textContent = text;
    } else {
      pill = makePill(place, place ? depth : 0, text);
      if (place) place.after(pill);
      else if (posts.dataset.view === "newest") posts.prepend(pill);
      else posts.append(pill);
    }
    pill.dataset.ids = key;
    right.add(pill);
  }
  for (const pill of posts.querySelectorAll(".thread-pill")) if (!right.has(pill)) pill.remove();
}

function makePill(place, depth, text) {
  const pill = element("div", { class: `thread-pill post-depth-${depth}` });
  pill.place = place;
  // Where later pages lie between here and the end, the way there is a link.
  if (!place && "more" in posts.dataset) {
    const newest = Math.max(...[...fresh.values()].map((change) => change.number));
    pill.append(element("a", { href: `/forum/t/${topicId}/-/${newest}/${posts.dataset.view ? `?view=${posts.dataset.view}` : ""}#post-${newest}` }, text));
  } else {
    const button = element("button", { type: "button" }, text);
    button.addEventListener("click", () => show(pill));
    pill.append(button);
  }
  return pill;
}

function depthBelow(parentId) {
  const parent = parentId && posts.querySelector(`[data-post="${parentId}"]`);
  return parent ? Math.min(5, Number(parent.className.match(/post-depth-(\d)/)?.[1] ?? 0) + 1) : 0;
}

function getPosts(ids) {
  return getFragment(`/forum/t/${topicId}/posts/?ids=${ids.join()}&view=${posts.dataset.view ?? ""}`);
}

async function show(pill) {
  const ids = pill.dataset.ids.split(",").map(Number);
  pill.classList.add("is-loading");
  let arrived;
  try {
    arrived = await getPosts(ids);
  } catch {
    pill.classList.remove("is-loading");
    announce("replies", say("tryAgain"));
    return;
  }
  const top = pill.getBoundingClientRect().top;
  const added = [...arrived.querySelectorAll("[data-post]")].map(insert);
  ids.forEach((id) => fresh.delete(id));
  pill.remove();
  placePills();
  added.forEach((shown) => unfoldAbove(shown.dataset.path));
  drawBranches();
  // Where the browser does not anchor the scroll itself, keep what stood here where it stood.
  const first = added[0];
  if (first && !CSS.supports("overflow-anchor", "auto")) scrollBy(0, first.getBoundingClientRect().top - top);
  first?.focus({ preventScroll: true }); // the button that had the focus is gone
  added.forEach((shown) => watchPost(shown));
}

/** In tree order: before the first post whose path is greater. */
function insert(arrived) {
  nameDeeds(arrived);
  const shown = posts.querySelector(`[data-post="${arrived.dataset.post}"]`);
  if (shown) {
    shown.replaceWith(arrived);
    return arrived;
  }
  const { view } = posts.dataset;
  const place = (one) => (view ? Number(one.dataset.number) * (view === "newest" ? -1 : 1) : one.dataset.path);
  const next = [...posts.querySelectorAll("[data-post]")].find((one) => place(one) > place(arrived));
  // A pill stays behind the branch it belongs to.
  if (next) next.before(arrived);
  else [...posts.querySelectorAll("[data-post]")].at(-1)?.after(arrived);
  if (!arrived.isConnected) posts.append(arrived);
  return arrived;
}

// --- Edits and removals in place ----------------------------------------------------------------------

/** False when the server could not be asked. */
async function replacePosts(ids) {
  let arrived;
  try {
    arrived = await getPosts(ids);
  } catch {
    return false;
  }
  keepPlace(() => putIn(ids, arrived));
  return true;
}

function putIn(ids, arrived) {
  const elsewhere = []; // in the tree, because a post above them went to another topic
  for (const id of ids) {
    const shown = posts.querySelector(`[data-post="${id}"]`);
    const now = arrived.querySelector(`[data-post="${id}"]`);
    if (!shown) continue;
    if (shown.contains(document.activeElement)) later(id, shown);
    else if (!now) shown.remove();
    else swap(shown, now);
    if (now?.isConnected && now.dataset.path !== shown.dataset.path) elsewhere.push(now);
  }
  elsewhere.forEach((one) => one.remove());
  elsewhere.forEach((one) => watchPost(insert(one)));
  drawBranches();
}

let spare = null;

/** The browser anchors what is read, except where the page grows so short that it has to scroll. Then as much as is
 * on the screen stays free at its end; not within the list, for a change of its own size would end the anchoring. */
function keepPlace(change) {
  if (!spare) document.body.append((spare = element("div")));
  spare.style.height = `${innerHeight}px`;
  change();
  requestAnimationFrame(() => setTimeout(() => {
    const below = document.documentElement.scrollHeight - innerHeight - scrollY;
    spare.style.height = `${Math.max(0, spare.offsetHeight - below)}px`;
  }));
}

function swap(shown, now) {
  const pill = posts.querySelectorAll(".thread-pill");
  for (const one of pill) if (one.place === shown) one.place = now;
  now.classList.toggle("post--unread", shown.classList.contains("post--unread"));
  nameDeeds(now);
  shown.replaceWith(now);
  watchPost(now);
}

function later(id, shown) {
  if (stale.has(id)) return;
  stale.set(id, shown);
  shown.addEventListener(
    "focusout",
    () => setTimeout(() => {
      stale.delete(id);
      replacePosts([id]);
    }),
    { once: true },
  );
}

/** Says or takes back what a button offers, and keeps the focus on it: the button that comes back is another one. */
async function react(event) {
  const button = event.target.closest("button[form=react]");
  if (!button) return;
  event.preventDefault();
  const { post: id } = button.closest("[data-post]").dataset;
  const kind = button.value;
  try {
    const answer = await post(button.formAction, { [button.name]: kind });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const arrived = await getPosts([id]);
    const shown = posts.querySelector(`[data-post="${id}"]`);
    const now = arrived.querySelector(`[data-post="${id}"]`);
    if (!shown || !now) return;
    swap(shown, now);
    drawBranches();
    const back = now.querySelector(`button[form=react][value="${kind}"]`) ?? now.querySelector(".more");
    back?.focus({ preventScroll: true });
  } catch {
    announce("replies", say("tryAgain"));
  }
}

// --- The topic itself ---------------------------------------------------------------------------------

/** The page as it is now: may it still be written here? */
function takePage(page) {
  const locked = "locked" in page.querySelector("main").dataset;
  if (locked === "locked" in main.dataset) return;
  main.toggleAttribute("data-locked", locked);
  main.querySelector('[data-banner="lock"]')?.remove();
  if (locked && page.querySelector("form[data-composer]")) return; // who keeps order may write all the same
  banner("lock", locked ? say("lockedNow") : say("unlockedNow"), here(), say("reload"));
  if (locked) closeComposer();
}

/** Either the reader may not be here any more, or the whole topic went elsewhere: its address leads there. */
async function accessLost() {
  if (main.querySelector('[data-banner="access"], [data-banner="merged"]')) return;
  closeComposer();
  const page = await fetch(location.pathname).catch(() => null);
  if (page?.ok && page.redirected) banner("merged", say("mergedAway"), page.url, say("openOther"));
  else banner("access", say("accessLost"));
}

const here = () => location.pathname + location.search;

function offerReload() {
  banner("reload", say("muchChanged"), here(), say("reload"));
}

function banner(kind, text, url = "", label = "") {
  if (main.querySelector(`[data-banner="${kind}"]`)) return;
  const line = element("p", { class: "usa-alert__text" }, text, " ");
  if (url) line.append(element("a", { href: url }, label));
  const made = element(
    "div",
    { class: "usa-alert usa-alert--warning usa-alert--slim live-banner", "data-banner": kind },
    element("div", { class: "usa-alert__body" }, line),
  );
  posts.before(made);
  announce("banner", text);
}

/** What was typed stays readable and can be copied; it cannot be sent any more. */
function closeComposer() {
  for (const form of main.querySelectorAll("form[data-composer]")) {
    form.querySelectorAll("textarea").forEach((field) => (field.readOnly = true));
    form.querySelectorAll("button").forEach((button) => (button.disabled = true));
  }
}
