// The message box: plain words, and the app's slash command with its hint and history.

import { act } from "./api.js";
import { wordsFor } from "./deeds.js";
import { el, icon } from "./dom.js";
import { escape } from "./mrkdwn.js";
import { channel, HOME, store } from "./store.js";

const drafts = new Map(); // "user channel" -> text not yet sent
const history = [];
let at = 0;
let place = "";
let parts;

// Builds the box once; it is never drawn again, so nothing typed is lost.
export function startComposer() {
  const box = el("textarea", { id: "line", rows: 1, autocomplete: "off", spellcheck: "false", "aria-describedby": "composer-hint composer-note",
    on: { input: typed, keydown: pressed, focus: hint, blur: hint } });
  const slash = el("button", { type: "button", class: "plain slash", on: { click: beginCommand } }, store.workspace.command);
  const send = el("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send"));
  const note = el("p", { id: "composer-note", class: "composer-note", role: "status" });
  const tips = el("div", { id: "composer-hint", class: "composer-hint", hidden: true });
  const form = el("form", { class: "composer", on: { submit } }, tips, el("div", { class: "composer-line" }, slash, box, send), note);
  parts = { box, note, tips, form };
  document.getElementById("composer").replaceChildren(form);
}

// Shows the box of the current place; each person has a draft of their own in each channel.
export function drawComposer() {
  const now = `${store.me} ${store.place}`;
  parts.form.hidden = store.place === HOME;
  if (now === place) return;
  if (place) drafts.set(place, parts.box.value);
  place = now;
  const label = `Message #${channel(store.place)?.name ?? ""}`;
  parts.box.placeholder = label;
  parts.box.setAttribute("aria-label", label);
  parts.note.textContent = "";
  fill(drafts.get(now) ?? "");
}

function fill(text) {
  parts.box.value = text;
  typed();
}

function typed() {
  parts.box.style.height = "auto";
  parts.box.style.height = `${Math.min(parts.box.scrollHeight, 200)}px`;
  hint();
}

function beginCommand() {
  if (!parts.box.value.startsWith(store.workspace.command)) fill(`${store.workspace.command} ${parts.box.value}`);
  parts.box.focus();
}

// While a command is typed: its name, and what may follow, ready to be taken over.
function hint() {
  const { command } = store.workspace;
  const text = parts.box.value;
  const started = text.startsWith("/") && (command.startsWith(text) || text.startsWith(`${command} `) || text === command);
  const focused = document.activeElement === parts.box || parts.tips.contains(document.activeElement);
  parts.tips.hidden = !(started && focused);
  if (parts.tips.hidden) return;
  const words = (store.workspace.usage_hint || "").split("|").map((word) => word.trim()).filter(Boolean);
  // mousedown would take the focus out of the box before the click arrives
  const take = (word) => ({ mousedown: (event) => event.preventDefault(), click: () => { fill(`${command} ${word}`); parts.box.focus(); } });
  parts.tips.replaceChildren(el("span", { class: "tip-name" }, command),
    ...words.map((word) => el("button", { type: "button", class: "tip", tabindex: "-1", on: take(word) }, word)));
}

function pressed(event) {
  const { box } = parts;
  if (event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    parts.form.requestSubmit();
  } else if (event.key === "Tab" && !event.shiftKey && box.value.length > 1 && store.workspace.command.startsWith(box.value)) {
    event.preventDefault();
    fill(`${store.workspace.command} `);
  } else if (event.key === "ArrowUp" && !box.value.slice(0, box.selectionStart).includes("\n")) recall(event, -1);
  else if (event.key === "ArrowDown" && !box.value.slice(box.selectionEnd).includes("\n")) recall(event, 1);
}

function recall(event, step) {
  const next = at + step;
  if (next < 0 || next > history.length) return;
  event.preventDefault();
  at = next;
  fill(history[at] ?? "");
  parts.box.setSelectionRange(parts.box.value.length, parts.box.value.length);
}

async function submit(event) {
  event.preventDefault();
  const text = parts.box.value.trim();
  if (!text) return;
  const sent = place;
  const body = { user: store.me, channel: store.place };
  if (history.at(-1) !== text) history.push(text);
  at = history.length;
  fill("");
  say(text.startsWith("/") ? `Delivering ${text.split(" ")[0]} ...` : "");
  try {
    if (text.startsWith("/")) await act("command", { ...body, text });
    else await act("message", { ...body, text: asSlackSends(text) });
    say("");
  } catch (error) {
    say(error.code === "unknown_command" ? `${text.split(" ")[0]} is not a command of this workspace. There is ${store.workspace.command}.` : wordsFor(error), true);
    if (sent === place && !parts.box.value) fill(text);
  }
}

function say(words, wrong = false) {
  parts.note.textContent = words;
  parts.note.classList.toggle("wrong", wrong);
}

// What a person writes is text: names become mentions, addresses become links, nothing else is markup.
export function asSlackSends(text) {
  return escape(text)
    .replace(/https?:\/\/[^\s|]+[^\s|.,;:!?)]/g, (url) => `<${url}>`)
    .replace(/(^|\s)@(\w+)/g, (all, before, name) => {
      const found = store.workspace.users.find((one) => one.name === name);
      return found ? `${before}<@${found.id}>` : all;
    });
}
