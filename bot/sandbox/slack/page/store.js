// What this page knows. One viewer at a time; everything comes from the sandbox and can be asked for again.

export const store = {
  workspace: null,
  me: "",
  place: "", // a channel's id, or HOME
  thread: "", // the ts of the message whose thread is open
  messages: new Map(), // channel -> messages, oldest first
  read: new Map(), // "user channel" -> ts of the newest message seen
  dismissed: new Set(), // ts of messages "only visible to you" that were put away
  modal: null,
  depth: 0,
  home: null,
  homeAsked: "", // "" | "waiting" | "acked" | "late" | why not
  calls: [],
  connections: null,
  reachable: true,
  drawer: "", // "" | "log" | "faults"
  at: "", // the ts of the message that an address points at
  deeds: new Map(), // "owner button" -> {waiting: true} or {note}
};

export const HOME = "home";

export const user = (id) => store.workspace?.users.find((one) => one.id === id);
export const group = (id) => store.workspace?.groups?.find((one) => one.id === id);
export const channel = (id) => store.workspace?.channels.find((one) => one.id === id);

// What mrkdwn needs to know: who is who, and whose clock to use.
export function people() {
  const zone = user(store.me)?.tz || Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { me: store.me, zone, user, channel, group, here };
}

// The address of a place, for links: "#/U0DEV1/C0PAYMENTS/1700000000.000100"; after "0/" a message out of a thread.
export function address(place, thread = "", me = store.me, at = "") {
  return `#/${[me, place, thread || (at && "0"), at].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

// Slack's own address of a message.
export function permalink(place, message) {
  const { url } = store.workspace;
  const link = `${url}archives/${place}/p${message.ts.replace(".", "")}`;
  return message.thread_ts ? `${link}?thread_ts=${message.thread_ts}&cid=${place}` : link;
}

// Where on this page Slack's address leads: a message of this workspace, or the app's Home; "" where elsewhere.
function here(url) {
  const { workspace } = store;
  const message = url.startsWith(`${workspace.url}archives/`) && /\/archives\/(\w+)(?:\/p(\d{10})(\d{6}))?(?:\?.*?thread_ts=([\d.]+))?/.exec(url);
  if (message) {
    const [, place, seconds, rest, thread] = message;
    return address(place, thread, store.me, seconds ? `${seconds}.${rest}` : "");
  }
  const app = /^(?:https:\/\/slack\.com\/app_redirect|slack:\/\/app)\?(.*)$/.exec(url);
  if (!app) return "";
  const words = new URLSearchParams(app[1]);
  const team = words.get("team");
  return [words.get("app"), words.get("id")].includes(workspace.app_id) && (!team || team === workspace.team_id) ? address(HOME) : "";
}

// The channels that a person is shown: all public ones, and the private ones that they are in.
export function placesOf(id) {
  return store.workspace.channels.filter((one) => !one.private || one.members.includes(id));
}

// The part of the page's address after "#", as {me, place, thread}; the first user and channel where unknown.
export function readAddress(hash) {
  const [, named = "", place = "", thread = "", at = ""] = hash.split("/").map(decoded);
  const me = [named, remembered()].find(user) ?? store.workspace.users[0].id;
  const seen = placesOf(me);
  return {
    me,
    place: place === HOME || seen.some((one) => one.id === place) ? place : seen[0].id,
    thread: /^\d+\.\d+$/.test(thread) ? thread : "",
    at: /^\d+\.\d+$/.test(at) ? at : "",
  };
}

// Each tab is one person, also when its address no longer says who.
export function remember(id) {
  try {
    sessionStorage.setItem("me", id);
  } catch {
    // a browser that keeps nothing: the address still does
  }
}

function remembered() {
  try {
    return sessionStorage.getItem("me") ?? "";
  } catch {
    return "";
  }
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

// Messages of others that the viewer has not had on screen, without answers that only they can see.
export function unread(id) {
  const since = Number(store.read.get(`${store.me} ${id}`) ?? 0);
  const fresh = (message) => Number(message.ts) > since && message.user !== store.me && !message.ephemeral;
  return (store.messages.get(id) ?? []).filter(fresh).length;
}

// Everything in `id` has been seen.
export function markRead(id) {
  const newest = (store.messages.get(id) ?? []).at(-1);
  if (newest) store.read.set(`${store.me} ${id}`, newest.ts);
}

// Who wrote it: {name, app, picture (an address), letters, hue}.
export function author(message) {
  if (message.user === "USLACKBOT") return { id: "USLACKBOT", name: "Slackbot", letters: "S", hue: 6 };
  if (message.bot_id) {
    const name = message.bot_profile?.name || store.workspace.app || "App";
    return { id: message.bot_id, name, app: true, picture: "icon.svg" };
  }
  return face(message.user);
}

// A person as a coloured square with their letters.
export function face(id) {
  const name = user(id)?.real_name ?? id ?? "Somebody";
  const letters = name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  const at = store.workspace.users.findIndex((one) => one.id === id);
  return { id, name, letters, hue: at < 0 ? 7 : at % 6 };
}
