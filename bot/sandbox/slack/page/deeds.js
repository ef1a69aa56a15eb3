// What a person does, from the press to what became of it.

import { act, SandboxError } from "./api.js";
import { confirmed } from "./ask.js";
import { store } from "./store.js";

const SPIN_AFTER_MS = 150;
const WORDS = {
  no_such_button: "This has changed since it was drawn, and the button is gone. Look again.",
  message_not_found: "This message is gone.",
  view_not_found: "This dialog is closed already.",
  user_not_found: "The sandbox does not know this person.",
  channel_not_found: "The sandbox does not know this channel.",
  no_such_option: "This has changed since it was drawn, and the choice is gone. Look again.",
  no_such_input: "This has changed since it was drawn. Look again.",
  no_dispatch_action: "The app does not want to hear of this before it is submitted.",
  unknown_shortcut: "The app has no such shortcut.",
  required_field: "Something is missing or not right; look above.",
  is_archived: "This channel is archived.",
};

let redraw = () => {};

// `drawn` is called whenever a deed changes state.
export function onDeed(drawn) {
  redraw = drawn;
}

// What is known of the deed: undefined, {waiting: true} or {note}.
export const deedOf = (owner, key) => store.deeds.get(`${owner} ${key}`);

// All deeds of an owner, so that a message is drawn again when one changes.
export function deedsOf(owner) {
  return [...store.deeds].filter(([name]) => name.startsWith(`${owner} `));
}

// One name for a button among those of its message or dialog.
export const keyOf = (block, element) => [block.block_id, element.action_id, element.value].join("|");

// Sends `body` to the control API, once at a time. True where the app acknowledged it.
export async function deliver(owner, key, name, body) {
  const full = `${owner} ${key}`;
  if (store.deeds.get(full)?.waiting) return false;
  store.deeds.set(full, { waiting: true });
  const spinner = setTimeout(redraw, SPIN_AFTER_MS);
  redraw();
  let note = "";
  try {
    const answer = await act(name, body);
    if (answer.acked === false) note = unanswered(answer.seconds);
  } catch (error) {
    note = wordsFor(error);
  }
  clearTimeout(spinner);
  if (note) store.deeds.set(full, { note });
  else store.deeds.delete(full);
  redraw();
  return !note;
}

// A button's press, or (`chosen`) a choice: asks first where the app wants that.
export async function press(owner, block, element, name, body, chosen) {
  if (element.confirm && !(await confirmed(element.confirm))) return false;
  const wanted = { action_id: element.action_id, value: chosen ?? element.value, block_id: block.block_id };
  return deliver(owner, keyOf(block, element), name, { ...body, ...defined(wanted) });
}

function defined(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== ""));
}

function unanswered(seconds) {
  const app = store.workspace?.app ?? "The app";
  const waited = seconds >= 1 ? ` within ${Math.round(seconds)} seconds` : "";
  return `${app} did not answer${waited}. Press again; if that does not help, see whether it is connected.`;
}

// An error of the control API in plain words.
export function wordsFor(error) {
  if (!(error instanceof SandboxError)) return "Something broke on this page. Load it again.";
  if (error.code === "unreachable") return error.message;
  return WORDS[error.code] ?? `The sandbox refused this: ${error.code}.`;
}
