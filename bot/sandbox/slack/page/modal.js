// The dialog on top: opened, changed and closed by the app; what was typed survives a change.

import { act } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { deedOf, deedsOf, deliver, press } from "./deeds.js";
import { el, icon, replaceKeepingFocus } from "./dom.js";
import { textNodes } from "./mrkdwn.js";
import { people, store } from "./store.js";
import { forget, mistakes, stateOf, valuesOf } from "./values.js";

const SUBMIT = "submit";
const opened = new Set(); // ids of the dialogs whose inputs are remembered
let refused = {}; // what the page itself found wrong: {view, errors}
let drawn = "";

const dialog = () => document.getElementById("modal");

// Esc and the cross do the same: tell the sandbox, which says what is on top now.
export function startModal() {
  dialog().addEventListener("cancel", (event) => {
    event.preventDefault();
    close(false);
  });
}

// Draws store.modal, or closes the dialog where there is none.
export function drawModal() {
  const view = store.modal;
  if (!view) {
    drawn = "";
    opened.forEach(forget);
    opened.clear();
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

// Whose blocks they are: the view's id, what its inputs hold, and how a press or a choice reaches the app.
export function surfaceOf(view, errors = {}) {
  const surface = { owner: view.id, values: valuesOf(view.id), held: view.state?.values, errors };
  const tell = (block, element, value) => press(view.id, block, element, "view_action",
    { user: store.me, view_id: view.id, state: stateOf(view.blocks, surface) }, value);
  return Object.assign(surface, { press: tell, choose: tell });
}

function form(view, errors) {
  opened.add(view.id);
  const surface = surfaceOf(view, errors);
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
    ? el("button", { type: "button", class: "plain", "aria-label": "Back", "data-focus": "back", on: { click: () => close(false) } }, icon("back"))
    : el("img", { class: "modal-app", src: "icon.svg", alt: "" });
  return el("header", { class: "modal-head" }, back,
    el("h2", { id: "modal-title", tabindex: "-1", "data-focus": "title" }, textNodes(view.title, people())),
    el("button", { type: "button", class: "plain", "aria-label": "Close", "data-focus": "cross", on: { click: () => close(true) } }, icon("close")));
}

function foot(view) {
  const deed = deedOf(view.id, SUBMIT);
  const note = deed?.note ? el("p", { class: "deed-note", role: "alert" }, deed.note) : null;
  const waiting = Boolean(deed?.waiting);
  const label = view.close ? textNodes(view.close, people()) : view.submit ? "Cancel" : "Close";
  const submit = view.submit
    ? el("button", { type: "submit", class: `button primary${waiting ? " waiting" : ""}`, "data-focus": SUBMIT, "aria-disabled": waiting ? "true" : null, "aria-busy": waiting ? "true" : null },
      textNodes(view.submit, people()))
    : null;
  return el("footer", { class: "modal-foot" }, note,
    el("button", { type: "button", class: "button", "data-focus": "close", on: { click: () => close(false) } }, label), submit);
}

async function send(view) {
  const surface = surfaceOf(view);
  const errors = mistakes(view.blocks, surface);
  refused = { view: view.id, hash: view.hash, errors };
  drawModal();
  if (Object.keys(errors).length) {
    const wrong = dialog().querySelector("[aria-invalid]");
    wrong?.scrollIntoView({ block: "center" });
    wrong?.focus();
    return;
  }
  refused = {};
  await deliver(view.id, SUBMIT, "submit", { user: store.me, view_id: view.id, state: stateOf(view.blocks, surface) });
}

// `whole` is the cross, which ends the dialogs below it too.
async function close(whole) {
  const view = store.modal;
  if (!view) return;
  try {
    await act("close", { user: store.me, view_id: view.id, whole });
  } catch {
    // It is gone on the other side already, or nothing answers: either way the person wants it away.
    store.modal = null;
    drawModal();
  }
}
