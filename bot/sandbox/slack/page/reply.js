// The box under a thread: a person answers in it.

import { act } from "./api.js";
import { asSlackSends } from "./composer.js";
import { wordsFor } from "./deeds.js";
import { el, icon } from "./dom.js";
import { store } from "./store.js";

// A form that writes into the thread of `parent`.
export function replyBox(parent, place) {
  const box = el("textarea", { rows: 1, placeholder: "Reply ...", "aria-label": "Reply", on: { keydown: pressed } });
  const note = el("p", { class: "composer-note", role: "status" });
  const send = el("button", { type: "submit", class: "send", "aria-label": "Send the reply" }, icon("send"));
  const form = el("form", { class: "composer", on: { submit } }, el("div", { class: "composer-line" }, box, send), note);
  function pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  }
  async function submit(event) {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    note.textContent = "";
    try {
      await act("message", { user: store.me, channel: place, thread: parent.ts, text: asSlackSends(text) });
    } catch (error) {
      box.value ||= text;
      note.textContent = wordsFor(error);
    }
  }
  return form;
}
