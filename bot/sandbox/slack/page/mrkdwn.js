// Slack's mrkdwn to nodes. Parsed first, entities read last: an escaped "<" never becomes markup.

import { fillDate } from "./dates.js";
import { el, icon } from "./dom.js";
import { emojiOf } from "./emoji.js";

const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const DEEPEST = 8;

// `&lt;`, `&gt;` and `&amp;` as letters: the only entities Slack knows.
export function unescape(text) {
  return text.replace(/&(lt|gt|amp);/g, (_all, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

// `text` for Slack, as its own message box sends what a person writes.
export function escape(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

// The nodes of `text`. `people` knows names and the viewer's zone: {user(id), channel(id), zone}.
export function mrkdwn(text, people) {
  const found = [];
  // A fence takes everything up to the next one; an odd last one is plain text.
  const parts = text.split("```");
  const open = parts.length % 2 === 0 ? parts.splice(-2).join("```") : null;
  if (open !== null) parts.push(open);
  parts.forEach((part, at) => {
    if (at % 2) found.push(fence(part));
    else found.push(...paragraphs(trimmed(part, at > 0, at < parts.length - 1), people));
  });
  return found;
}

// A fence stands on lines of its own, so the line end beside it is no empty line.
function trimmed(part, after, before) {
  const start = after ? part.replace(/^\n/, "") : part;
  return before ? start.replace(/\n$/, "") : start;
}

function fence(part) {
  const code = unescape(part.replace(/^\n/, "").replace(/\n$/, ""));
  const copy = el("button", { type: "button", class: "copy", "data-focus": `copy ${code}` }, "Copy");
  copy.addEventListener("click", () => copied(copy, code));
  return el("div", { class: "fence" }, el("pre", { tabindex: "0", "aria-label": "Code" }, el("code", {}, code)), copy);
}

async function copied(button, code) {
  try {
    await navigator.clipboard.writeText(code);
    button.replaceChildren(icon("check"), "Copied");
  } catch {
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
    button.textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => button.replaceChildren("Copy"), 2500);
}

function paragraphs(text, people) {
  const found = [];
  for (const line of text === "" ? [] : text.split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    const last = found.at(-1);
    if (quote) {
      const nodes = inline(quote[1], people);
      if (last?.tagName === "BLOCKQUOTE") last.append(el("br"), ...nodes);
      else found.push(el("blockquote", {}, nodes));
    } else {
      if (last && last.tagName !== "BLOCKQUOTE") found.push(el("br"));
      found.push(...orEmpty(inline(line, people)));
    }
  }
  return found;
}

const orEmpty = (nodes) => (nodes.length ? nodes : [document.createTextNode("")]);

function inline(text, people, depth = 0) {
  const found = [];
  let plain = "";
  const flush = () => {
    if (plain) found.push(document.createTextNode(unescape(plain)));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const piece = depth < DEEPEST ? pieceAt(text, at, people, depth) : null;
    if (piece) {
      flush();
      found.push(...piece.nodes);
      at = piece.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return found;
}

// What begins at `at`: {nodes, end}, or null where it is a letter like any other.
function pieceAt(text, at, people, depth) {
  const letter = text[at];
  if (letter === "`") return codeAt(text, at);
  if (letter === "<") return angleAt(text, at, people);
  if (letter === ":") return emojiAt(text, at);
  return STYLES[letter] ? styleAt(text, at, people, depth) : null;
}

function codeAt(text, at) {
  const end = text.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return { nodes: [el("code", {}, unescape(text.slice(at + 1, end)))], end: end + 1 };
}

function emojiAt(text, at) {
  const name = /^:([a-z0-9_+-]+):/.exec(text.slice(at, at + 60))?.[1];
  const sign = name && emojiOf(name);
  return sign ? { nodes: [emojiNode(name, sign)], end: at + name.length + 2 } : null;
}

function emojiNode(name, sign) {
  const label = name.replaceAll("_", " ");
  return el("span", { class: "emoji", role: "img", "aria-label": label, title: `:${name}:` }, sign);
}

// Opens after a space or sign and before a letter; closes the other way round, on the same line.
function styleAt(text, at, people, depth) {
  const mark = text[at];
  if (WORD.test(text[at - 1] ?? "") || !/\S/.test(text[at + 1] ?? "") || text[at + 1] === mark) return null;
  for (let end = at + 2; end < text.length; end += 1) {
    if (text[end] === "`" || text[end] === "<") {
      const skipped = text.indexOf(text[end] === "<" ? ">" : "`", end + 1);
      if (skipped > 0) end = skipped;
    } else if (text[end] === mark && /\S/.test(text[end - 1]) && !WORD.test(text[end + 1] ?? "")) {
      return { nodes: [el(STYLES[mark], {}, inline(text.slice(at + 1, end), people, depth + 1))], end: end + 1 };
    }
  }
  return null;
}

function angleAt(text, at, people) {
  const end = text.indexOf(">", at);
  if (end < 0) return null;
  const [target, ...rest] = text.slice(at + 1, end).split("|");
  const label = rest.length ? unescape(rest.join("|")) : "";
  const node = special(target, label, people) ?? link(target, label, people);
  return node ? { nodes: [node], end: end + 1 } : null;
}

function special(target, label, people) {
  const identity = target.slice(1);
  if (/^@[UW]\w+$/.test(target)) return mention(`@${people.user(identity)?.real_name ?? (label || identity)}`, identity === people.me);
  if (/^#[CG]\w+$/.test(target)) return mention(`#${people.channel(identity)?.name ?? (label || identity)}`);
  if (/^!(here|channel|everyone)$/.test(target)) return mention(`@${identity}`, true);
  if (target.startsWith("!subteam^")) return mention(label || `@${people.group?.(target.slice(9))?.handle ?? "group"}`);
  if (!target.startsWith("!date^")) return null;
  const [, seconds, form = "", to] = target.split("^");
  const filled = fillDate(seconds, unescape(form), people.zone);
  if (filled === undefined) return el("span", {}, label);
  const time = el("time", { title: label }, filled);
  return to && safeUrl(to) ? el("a", linked(to, people), time) : time;
}

function mention(text, me = false) {
  return el("span", { class: me ? "mention me" : "mention" }, text);
}

function link(target, label, people) {
  const url = unescape(target);
  return safeUrl(url) ? el("a", linked(url, people), label || url.replace(/^mailto:/, "")) : null;
}

// Only what leads to a page, a mailbox or Slack itself; never script.
export function safeUrl(url) {
  return /^(https?:\/\/|mailto:|slack:\/\/)\S+$/i.test(url);
}

// A link of this workspace stays on this page; any other opens a tab of its own.
export function linked(address, people) {
  const url = unescape(address);
  const here = people?.here?.(url);
  return here ? { href: here } : { href: url, target: "_blank", rel: "noopener noreferrer" };
}

// A plain_text or mrkdwn object.
export function textNodes(object, people) {
  if (object?.type === "mrkdwn") return mrkdwn(String(object.text ?? ""), people);
  const text = String(object?.text ?? "");
  if (object?.emoji === false) return [document.createTextNode(text)];
  return text.split(/(:[a-z0-9_+-]+:)/).map((part) => {
    const sign = /^:.+:$/.test(part) ? emojiOf(part.slice(1, -1)) : undefined;
    return sign ? emojiNode(part.slice(1, -1), sign) : document.createTextNode(part);
  });
}
