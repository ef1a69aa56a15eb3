// A small menu under a button: the browser closes it at a click beside it or at Esc.

import { el, icon } from "./dom.js";

let open = null;

// A button with three dots that opens `items()`: {label, detail, icon, danger, act} each.
export function menuButton(label, items, more = {}) {
  const button = el("button", { type: "button", class: "plain", "aria-label": label, title: label, "aria-haspopup": "menu", ...more,
    on: { click: () => show(button, label, items()) } }, icon("dots"));
  return button;
}

function show(button, label, items) {
  open?.remove();
  const menu = el("div", { class: "menu-list", role: "menu", popover: "auto", "aria-label": label }, items.map((item) => row(item, () => menu.hidePopover())));
  open = menu;
  // In the top layer, and inside the dialog where there is one: outside of it nothing can be pressed.
  (button.closest("dialog") ?? document.body).append(menu);
  menu.addEventListener("toggle", (event) => event.newState === "closed" && ended(button, menu));
  menu.addEventListener("keydown", (event) => step(event, menu));
  menu.showPopover();
  place(button, menu);
  menu.querySelector("[role=menuitem]")?.focus();
}

function row(item, close) {
  const detail = item.detail ? el("span", { class: "menu-detail" }, item.detail) : null;
  return el("button", { type: "button", class: item.danger ? "menu-item danger" : "menu-item", role: "menuitem", tabindex: "-1", "data-item": item.name,
    on: { click: () => { close(); item.act(); } } }, item.icon ?? null, el("span", { class: "menu-label" }, item.label, detail));
}

function ended(button, menu) {
  const inside = menu.contains(document.activeElement) || document.activeElement === document.body;
  menu.remove();
  if (inside && button.isConnected) button.focus();
}

function step(event, menu) {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  items[(to + items.length) % items.length].focus();
}

// Below the button where there is room, else above it; never out of the window.
function place(button, menu) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + 4 + height <= innerHeight - 8;
  menu.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - height - 4)}px`;
}
