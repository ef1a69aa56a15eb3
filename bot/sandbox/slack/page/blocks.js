// Block Kit to elements. `press(element, block)` is called for each button.
import { mrkdwn, node, text } from "./text.js";

export function drawBlocks(blocks, press) {
  return (blocks ?? []).map((block) => (DRAW[block.type] ?? unknown)(block, press));
}

const DRAW = {
  header: (block) => node("h3", "block header", text(block.text)),
  divider: () => node("hr"),
  section(block, press) {
    const body = node("div", "body");
    if (block.text) body.append(text(block.text));
    if (block.fields) body.append(node("div", "fields", ...block.fields.map((field) => node("div", "", text(field)))));
    const made = node("div", "block section", body);
    if (block.accessory) made.append(element(block.accessory, block, press));
    return made;
  },
  context: (block) => node("div", "block context", ...block.elements.map((one) => one.type === "image" ? image(one) : text(one))),
  actions: (block, press) => node("div", "block actions", ...block.elements.map((one) => element(one, block, press))),
  image: (block) => node("figure", "block", image(block), node("figcaption", "", block.title ? text(block.title) : block.alt_text)),
  input: (block) => input(block),
};

const unknown = (block) => node("p", "block", `(${block.type})`);

function image(block) {
  const made = node("img");
  made.alt = block.alt_text ?? "";
  if (/^data:image\//.test(block.image_url ?? "")) made.src = block.image_url;
  return made;
}

function element(one, block, press) {
  if (one.type !== "button") return node("span", "", `(${one.type})`);
  const made = node("button", `action ${one.style ?? ""}`, text(one.text));
  made.type = "button";
  made.dataset.action = one.action_id;
  made.addEventListener("click", async () => {
    if (one.confirm && !confirm(one.confirm.text.text)) return;
    made.disabled = true;
    made.classList.add("busy");
    try { await press(one, block); } finally { made.disabled = false; made.classList.remove("busy"); }
  });
  return made;
}

function input(block) {
  const one = block.element;
  const name = `input-${block.block_id}`;
  const label = node("label", "", text(block.label));
  label.htmlFor = name;
  let field;
  if (one.type === "static_select" || one.type === "radio_buttons") {
    field = node("select", "", ...(one.options ?? []).map((option) => {
      const made = node("option", "", option.text.text);
      made.value = option.value;
      return made;
    }));
  } else {
    field = node(one.multiline ? "textarea" : "input");
    if (one.type === "datepicker") field.type = "date";
    field.value = one.initial_value ?? one.initial_date ?? "";
  }
  field.id = name;
  field.dataset.block = block.block_id ?? "";
  field.dataset.action = one.action_id ?? "";
  field.dataset.kind = one.type;
  const made = node("div", "block input", label, field);
  if (block.hint) made.append(node("p", "note", text(block.hint)));
  return made;
}

export function values(root) {
  const found = {};
  root.querySelectorAll("[data-kind]").forEach((field) => {
    const kind = field.dataset.kind;
    const value = kind === "datepicker" ? { type: kind, selected_date: field.value }
      : field.tagName === "SELECT" ? { type: kind, selected_option: { value: field.value } }
      : { type: kind, value: field.value };
    found[field.dataset.block] = { [field.dataset.action]: value };
  });
  return found;
}

export { mrkdwn };
