// Inputs of dialogs: drawn from what was typed so far, so that a redraw loses nothing.

import { el } from "./dom.js";
import { textNodes } from "./mrkdwn.js";
import { people, store } from "./store.js";

const DRAW = {
  plain_text_input: text, number_input: text, datepicker: text, static_select: select, users_select: select,
  overflow: select, multi_static_select: choices, checkboxes: choices, radio_buttons: choices,
};
const MANY = new Set(["checkboxes", "multi_static_select"]);

export const isInput = (element) => Object.hasOwn(DRAW, element?.type ?? "");
export const nameOf = (block) => `${block.block_id}/${block.element.action_id ?? "input"}`;

// A block of the type `input`; `bare` is one without label, in a row of actions.
export function drawInput(block, surface) {
  const { element } = block;
  if (!isInput(element)) return el("p", { class: "note" }, `An input of the type "${element?.type}", which this page does not draw.`);
  const name = nameOf(block);
  const error = surface.errors?.[block.block_id];
  const field = { block, element, name, error, surface, id: `input-${name}`, value: valueOf(block, surface.values) };
  const drawn = DRAW[element.type](field);
  if (block.bare) return drawn;
  const many = MANY.has(element.type) || element.type === "radio_buttons";
  const label = [textNodes(block.label, people()), block.optional ? el("span", { class: "optional" }, " (optional)") : null].flat();
  const below = [
    block.hint ? el("p", { class: "hint", id: `${field.id}-hint` }, textNodes(block.hint, people())) : null,
    error ? el("p", { class: "error", id: `${field.id}-error`, role: "alert" }, error) : null,
  ];
  return many
    ? el("fieldset", { class: "input" }, el("legend", {}, label), drawn, below)
    : el("div", { class: "input" }, el("label", { for: field.id }, label), drawn, below);
}

// What is in the input now: what was typed, else what the app put there.
export function valueOf(block, values) {
  const { element } = block;
  const name = nameOf(block);
  if (values?.has(name)) return values.get(name);
  if (MANY.has(element.type)) return (element.initial_options ?? []).map((option) => option.value);
  return element.initial_value ?? element.initial_date ?? element.initial_user ?? element.initial_option?.value ?? "";
}

function keep(field, value) {
  field.surface.values?.set(field.name, value);
  if (field.block.bare || field.block.dispatch_action) field.surface.choose?.(field.block, field.element, value);
}

function common(field) {
  const told = [field.block.hint ? `${field.id}-hint` : "", field.error ? `${field.id}-error` : ""].filter(Boolean).join(" ");
  return {
    id: field.id, "data-focus": field.name, "aria-invalid": field.error ? "true" : null,
    "aria-describedby": told || null, "aria-required": field.block.optional ? null : "true",
    autofocus: field.element.focus_on_load === true,
  };
}

function text(field) {
  const { element } = field;
  const type = { number_input: "number", datepicker: "date" }[element.type] ?? "text";
  const tag = element.multiline ? "textarea" : "input";
  const made = el(tag, {
    ...common(field), class: "typed", type: element.multiline ? null : type, rows: element.multiline ? 4 : null,
    placeholder: element.placeholder?.text, maxlength: element.max_length, autocomplete: "off",
    min: element.min_value, max: element.max_value, step: element.is_decimal_allowed ? "any" : null,
    on: { input: () => keep(field, made.value) },
  });
  made.value = field.value;
  return made;
}

function optionsOf(element) {
  if (element.type === "users_select") return store.workspace.users.map((one) => ({ value: one.id, text: { type: "plain_text", text: one.real_name } }));
  return element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
}

function select(field) {
  const hint = field.element.placeholder?.text ?? (field.element.type === "overflow" ? "More" : "Choose");
  const options = optionsOf(field.element).map((option) => el("option", { value: option.value }, textNodes(option.text, people())));
  const made = el("select", { ...common(field), class: "typed", "aria-label": field.block.bare ? hint : null,
    on: { change: () => keep(field, made.value) } }, el("option", { value: "" }, hint), options);
  made.value = field.value;
  return made;
}

function choices(field) {
  const many = MANY.has(field.element.type);
  const chosen = new Set([field.value].flat());
  const pick = (value, on) => {
    if (!many) return keep(field, value);
    on ? chosen.add(value) : chosen.delete(value);
    return keep(field, [...chosen].filter(Boolean));
  };
  return el("div", { class: "choices" }, optionsOf(field.element).map((option, at) => {
    const box = el("input", { ...common(field), id: `${field.id}-${at}`, "data-focus": `${field.name} ${at}`, autofocus: null,
      type: many ? "checkbox" : "radio", name: field.id, checked: chosen.has(option.value), on: { change: () => pick(option.value, box.checked) } });
    const more = option.description ? el("span", { class: "hint" }, textNodes(option.description, people())) : null;
    return el("label", { class: "choice" }, box, el("span", {}, textNodes(option.text, people()), more));
  }));
}

const inputsOf = (view, named) => (view.blocks ?? []).map(named).filter((block) => block.type === "input" && isInput(block.element));

// The `state.values` of a submission.
export function stateOf(view, values, named) {
  const state = {};
  for (const block of inputsOf(view, named)) {
    const { element } = block;
    (state[block.block_id] ??= {})[element.action_id ?? "input"] = { type: element.type, ...answer(element, valueOf(block, values)) };
  }
  return state;
}

function answer(element, value) {
  const option = (wanted) => optionsOf(element).find((one) => one.value === wanted);
  if (MANY.has(element.type)) return { selected_options: value.map(option).filter(Boolean) };
  if (element.type === "users_select") return { selected_user: value || null };
  if (element.type === "datepicker") return { selected_date: value || null };
  if (element.type === "static_select" || element.type === "radio_buttons") return { selected_option: option(value) ?? null };
  return { value: value === "" ? null : value };
}

// What Slack itself refuses before the app hears of it: {block_id: words}.
export function mistakes(view, values, named) {
  const found = {};
  for (const block of inputsOf(view, named)) {
    const value = valueOf(block, values);
    const least = block.element.min_length ?? 0;
    if (!block.optional && (value === "" || value.length === 0)) found[block.block_id] = "Please complete this required field.";
    else if (value.length > 0 && value.length < least) found[block.block_id] = `Please write at least ${least} characters; these are ${value.length}.`;
  }
  return found;
}
