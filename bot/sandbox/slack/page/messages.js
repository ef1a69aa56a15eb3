// A channel's messages, and a thread's, as Slack draws them.

import { act } from "./api.js";
import { confirmed } from "./ask.js";
import { drawBlocks } from "./blocks.js";
import { deedsOf, press } from "./deeds.js";
import { clock, dayName, dayOf, whole } from "./dates.js";
import { el, icon, reconcile } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { address, author, people, store } from "./store.js";

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
  const surface = {
    owner: ownerOf(channel, message),
    press: (block, element) => press(ownerOf(channel, message), block, element, "action", { user: store.me, channel, ts: message.ts }),
  };
  surface.choose = surface.press;
  const edited = message.edited ? el("span", { class: "edited", title: whole(new Date(Number(message.edited.ts) * 1000), people().zone) }, "(edited)") : null;
  const files = (message.files ?? []).map((file) => el("div", { class: "file" }, icon("file"), el("span", {}, file.title || file.name)));
  if (message.blocks?.length) return [drawBlocks(message.blocks, surface), ...files, edited];
  return [el("div", { class: "text mrkdwn" }, mrkdwn(String(message.text ?? ""), people()), edited ? [" ", edited] : null), ...files];
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
  if (inThread) return null;
  return el("div", { class: "tools" }, el("button", { type: "button", class: "plain", "aria-label": "Delete message", title: "Delete message",
    "data-focus": "delete", on: { click: () => remove(message, channel) } }, icon("trash")));
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
