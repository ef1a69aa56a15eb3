// What inputs hold: what was typed so far, else what the app was told before, else what it put there.

import { store } from "./store.js";

const MANY = new Set(["checkboxes", "multi_static_select", "multi_users_select"]);
const TYPED = new Set(["plain_text_input", "number_input", "email_text_input", "url_text_input"]);
const CHOSEN = new Set(["static_select", "users_select", "channels_select", "radio_buttons", "datepicker", "timepicker"]);
const KEYS = ["value", "selected_date", "selected_time", "selected_user", "selected_channel", "selected_users"];
const INITIAL = ["initial_value", "initial_date", "initial_time", "initial_user", "initial_channel"];

export const isMany = (element) => MANY.has(element.type);
export const isTyped = (element) => TYPED.has(element.type);
export const isInput = (element) => [MANY, TYPED, CHOSEN].some((kinds) => kinds.has(element?.type));
export const nameOf = (block, element) => `${block.block_id}/${element.action_id}`;

const kept = new Map(); // owner (a view, a message) -> Map of name -> value

// The values of an owner, the same map each time, so that a redraw loses nothing.
export function valuesOf(owner) {
  if (!kept.has(owner)) kept.set(owner, new Map());
  return kept.get(owner);
}

// A dialog that is closed holds nothing any more.
export const forget = (owner) => kept.delete(owner);

// What is in the input now: text, or a list where several may be chosen.
export function valueOf(block, element, surface) {
  const name = nameOf(block, element);
  if (surface.values?.has(name)) return surface.values.get(name);
  const held = surface.held?.[block.block_id]?.[element.action_id];
  if (held && held.type === element.type) return bare(held);
  if (element.type === "multi_users_select") return element.initial_users ?? [];
  if (isMany(element)) return (element.initial_options ?? []).map((option) => option.value);
  return INITIAL.map((key) => element[key]).find((value) => value !== undefined) ?? element.initial_option?.value ?? "";
}

function bare(held) {
  if (held.selected_options) return held.selected_options.map((option) => option.value);
  if ("selected_option" in held) return held.selected_option?.value ?? "";
  return KEYS.map((key) => held[key]).find((value) => value !== undefined && value !== null) ?? "";
}

// All options of a choice, in order, also those in groups and those that are people or channels.
export function optionsOf(element) {
  const plain = (text) => ({ type: "plain_text", text, emoji: false });
  if (element.type === "users_select" || element.type === "multi_users_select") {
    return store.workspace.users.map((one) => ({ value: one.id, text: plain(one.real_name) }));
  }
  if (element.type === "channels_select") {
    return store.workspace.channels.filter((one) => !one.private).map((one) => ({ value: one.id, text: plain(`#${one.name}`) }));
  }
  return element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
}

function* inputsOf(blocks) {
  for (const block of blocks ?? []) {
    for (const element of [...block.elements ?? [], block.accessory, block.element]) {
      if (isInput(element)) yield [block, element];
    }
  }
}

// {block_id: {action_id: value}} of all inputs, as the sandbox takes it.
export function stateOf(blocks, surface) {
  const state = {};
  for (const [block, element] of inputsOf(blocks)) (state[block.block_id] ??= {})[element.action_id] = valueOf(block, element, surface);
  return state;
}

// What Slack itself refuses before the app hears of it: {block_id: words}.
export function mistakes(blocks, surface) {
  const found = {};
  for (const [block, element] of inputsOf(blocks)) {
    if (block.type !== "input") continue;
    const value = valueOf(block, element, surface);
    const least = element.min_length ?? 0;
    if (!block.optional && value.length === 0) found[block.block_id] = "Please complete this required field.";
    else if (value.length > 0 && value.length < least) found[block.block_id] = `Please write at least ${least} characters; these are ${value.length}.`;
  }
  return found;
}
