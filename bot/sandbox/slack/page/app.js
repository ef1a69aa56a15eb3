// Starts the page: reads the workspace, follows the address, and draws again with every change.

import { act, listen, look } from "./api.js";
import { drawComposer, startComposer } from "./composer.js";
import { onDeed, wordsFor } from "./deeds.js";
import { drawDrawer } from "./drawer.js";
import { onMessages } from "./messages.js";
import { drawModal, startModal } from "./modal.js";
import { drawBar, drawPlace, drawThread } from "./panes.js";
import { drawSidebar } from "./sidebar.js";
import { address, author, face, HOME, markRead, placesOf, readAddress, remember, store } from "./store.js";

const get = (id) => document.getElementById(id);
const LOST_AFTER_MS = 1500;
const DRAWN_WITHIN_MS = 8000;
const turns = new Map(); // name -> how often it was asked for, so that a late answer never wins

// Asks once for everything that changed within a moment, and drops an answer that a newer question overtook.
const waiting = new Map();
function refresh(name, ask, wait = 25) {
  if (waiting.has(name)) return;
  waiting.set(name, setTimeout(async () => {
    waiting.delete(name);
    const turn = (turns.get(name) ?? 0) + 1;
    turns.set(name, turn);
    try {
      const keep = await ask();
      if (turns.get(name) === turn) keep();
      draw();
    } catch (error) {
      if (error.code !== "unreachable") banner(wordsFor(error));
    }
  }, wait));
}

function refreshChannel(id) {
  const { me } = store;
  refresh(`messages ${me} ${id}`, async () => {
    const { messages } = await look("messages", { channel: id, user: me });
    return () => me === store.me && keepMessages(id, messages);
  });
}

function keepMessages(id, messages) {
  const known = new Set((store.messages.get(id) ?? []).map((message) => message.ts));
  const first = !store.messages.has(id);
  store.messages.set(id, messages);
  const fresh = messages.filter((message) => !known.has(message.ts) && message.user !== store.me);
  if (first || id !== store.place || !fresh.length) return;
  get("announcer").textContent = fresh.map((message) => `${author(message).name}: ${String(message.text).slice(0, 300)}`).join(". ");
  const scroll = get("scroll");
  get("newer").hidden = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
}

function refreshViews() {
  const { me } = store;
  refresh(`view ${me}`, async () => {
    const { modal, home, depth } = await look("view", { user: me });
    return () => me === store.me && Object.assign(store, { modal, home, depth: depth ?? 1 });
  }, 10);
}

function refreshLog(wait) {
  refresh("log", async () => {
    const { calls, connections } = await look("log");
    return () => Object.assign(store, { calls, connections: connections ?? null });
  }, wait);
}

function refreshAll() {
  for (const one of placesOf(store.me)) refreshChannel(one.id);
  refreshViews();
  refreshLog(25);
}

function changed({ type, channel, user }) {
  const shown = placesOf(store.me).some((one) => one.id === channel);
  if (type === "message" && shown && (!user || user === store.me)) refreshChannel(channel);
  if ((type === "view" || type === "home") && user === store.me) refreshViews();
  if (type === "socket" || (type === "call" && store.drawer === "log")) refreshLog(200);
}

async function openHome() {
  const { me } = store;
  store.homeAsked = "waiting";
  try {
    const answer = await act("home", { user: me });
    store.homeAsked = answer.acked === false ? `${store.workspace.app} did not answer. See whether it is connected, then open this tab again.` : "acked";
    if (store.homeAsked === "acked") setTimeout(late, DRAWN_WITHIN_MS);
  } catch (error) {
    store.homeAsked = wordsFor(error);
  }
  refreshViews();
  draw();
}

// The app has heard of it, and still nothing is there.
function late() {
  if (store.homeAsked === "acked") store.homeAsked = "late";
  draw();
}

let moved = false;

function follow() {
  const { me, place, thread, at } = readAddress(location.hash);
  const person = me !== store.me;
  moved = moved || person || place !== store.place;
  Object.assign(store, { me, place, thread, at });
  remember(me);
  if (person) {
    store.messages.clear();
    store.deeds.clear();
    Object.assign(store, { modal: null, home: null, depth: 0 });
    refreshAll();
  }
  if (moved) {
    get("newer").hidden = true;
    menu(false);
    if (place === HOME) openHome();
  }
  draw();
}

function menu(open) {
  document.body.classList.toggle("menu-open", open);
  get("main").inert = open;
  if (open) get("sidebar").querySelector("[aria-current]")?.focus();
}

function drawer(part) {
  store.drawer = part;
  if (part === "log") refreshLog(0);
  draw();
  if (part) get("drawer").querySelector("[aria-pressed=true]").focus();
  else get("bar").querySelector(".sandbox-button").focus();
}

function banner(words) {
  get("banner").hidden = !words;
  get("banner").textContent = words;
}

function draw() {
  const where = store.place === HOME ? store.workspace.app : `#${store.workspace.channels.find((one) => one.id === store.place).name}`;
  document.title = `${face(store.me).name}: ${where} - ${store.workspace.name}`; // three tabs, three people: the name comes first
  drawBar({ menu: () => menu(true), drawer: () => drawer(store.drawer ? "" : "log") });
  const loaded = store.place === HOME || store.messages.has(store.place);
  drawPlace(moved && loaded);
  if (loaded) moved = false;
  if (store.place !== HOME && document.visibilityState === "visible") markRead(store.place);
  drawThread();
  pointAt();
  drawSidebar((to) => { location.hash = to; });
  drawComposer();
  drawDrawer(drawer);
  drawModal();
}

// A link to a message: it is brought into view and marked, once.
function pointAt() {
  const found = store.at && [...document.querySelectorAll(".message")].filter((one) => one.dataset.ts === store.at).at(-1);
  if (!found) return;
  store.at = "";
  found.scrollIntoView({ block: "center" });
  found.classList.add("pointed");
}

let lost = 0;
function connected(up) {
  clearTimeout(lost);
  if (up) {
    if (!store.reachable) refreshAll();
    store.reachable = true;
    banner("");
    return;
  }
  lost = setTimeout(() => {
    store.reachable = false;
    banner("The sandbox has stopped. Start it again; this page comes back by itself.");
  }, LOST_AFTER_MS);
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    if (document.body.classList.contains("menu-open")) {
      menu(false);
      get("bar").querySelector(".menu").focus();
    } else if (store.drawer) drawer("");
    else if (store.thread) location.hash = address(store.place);
  });
  get("scrim").addEventListener("click", () => menu(false));
  get("newer").addEventListener("click", () => {
    get("scroll").scrollTop = get("scroll").scrollHeight;
  });
  get("scroll").addEventListener("scroll", () => {
    const scroll = get("scroll");
    if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120) get("newer").hidden = true;
  }, { passive: true });
  document.addEventListener("visibilitychange", draw);
}

async function start() {
  try {
    store.workspace = await look("workspace");
  } catch (error) {
    banner(`${wordsFor(error)} Load this page again.`);
    return;
  }
  startComposer();
  startModal();
  onDeed(draw);
  onMessages(draw);
  listenToKeys();
  addEventListener("hashchange", follow);
  listen(changed, connected);
  follow();
}

start();
