// The dialog on top: opened, changed and closed by the app; what was typed survives a change.

import { act } from "./api.js";
import { drawBlocks, named } from "./blocks.js";
import { deedOf, deedsOf, deliver, press } from "./deeds.js";
import { el, icon, replaceKeepingFocus } from "./dom.js";
import { mistakes, stateOf } from "./inputs.js";
import { textNodes } from "./mrkdwn.js";
import { people, store } from "./store.js";

const SUBMIT = "submit";
const typed = new Map(); // view id -> Map of what was typed
let refused = {}; // what the page itself found wrong: {view, errors}
let drawn = "";

const dialog = () => document.getElementById("modal");

// Esc and the cross do the same: tell the sandbox, which says what is on top now.
export function startModal() {
  dialog().addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
}

// Draws store.modal, or closes the dialog where there is none.
export function drawModal() {
  const view = store.modal;
  if (!view) {
    drawn = "";
    typed.clear();
    if (dialog().open) dialog().close();
    return;
  }
  const errors = refused.view === view.id && refused.hash === view.hash ? refused.errors : view.errors;
  const signature = JSON.stringify([view, errors, deedsOf(view.id), store.depth, store.me]);
  if (signature === drawn) return;
  const fresh = form(view, errors ?? {});
  const old = dialog().firstElementChild;
  const same = old?.dataset.view === view.id;
  const top = same ? dialog().querySelector(".modal-body").scrollTop : 0;
  if (same) replaceKeepingFocus(old, fresh);
  else dialog().replaceChildren(fresh);
  drawn = signature;
  if (!dialog().open) dialog().showModal();
  fresh.querySelector(".modal-body").scrollTop = top;
  if (!same) (fresh.querySelector("[autofocus], .typed, .choice input") ?? fresh.querySelector("h2")).focus();
}

function valuesOf(view) {
  if (!typed.has(view.id)) typed.set(view.id, new Map());
  return typed.get(view.id);
}

function form(view, errors) {
  const body = { user: store.me, view_id: view.id };
  const surface = {
    owner: view.id,
    values: valuesOf(view),
    errors,
    press: (block, element) => press(view.id, block, element, "view_action", body),
    choose: (block, element) => press(view.id, block, element, "view_action", body),
  };
  const submit = (event) => {
    event.preventDefault();
    send(view);
  };
  return el("form", { class: "modal-form", "data-view": view.id, novalidate: true, on: { submit } },
    head(view),
    el("div", { class: "modal-body", tabindex: "0", "data-focus": "body", "aria-label": "Content" }, drawBlocks(view.blocks, surface)),
    foot(view),
  );
}

function head(view) {
  const back = store.depth > 1
    ? el("button", { type: "button", class: "plain", "aria-label": "Back", "data-focus": "back", on: { click: close } }, icon("back"))
    : el("img", { class: "modal-app", src: "icon.svg", alt: "" });
  return el("header", { class: "modal-head" }, back,
    el("h2", { id: "modal-title", tabindex: "-1", "data-focus": "title" }, textNodes(view.title, people())),
    el("button", { type: "button", class: "plain", "aria-label": "Close", "data-focus": "cross", on: { click: close } }, icon("close")));
}

function foot(view) {
  const deed = deedOf(view.id, SUBMIT);
  const note = deed?.note ? el("p", { class: "deed-note", role: "alert" }, deed.note) : null;
  const waiting = Boolean(deed?.waiting);
  const label = view.close ? textNodes(view.close, people()) : view.submit ? "Cancel" : "Close";
  const submit = view.submit
    ? el("button", { type: "submit", class: `button primary${waiting ? " waiting" : ""}`, "data-focus": SUBMIT, "aria-disabled": waiting ? "true" : null },
      textNodes(view.submit, people()))
    : null;
  return el("footer", { class: "modal-foot" }, note,
    el("button", { type: "button", class: "button", "data-focus": "close", on: { click: close } }, label), submit);
}

async function send(view) {
  const values = valuesOf(view);
  const errors = mistakes(view, values, named);
  refused = { view: view.id, hash: view.hash, errors };
  drawModal();
  if (Object.keys(errors).length) {
    dialog().querySelector("[aria-invalid]")?.focus();
    return;
  }
  refused = {};
  await deliver(view.id, SUBMIT, "submit", { user: store.me, view_id: view.id, state: stateOf(view, values, named) });
}

async function close() {
  const view = store.modal;
  if (!view) return;
  try {
    await act("close", { user: store.me, view_id: view.id });
  } catch {
    // It is gone on the other side already, or nothing answers: either way the person wants it away.
    store.modal = null;
    drawModal();
  }
}
