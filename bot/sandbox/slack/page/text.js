// mrkdwn as Slack draws it, built from text nodes only: no scanned name can become markup of this page.
export function node(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const EMOJI = {
  red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_blue_circle: "🔵",
  white_circle: "⚪", white_check_mark: "✅", hourglass_flowing_sand: "⏳", mag: "🔍", warning: "⚠️",
  no_entry: "⛔", rotating_light: "🚨", bell: "🔔", tada: "🎉", eyes: "👀", lock: "🔒",
};
const names = { people: new Map(), channels: new Map() };

export function knowNames(workspace) {
  workspace.users.forEach((user) => names.people.set(user.id, user.real_name));
  names.people.set(workspace.bot_user, workspace.app);
  workspace.channels.forEach((channel) => names.channels.set(channel.id, channel.name));
}

const plain = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const emoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] ?? all);

// Fences first, then inline code, then links and mentions, then bold, italic and strike.
export function mrkdwn(text) {
  const out = node("div", "mrkdwn");
  text.split("```").forEach((part, at) => {
    if (at % 2) out.append(fence(part));
    else if (part) lines(part, out);
  });
  return out;
}

function fence(text) {
  const code = plain(text.replace(/^\n|\n$/g, "")).replaceAll("\u200b", "");
  const copy = node("button", "copy", "Copy");
  copy.type = "button";
  copy.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(code); copy.textContent = "Copied"; }
    catch { copy.textContent = "Press Ctrl-C"; getSelection().selectAllChildren(copy.previousSibling); }
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
  const pre = node("pre", "", code);
  pre.tabIndex = 0;
  return node("div", "fence", pre, copy);
}

function lines(text, out) {
  let quote = null;
  text.replace(/^\n|\n$/g, "").split("\n").forEach((line, at, all) => {
    const quoted = line.match(/^&gt; ?(.*)/);
    const target = quoted ? (quote ??= out.appendChild(node("blockquote"))) : out;
    if (!quoted) quote = null;
    inline(quoted ? quoted[1] : line, target);
    if (at < all.length - 1) target.append(node("br"));
  });
}

function inline(text, out) {
  text.split(/(`[^`\n]+`)/).forEach((part) => {
    if (/^`[^`]+`$/.test(part)) out.append(node("code", "", plain(part.slice(1, -1))));
    else part.split(/(<[^<>\n]+>)/).forEach((piece) => {
      if (/^<[^<>]+>$/.test(piece)) out.append(special(piece.slice(1, -1)));
      else styled(piece, out);
    });
  });
}

const STYLES = [[/(^|[\s(])\*([^*\n]+)\*(?=$|[\s.,:;!?)])/, "strong"], [/(^|[\s(])_([^_\n]+)_(?=$|[\s.,:;!?)])/, "em"],
  [/(^|[\s(])~([^~\n]+)~(?=$|[\s.,:;!?)])/, "s"]];

function styled(text, out) {
  for (const [pattern, tag] of STYLES) {
    const found = text.match(pattern);
    if (!found) continue;
    const start = found.index + found[1].length;
    styled(text.slice(0, start), out);
    const inside = node(tag);
    styled(found[2], inside);
    out.append(inside);
    styled(text.slice(start + found[2].length + 2), out);
    return;
  }
  if (text) out.append(plain(emoji(text)));
}

function special(body) {
  const [what, label] = split(body);
  if (what.startsWith("@")) return mention("@" + (names.people.get(what.slice(1)) ?? label ?? what.slice(1)));
  if (what.startsWith("#")) return mention("#" + (names.channels.get(what.slice(1)) ?? label ?? what.slice(1)));
  if (what.startsWith("!date^")) return date(what, label);
  if (what.startsWith("!")) return node("span", "mention loud", "@" + plain(what.slice(1).split("^")[0]));
  if (/^(https?|mailto):/.test(what)) {
    const link = node("a", "", plain(label ?? what));
    link.href = plain(what);
    link.rel = "noreferrer noopener";
    link.target = "_blank";
    return link;
  }
  return document.createTextNode("<" + plain(body) + ">");
}

const split = (body) => {
  const at = body.indexOf("|");
  return at < 0 ? [body, undefined] : [body.slice(0, at), body.slice(at + 1)];
};
const mention = (text) => node("span", "mention", text);

function date(what, label) {
  const [, seconds, form] = what.split("^");
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return document.createTextNode(plain(label ?? ""));
  const days = Math.round((new Date(moment).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
  const pretty = { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[days];
  const day = moment.toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" });
  const parts = {
    date_num: moment.toISOString().slice(0, 10), date: day, date_short: day, date_long: day,
    date_pretty: pretty ?? day, date_short_pretty: pretty ?? day, date_long_pretty: pretty ?? day,
    time: moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }),
    time_secs: moment.toLocaleTimeString(),
  };
  const shown = node("time", "", (form ?? "").replace(/\{(\w+)\}/g, (all, key) => parts[key] ?? all));
  shown.title = plain(label ?? "");
  return shown;
}

export function text(object) {
  if (!object) return node("span");
  return object.type === "mrkdwn" ? mrkdwn(object.text) : node("span", "", emoji(object.text));
}
