// Block Kit to elements. `surface` says whose blocks they are: {owner, press(block, element), choose(block, element,
// value), values, held, errors}.

import { deedOf, keyOf } from "./deeds.js";
import { el } from "./dom.js";
import { slackFileUrl } from "./files.js";
import { drawBare, drawInput } from "./inputs.js";
import { menuButton } from "./menu.js";
import { linked, safeUrl, textNodes } from "./mrkdwn.js";
import { people } from "./store.js";
import { isInput } from "./values.js";

const DRAW = { header, section, context, actions, divider, image, input };

// The blocks, in order, each in an element of its own.
export function drawBlocks(blocks, surface) {
  return el("div", { class: "blocks" }, (blocks ?? []).map((block, at) => one(named(block, at), surface)));
}

// Slack names a block that the app left unnamed.
export function named(block, at) {
  return block.block_id ? block : { ...block, block_id: `block-${at}` };
}

function one(block, surface) {
  const draw = Object.hasOwn(DRAW, block.type) ? DRAW[block.type] : undefined;
  if (draw) return draw(block, surface);
  return el("p", { class: "note" }, `A block of the type "${block.type}", which this page does not draw.`);
}

function header(block) {
  return el("h3", { class: "block-header" }, textNodes(block.text, people()));
}

function section(block, surface) {
  const words = people();
  const fields = (block.fields ?? []).map((field) => el("div", { class: "field" }, textNodes(field, words)));
  const body = el("div", { class: "section-body" },
    block.text ? el("div", { class: "text mrkdwn" }, textNodes(block.text, words)) : null,
    fields.length ? el("div", { class: "fields" }, fields) : null,
  );
  if (!block.accessory) return el("div", { class: "section" }, body);
  const side = element(block, block.accessory, surface);
  return el("div", { class: "section with-accessory" }, body, el("div", { class: "accessory" }, side), notes(block, [block.accessory], surface));
}

function context(block) {
  const words = people();
  const parts = block.elements.map((part) =>
    part.type === "image" ? picture(part, "context-image") : el("span", {}, textNodes(part, words)));
  return el("div", { class: "context" }, parts);
}

function divider() {
  return el("hr");
}

function image(block) {
  const title = block.title ? el("figcaption", {}, textNodes(block.title, people())) : null;
  return el("figure", { class: "image" }, title, picture(block, "block-image"));
}

// Nothing is fetched from outside: a picture that lies elsewhere is told by its words.
function picture(block, kind) {
  const address = block.slack_file ? new URL(slackFileUrl(block.slack_file), location).href : String(block.image_url ?? "");
  const near = address.startsWith("data:image/") || safeUrl(address) && new URL(address).origin === location.origin;
  if (near) return el("img", { class: kind, src: address, alt: block.alt_text });
  return el("span", { class: `${kind} absent`, role: "img", "aria-label": block.alt_text }, `Picture: ${block.alt_text}`);
}

function actions(block, surface) {
  const drawn = block.elements.map((part) => element(block, part, surface));
  return el("div", { class: "actions", role: "group", "aria-label": "Actions" }, drawn, notes(block, block.elements, surface));
}

function input(block, surface) {
  if (isInput(block.element)) return drawInput(block, surface);
  return el("p", { class: "note" }, `An input of the type "${block.element?.type}", which this page does not draw.`);
}

function element(block, part, surface) {
  if (part.type === "button") return button(block, part, surface);
  if (part.type === "image") return picture(part, "accessory-image");
  if (part.type === "overflow") return overflow(block, part, surface);
  if (isInput(part)) return drawBare(block, part, surface);
  return el("span", { class: "note" }, `An element of the type "${part.type}", which this page does not draw.`);
}

function overflow(block, part, surface) {
  const items = () => part.options.map((option) => ({
    label: textNodes(option.text, people()), detail: option.description?.text, name: option.value,
    act: () => {
      surface.choose(block, part, option.value);
      if (option.url && safeUrl(option.url)) open(option.url, "_blank", "noopener,noreferrer");
    },
  }));
  const waiting = Boolean(deedOf(surface.owner, keyOf(block, part))?.waiting);
  return menuButton("More options", items, { class: waiting ? "button overflow waiting" : "button overflow", "data-focus": keyOf(block, part), "data-action": part.action_id });
}

function button(block, part, surface) {
  const key = keyOf(block, part);
  const waiting = Boolean(deedOf(surface.owner, key)?.waiting);
  const common = {
    class: ["button", part.style === "primary" || part.style === "danger" ? part.style : "", waiting ? "waiting" : ""].join(" ").trim(),
    "data-focus": key,
    "data-action": part.action_id,
    "aria-label": part.accessibility_label,
  };
  const label = textNodes(part.text, people());
  const press = () => waiting || surface.press(block, part);
  if (part.url && safeUrl(part.url)) return el("a", { ...common, ...linked(part.url, people()), on: { click: press } }, label);
  // Not `disabled`: that would take the focus away from where the person is.
  const state = { type: "button", "aria-disabled": waiting ? "true" : null, "aria-busy": waiting ? "true" : null };
  return el("button", { ...common, ...state, on: { click: press } }, label);
}

// What went wrong with a press, right below the button.
function notes(block, parts, surface) {
  return parts.map((part) => {
    const note = deedOf(surface.owner, keyOf(block, part))?.note;
    return note ? el("p", { class: "deed-note", role: "alert" }, note) : null;
  });
}
