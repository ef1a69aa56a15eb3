// A short question with two answers, as an app's `confirm` asks it.

import { el } from "./dom.js";
import { textNodes } from "./mrkdwn.js";
import { people } from "./store.js";

// True where the person agrees. `question` is Block Kit's confirm object.
export function confirmed(question) {
  const dialog = document.getElementById("ask");
  const words = people();
  return new Promise((resolve) => {
    const end = (answer) => () => {
      dialog.close();
      resolve(answer);
    };
    const style = question.style === "danger" ? "danger" : "primary";
    const yes = el("button", { type: "button", class: `button ${style}`, on: { click: end(true) } },
      textNodes(question.confirm ?? { text: "Yes" }, words));
    const no = el("button", { type: "button", class: "button", on: { click: end(false) } },
      textNodes(question.deny ?? { text: "Cancel" }, words));
    dialog.replaceChildren(
      el("h2", { id: "ask-title" }, textNodes(question.title ?? { text: "Are you sure?" }, words)),
      el("p", { class: "ask-text" }, textNodes(question.text, words)),
      el("div", { class: "ask-answers" }, no, yes),
    );
    dialog.addEventListener("cancel", () => resolve(false), { once: true });
    dialog.showModal();
    no.focus();
  });
}
