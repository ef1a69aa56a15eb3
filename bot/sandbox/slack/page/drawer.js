// The sandbox drawer: every call of the Web API, and what can be made to go wrong.

import { act } from "./api.js";
import { wordsFor } from "./deeds.js";
import { clock } from "./dates.js";
import { el, icon, reconcile } from "./dom.js";
import { channel, people, store } from "./store.js";

const FAULTS = [
  ["429", "Rate limited", "The next call gets HTTP 429 and must wait.", { seconds: 3 }],
  ["500", "Server error", "The next call gets HTTP 500.", {}],
  ["drop_after_accept", "Lost answer", "The next call is done, but its answer never arrives.", {}],
  ["slow", "Slow", "The next call takes 5 seconds.", { seconds: 5 }],
  ["error:missing_scope", "Missing scope", "The next call is refused for a scope.", {}],
  ["duplicate", "Twice", "The next click or command is delivered twice.", {}],
  ["socket_drop", "Cut", "All sockets are cut, without a word.", {}],
  ["socket_disconnect", "Refresh", "The app is asked to connect anew.", {}],
  ["black_hole", "Black hole", "For 10 seconds the sockets stay open, and nothing passes.", { seconds: 10 }],
];
let told = "";
let built = "";

// Draws the drawer; `show` opens another part of it, or closes it with "".
export function drawDrawer(show) {
  const drawer = document.getElementById("drawer");
  drawer.hidden = !store.drawer;
  if (!store.drawer) {
    built = "";
    return;
  }
  if (built !== store.drawer) {
    built = store.drawer;
    drawer.replaceChildren(head(show), store.drawer === "log" ? log() : faults());
  }
  if (store.drawer === "log") fillLog(drawer);
}

function head(show) {
  const tab = (name, label) => el("button", { type: "button", class: "tab", "aria-pressed": String(store.drawer === name), on: { click: () => show(name) } }, label);
  return el("header", { class: "side-head" }, el("h2", {}, "Sandbox"), el("div", { class: "tabs" }, tab("log", "Web API log"), tab("faults", "Faults")),
    el("button", { type: "button", class: "plain", "aria-label": "Close the sandbox drawer", on: { click: () => show("") } }, icon("close")));
}

function log() {
  return el("div", { class: "side-body" }, el("p", { class: "note", id: "log-note" }), el("ol", { class: "log", id: "log" }));
}

function fillLog(drawer) {
  const sockets = store.connections === 1 ? "1 open socket" : `${store.connections ?? 0} open sockets`;
  drawer.querySelector("#log-note").textContent = store.calls.length ? `${sockets}. The newest calls first.` : `${sockets}. No call yet.`;
  const seen = new Map();
  reconcile(drawer.querySelector("#log"), store.calls.map((call) => {
    const name = JSON.stringify(call);
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return { key: `${name} ${seen.get(name)}`, signature: people().zone, draw: () => callRow(call) };
  }));
}

function callRow(call) {
  const at = new Date(call.at);
  return el("li", { class: call.ok ? "call" : "call bad" },
    el("time", {}, clock(at, people().zone, { second: "2-digit" })),
    el("code", {}, call.method),
    el("span", { class: "call-where" }, channel(call.channel) ? `#${channel(call.channel).name}` : call.channel),
    el("span", { class: "call-end" }, call.ok ? "ok" : call.error));
}

function faults() {
  const note = el("p", { class: "note", role: "status" }, told || "Each happens once, to whatever comes next. See in the log how the app copes.");
  const send = (words, body) => async () => {
    told = await act("faults", body).then(() => words, wordsFor);
    note.textContent = told;
  };
  const rows = FAULTS.map(([kind, label, words, more]) => el("li", { class: "fault" },
    el("div", {}, el("strong", {}, label), el("p", {}, words)),
    el("button", { type: "button", class: "button", "aria-label": `Switch on: ${label}`, on: { click: send(`Switched on: ${label}.`, { kind, ...more }) } }, "Switch on")));
  return el("div", { class: "side-body" }, note, el("ul", { class: "faults" }, rows),
    el("button", { type: "button", class: "button", on: { click: send("All faults are off.", { clear: true }) } }, "Switch all off"));
}
