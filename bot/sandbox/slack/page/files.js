// Files that the app shared: pictures are shown, others are named.

import { el, icon } from "./dom.js";

const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

export const fileUrl = (id) => `/sandbox/api/file/${encodeURIComponent(id)}`;

// The picture of a `slack_file`: by its id, or by the address that Slack gave it.
export function slackFileUrl(given) {
  const id = given?.id ?? /-(F\w+)\//.exec(given?.url ?? "")?.[1];
  return id ? fileUrl(id) : "";
}

export function drawFile(file) {
  const title = file.title || file.name;
  if (!PICTURE.test(file.mimetype ?? "")) {
    return el("a", { class: "file", href: fileUrl(file.id), download: file.name }, icon("file"), el("span", {}, title));
  }
  const words = file.alt_txt || title;
  return el("figure", { class: "image" },
    el("figcaption", {}, title),
    el("a", { href: fileUrl(file.id), target: "_blank", rel: "noopener noreferrer", "data-focus": `file ${file.id}` },
      el("img", { class: "block-image", src: fileUrl(file.id), alt: words, title: words })));
}
