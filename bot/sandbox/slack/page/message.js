// One message: who, when, what, and what hangs below it.
import { drawBlocks } from "./blocks.js";
import { mrkdwn, node } from "./text.js";

export function drawMessage(message, context) {
  const { workspace, press, openThread } = context;
  const fromApp = message.user === workspace.bot_user;
  const person = workspace.users.find((user) => user.id === message.user);
  const name = fromApp ? workspace.app : person?.real_name ?? message.bot_profile?.name ?? message.user;
  const head = node("p", "head", node("strong", "", name));
  if (fromApp || message.user === "USLACKBOT") head.append(node("span", "badge", "APP"));
  const moment = new Date(Number(message.ts) * 1000);
  const time = node("time", "", moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = moment.toISOString();
  head.append(time);
  const body = node("div", "content");
  if (message.ephemeral) body.append(node("p", "only", "👁 Only visible to you"));
  body.append(head);
  if (message.blocks?.length) body.append(...drawBlocks(message.blocks, (one, block) => press(message, one, block)));
  else body.append(mrkdwn(message.text ?? ""));
  if (message.edited) body.append(node("span", "edited", "(edited)"));
  if (message.replies?.length) {
    const count = message.replies.length;
    const link = node("button", "replies", `${count} ${count === 1 ? "reply" : "replies"}`);
    link.type = "button";
    link.addEventListener("click", () => openThread(message.ts));
    body.append(link);
  }
  const made = node("article", `message${message.ephemeral ? " ephemeral" : ""}`, avatar(name, fromApp), body);
  made.dataset.ts = message.ts;
  return made;
}

export function avatar(name, app) {
  if (app) {
    const picture = node("img", "avatar app");
    picture.src = "icon.svg";
    picture.alt = "";
    return picture;
  }
  const letters = name.split(/\s+/).map((word) => word[0] ?? "").join("").slice(0, 2).toUpperCase();
  const made = node("span", "avatar", letters);
  made.setAttribute("aria-hidden", "true");
  made.dataset.tint = String([...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 5);
  return made;
}
