// The left side: workspace, channels, the app, and who I am.

import { el, icon } from "./dom.js";
import { avatar } from "./messages.js";
import { address, face, HOME, placesOf, store, unread } from "./store.js";

let drawn = "";

// Draws the sidebar; nothing is touched where nothing changed.
export function drawSidebar(go) {
  const { workspace, me, place } = store;
  const channels = placesOf(me);
  const counts = channels.map((channel) => (channel.id === place ? 0 : unread(channel.id)));
  const signature = JSON.stringify([me, place, counts, store.connections]);
  if (signature === drawn) return;
  drawn = signature;
  const sidebar = document.getElementById("sidebar");
  const focus = sidebar.contains(document.activeElement) ? document.activeElement.dataset.focus : "";
  sidebar.replaceChildren(
    el("div", { class: "workspace" }, el("h1", {}, workspace.name), el("p", {}, "A sandbox on your own machine")),
    el("div", { class: "places" },
      group("Channels", channels.map((channel, at) => channelLink(channel, counts[at]))),
      group("Apps", [appLink()]),
    ),
    whoAmI(go),
  );
  const again = [...sidebar.querySelectorAll("[data-focus]")].find((one) => focus && one.dataset.focus === focus);
  again?.focus();
}

function group(title, items) {
  return el("section", {}, el("h2", {}, title), el("ul", {}, items.map((item) => el("li", {}, item))));
}

function placeLink(place, content, more = {}) {
  const current = store.place === place;
  return el("a", { class: "place", href: address(place), "aria-current": current ? "page" : null, "data-focus": place, ...more }, content);
}

function channelLink(channel, count) {
  const sign = channel.private ? icon("lock") : el("span", { class: "hash", "aria-hidden": "true" }, "#");
  const badge = count ? el("span", { class: "count" }, count > 99 ? "99+" : String(count), el("span", { class: "unseen" }, " unread")) : null;
  return placeLink(channel.id, [sign, el("span", { class: "label" }, channel.name), badge], { class: count ? "place unread" : "place" });
}

function appLink() {
  const up = store.connections !== 0;
  const state = el("span", { class: up ? "presence up" : "presence", title: up ? "Connected" : "Not connected" });
  return placeLink(HOME, [el("img", { class: "app-icon", src: "icon.svg", alt: "" }), el("span", { class: "label" }, store.workspace.app), state,
    el("span", { class: "unseen" }, up ? "connected" : "not connected")]);
}

function whoAmI(go) {
  return el("fieldset", { class: "who" }, el("legend", {}, "Who am I"), store.workspace.users.map((user) => {
    const pick = el("input", { type: "radio", name: "me", value: user.id, "data-user": user.id, checked: user.id === store.me, "data-focus": `me ${user.id}`,
      on: { change: () => go(address(store.place, "", user.id)) } });
    const tab = el("a", { class: "person-tab", href: address(store.place, "", user.id), target: "_blank", rel: "noopener", title: `Open a tab as ${user.real_name}`,
      "aria-label": `Open a tab as ${user.real_name}`, "data-focus": `tab ${user.id}` }, icon("tab"));
    return el("div", { class: "person-row" }, el("label", { class: "person" }, pick, avatar(face(user.id), true),
      el("span", { class: "person-name" }, user.real_name), el("span", { class: "role" }, user.role)), tab);
  }));
}
