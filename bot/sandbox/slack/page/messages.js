// A channel's messages, and a thread's, as Slack draws them.

import { act } from "./api.js";
import { confirmed } from "./ask.js";
import { drawBlocks } from "./blocks.js";
import { deedOf, deedsOf, deliver, press } from "./deeds.js";
import { clock, dayName, dayOf, whole } from "./dates.js";
import { el, icon, reconcile } from "./dom.js";
import { drawFile } from "./files.js";
import { menuButton } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { address, author, people, permalink, store } from "./store.js";
import { stateOf, valuesOf } from "./values.js";

const TOGETHER_S = 300;
let redraw = () => {};

// `drawn` is called where a message was put away.
export function onMessages(drawn) {
  redraw = drawn;
}

export const momentOf = (message) => new Date(Number(message.ts) * 1000);

// Draws `messages` into `container` with a line between days; keeps every node that did not change.
export function drawMessages(container, messages, channel, inThread = false) {
  const { zone, me } = people();
  const items = [];
  let before = null;
  for (const message of messages) {
    if (store.dismissed.has(message.ts)) continue;
    const day = dayOf(momentOf(message), zone);
    if (!inThread && (!before || dayOf(momentOf(before), zone) !== day)) items.push(dayItem(message, day, zone));
    const grouped = !inThread && together(before, message, zone);
    const signature = JSON.stringify([message, grouped, me, zone, deedsOf(ownerOf(channel, message))]);
    items.push({ key: message.ts, signature, draw: () => drawMessage(message, channel, grouped, inThread) });
    before = message;
  }
  reconcile(container, items);
}

const ownerOf = (channel, message) => `${channel}:${message.ts}`;

function dayItem(message, day, zone) {
  const name = dayName(momentOf(message), zone);
  return { key: `day ${day}`, signature: name, draw: () => el("div", { class: "day", role: "separator", "aria-label": name }, el("span", {}, name)) };
}

// Messages of one author that follow each other soon are drawn under one name.
function together(before, message, zone) {
  // a heading begins something new, and deserves its own author
  if (message.blocks?.[0]?.type === "header") return false;
  if (!before || before.ephemeral || message.ephemeral || before.replies?.length) return false;
  const near = Number(message.ts) - Number(before.ts) < TOGETHER_S;
  return near && author(before).id === author(message).id && dayOf(momentOf(before), zone) === dayOf(momentOf(message), zone);
}

function drawMessage(message, channel, grouped, inThread) {
  const who = author(message);
  const time = clock(momentOf(message), people().zone);
  const classes = ["message", grouped ? "grouped" : "", message.ephemeral ? "ephemeral" : ""].join(" ").trim();
  return el("article", { class: classes, "aria-label": `${who.name}, ${time}`, tabindex: "-1", "data-ts": message.ts },
    el("div", { class: "gutter" }, grouped ? stamp(message, time) : avatar(who)),
    el("div", { class: "content" },
      message.ephemeral ? el("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
      grouped ? null : el("div", { class: "by" }, el("span", { class: "name" }, who.name), who.app ? el("span", { class: "app-badge" }, "APP") : null, stamp(message, time)),
      body(message, channel),
      shortcutNote(message, channel),
      inThread ? null : replies(message, channel),
    ),
    tools(message, channel, inThread),
  );
}

function stamp(message, time) {
  return el("time", { class: "stamp", title: whole(momentOf(message), people().zone) }, time);
}

// A square with a picture or with letters.
export function avatar(who, small = false) {
  const size = small ? "avatar small" : "avatar";
  if (who.picture) return el("img", { class: size, src: who.picture, alt: "" });
  return el("span", { class: `${size} hue-${who.hue}`, "aria-hidden": "true" }, who.letters);
}

function body(message, channel) {
  const owner = ownerOf(channel, message);
  const surface = { owner, values: valuesOf(`${store.me} ${owner}`) };
  const tell = (block, element, value) => press(owner, block, element, "action",
    { user: store.me, channel, ts: message.ts, state: stateOf(message.blocks, surface) }, value);
  Object.assign(surface, { press: tell, choose: tell });
  const edited = message.edited ? el("span", { class: "edited", title: whole(new Date(Number(message.edited.ts) * 1000), people().zone) }, "(edited)") : null;
  const files = (message.files ?? []).map(drawFile);
  if (message.blocks?.length) return [drawBlocks(message.blocks, surface), ...files, edited];
  const words = String(message.text ?? "");
  return [words || edited ? el("div", { class: "text mrkdwn" }, mrkdwn(words, people()), edited ? [" ", edited] : null) : null, ...files];
}

function replies(message, channel) {
  const count = message.replies?.length ?? 0;
  if (!count) return null;
  const faces = new Map(message.replies.map((reply) => [author(reply).id, author(reply)]));
  const last = momentOf(message.replies.at(-1));
  const { zone } = people();
  return el("a", { class: "replies", href: address(channel, message.ts), "data-focus": "replies" },
    [...faces.values()].slice(0, 3).map((who) => avatar(who, true)),
    el("span", { class: "reply-count" }, count === 1 ? "1 reply" : `${count} replies`),
    el("span", { class: "reply-last" }, `Last reply ${dayName(last, zone).toLowerCase()} at ${clock(last, zone)}`),
  );
}

function tools(message, channel, inThread) {
  if (message.ephemeral) {
    const away = () => {
      store.dismissed.add(message.ts);
      redraw();
    };
    return el("div", { class: "tools" }, el("button", { type: "button", class: "plain", "data-focus": "dismiss", on: { click: away } }, "Dismiss"));
  }
  const open = () => { location.hash = address(channel, message.thread_ts ?? message.ts); };
  const reply = inThread ? null : el("button", { type: "button", class: "plain", "aria-label": "Reply in thread", title: "Reply in thread",
    "data-focus": "reply", on: { click: open } }, icon("reply"));
  return el("div", { class: "tools" }, reply, menuButton("More actions", () => actionsOn(message, channel), { "data-focus": "more" }));
}

// Slack's own actions, then the app's shortcuts, then what an admin may.
function actionsOn(message, channel) {
  const { app, shortcuts } = store.workspace;
  const send = (one) => deliver(ownerOf(channel, message), SHORTCUT, "shortcut", { user: store.me, channel, ts: message.ts, callback_id: one.callback_id });
  const copy = () => navigator.clipboard?.writeText(permalink(channel, message)).catch(() => {});
  return [
    { name: "copy", label: "Copy link", icon: icon("link"), act: copy },
    ...shortcuts.filter((one) => one.type === "message").map((one) => ({
      name: one.callback_id, label: one.name, detail: app, icon: el("img", { class: "app-icon", src: "icon.svg", alt: "" }), act: () => send(one),
    })),
    { name: "delete", label: "Delete message", icon: icon("trash"), danger: true, act: () => remove(message, channel) },
  ];
}

const SHORTCUT = "shortcut";

// A shortcut has no button to spin: the message says that it waits, or what went wrong.
function shortcutNote(message, channel) {
  const deed = deedOf(ownerOf(channel, message), SHORTCUT);
  if (!deed) return null;
  if (deed.waiting) return el("p", { class: "note pending", role: "status" }, `Waiting for ${store.workspace.app} ...`);
  return el("p", { class: "deed-note", role: "alert" }, deed.note);
}

async function remove(message, channel) {
  const sure = await confirmed({
    title: { text: "Delete message" },
    text: { text: "As an admin of the workspace you can delete any message. The app is not told; it finds out when it next edits it." },
    confirm: { text: "Delete" },
    style: "danger",
  });
  if (sure) await act("delete", { channel, ts: message.ts }).catch(() => {});
}
