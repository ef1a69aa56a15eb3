// The parts of the page beside the sidebar: top bar, messages or App Home, thread.

import { drawBlocks } from "./blocks.js";
import { deedsOf } from "./deeds.js";
import { el, icon, reconcile } from "./dom.js";
import { avatar, drawMessages } from "./messages.js";
import { surfaceOf } from "./modal.js";
import { replyBox } from "./reply.js";
import { address, channel, face, HOME, store } from "./store.js";

const get = (id) => document.getElementById(id);

// The bar on top; `act` holds what its buttons do.
export function drawBar(act) {
  const home = store.place === HOME;
  const here = channel(store.place);
  const sign = home ? el("img", { class: "app-icon", src: "icon.svg", alt: "" }) : here.private ? icon("lock") : el("span", { class: "hash", "aria-hidden": "true" }, "#");
  const outside = !home && here.bot_inside === false ? `${store.workspace.app} is not in this channel` : "";
  const down = store.connections === 0 ? `${store.workspace.app} is not connected` : "";
  const signature = JSON.stringify([store.me, store.place, outside, down, store.drawer]);
  reconcile(get("bar"), [{ key: "bar", signature, draw: () => el("div", { class: "bar-line" },
    el("button", { type: "button", class: "plain menu", "aria-label": "Channels and people", "data-focus": "menu", on: { click: act.menu } }, icon("menu")),
    el("h2", {}, sign, el("span", { class: "place-name" }, home ? store.workspace.app : here.name)),
    el("span", { class: "bar-note" }, down || outside || (home ? "App Home" : "")),
    el("span", { class: "bar-me", title: `This tab is ${face(store.me).name}` }, avatar(face(store.me), true), el("span", {}, face(store.me).name)),
    el("button", { type: "button", class: "plain sandbox-button", "aria-expanded": String(Boolean(store.drawer)), "aria-controls": "drawer", "data-focus": "sandbox", on: { click: act.drawer } }, icon("flask"), "Sandbox")) }]);
}

// Messages of the current channel, or the App Home. Stays at the end where the reader was at the end.
export function drawPlace(moved) {
  const scroll = get("scroll");
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
  if (store.place === HOME) drawHome(scroll);
  else drawChannel(scroll);
  if (moved) scroll.scrollTop = store.place === HOME ? 0 : scroll.scrollHeight;
  else if (atEnd && store.place !== HOME) scroll.scrollTop = scroll.scrollHeight;
}

function drawChannel(scroll) {
  const messages = store.messages.get(store.place);
  let list = scroll.querySelector(".messages");
  if (list?.dataset.place !== store.place) {
    list = el("div", { class: "messages", role: "feed", "aria-label": `Messages in ${channel(store.place).name}`, "data-place": store.place });
    scroll.replaceChildren(el("div", { class: "intro" }), list);
  }
  reconcile(scroll.querySelector(".intro"), [intro(messages)]);
  drawMessages(list, messages ?? [], store.place);
}

function intro(messages) {
  const name = channel(store.place).name;
  const words = messages && !messages.length ? `Nothing has been said here yet. Try ${store.workspace.command} help.` : "";
  return { key: "intro", signature: words, draw: () => el("div", {}, el("h3", {}, `#${name}`), el("p", {}, `This is the very beginning of #${name}. ${words}`)) };
}

function drawHome(scroll) {
  const view = store.home;
  const asking = ["waiting", "acked"].includes(store.homeAsked);
  const waiting = {
    waiting: `Waiting for ${store.workspace.app} to draw this tab ...`,
    acked: `${store.workspace.app} is drawing this tab ...`,
    late: `${store.workspace.app} has not drawn this tab yet.`,
  }[store.homeAsked] ?? store.homeAsked;
  let pane = scroll.querySelector(".home");
  if (!pane) {
    pane = el("div", { class: "home" });
    scroll.replaceChildren(pane);
  }
  const signature = JSON.stringify([view, view ? deedsOf(view.id) : waiting, store.me]);
  const draw = () => (view ? drawBlocks(view.blocks, surfaceOf(view)) : el("p", { class: asking ? "note pending" : "note", role: "status" }, waiting));
  reconcile(pane, [{ key: "home", signature, draw }]);
}

// The thread that is open, on the right.
export function drawThread() {
  const pane = get("thread");
  const parent = (store.messages.get(store.place) ?? []).find((message) => message.ts === store.thread);
  pane.hidden = !parent;
  if (!parent) {
    pane.replaceChildren();
    return;
  }
  if (pane.dataset.ts !== parent.ts || !pane.firstElementChild) {
    pane.dataset.ts = parent.ts;
    pane.replaceChildren(
      el("header", { class: "side-head" }, el("h2", {}, "Thread", el("span", { class: "side-where" }, `#${channel(store.place).name}`)),
        el("a", { class: "plain", href: address(store.place), "aria-label": "Close the thread" }, icon("close"))),
      el("div", { id: "replies", class: "side-body thread-body", tabindex: "0", "aria-label": "Replies" }),
      replyBox(parent, store.place));
  }
  drawMessages(pane.querySelector(".thread-body"), [parent, ...parent.replies ?? []], store.place, true);
}
