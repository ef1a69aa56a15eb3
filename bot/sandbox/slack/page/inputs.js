// Inputs, in dialogs, in the App Home and in rows of actions, drawn as Slack draws them.

import { deedOf, keyOf } from "./deeds.js";
import { el, icon } from "./dom.js";
import { textNodes } from "./mrkdwn.js";
import { people } from "./store.js";
import { isMany, isTyped, nameOf, optionsOf, valueOf } from "./values.js";

const PAUSE_MS = 350; // after a character, so that a word is not a call each letter
const TYPES = { number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time" };
const ICONS = { datepicker: "calendar", timepicker: "clock" };

// A block of the type `input`: label, the input, hint, error.
export function drawInput(block, surface) {
  const field = fieldOf(block, block.element, surface);
  const optional = block.optional ? el("span", { class: "optional" }, " (optional)") : null;
  const label = [...textNodes(block.label, people()), optional];
  const below = [
    field.error ? el("p", { class: "error", id: `${field.id}-error`, role: "alert" }, icon("warning"), field.error) : null,
    block.hint ? el("p", { class: "hint", id: `${field.id}-hint` }, textNodes(block.hint, people())) : null,
    field.note ? el("p", { class: "deed-note", role: "alert" }, field.note) : null,
  ];
  const classes = ["input", field.error ? "wrong" : ""].join(" ").trim();
  return isChoices(block.element)
    ? el("fieldset", { class: classes }, el("legend", {}, label), drawElement(field), below)
    : el("div", { class: classes }, el("label", { for: field.id }, label), drawElement(field), below);
}

// An input beside a text or in a row of actions: it has no label, and tells the app at once.
export function drawBare(block, element, surface) {
  return drawElement({ ...fieldOf(block, element, surface), bare: true });
}

const isChoices = (element) => element.type === "checkboxes" || element.type === "radio_buttons" || isMany(element);

function fieldOf(block, element, surface) {
  const name = nameOf(block, element);
  const deed = deedOf(surface.owner, keyOf(block, element));
  return {
    block, element, name, surface, id: `${surface.owner}-${name}`, value: valueOf(block, element, surface),
    error: surface.errors?.[block.block_id], waiting: Boolean(deed?.waiting), note: deed?.note,
    tells: block.type !== "input" || block.dispatch_action === true,
  };
}

function drawElement(field) {
  const drawn = isChoices(field.element) ? choices(field) : isTyped(field.element) ? line(field) : ICONS[field.element.type] ? picker(field) : select(field);
  return field.waiting ? el("div", { class: "busy" }, drawn, el("span", { class: "spinner", role: "status", "aria-label": "Waiting for the app" })) : drawn;
}

function keep(field, value, tell = field.tells) {
  field.surface.values.set(field.name, value);
  if (tell) field.surface.choose(field.block, field.element, value);
}

function common(field) {
  const told = [field.block.hint ? `${field.id}-hint` : "", field.error ? `${field.id}-error` : ""].filter(Boolean).join(" ");
  const required = field.block.type === "input" && !field.block.optional;
  return {
    id: field.id, "data-focus": field.name, "data-action": field.element.action_id, "aria-invalid": field.error ? "true" : null,
    "aria-describedby": told || null, "aria-required": required ? "true" : null, "aria-busy": field.waiting ? "true" : null,
    "aria-label": field.bare ? field.element.placeholder?.text ?? "Choose" : null, autofocus: field.element.focus_on_load === true,
  };
}

function triggersOf(field) {
  return field.tells ? field.element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"] : [];
}

function line(field) {
  const { element } = field;
  const on = triggersOf(field);
  const entering = on.includes("on_enter_pressed");
  let pause;
  // While the app still answers an earlier letter, the newest words wait their turn.
  const tellLater = () => {
    if (deedOf(field.surface.owner, keyOf(field.block, element))?.waiting) pause = setTimeout(tellLater, PAUSE_MS);
    else keep(field, field.surface.values.get(field.name));
  };
  const made = el(element.multiline ? "textarea" : "input", {
    ...common(field), class: "typed", type: element.multiline ? null : TYPES[element.type] ?? "text", rows: element.multiline ? 4 : null,
    placeholder: element.placeholder?.text, maxlength: element.max_length, autocomplete: "off",
    min: element.min_value, max: element.max_value, step: element.is_decimal_allowed ? "any" : null,
    on: {
      input: () => {
        keep(field, made.value, false);
        count();
        clearTimeout(pause);
        if (on.includes("on_character_entered")) pause = setTimeout(tellLater, PAUSE_MS);
      },
      keydown: (event) => {
        if (!entering || event.key !== "Enter" || event.isComposing || (element.multiline && event.shiftKey)) return;
        event.preventDefault();
        keep(field, made.value);
      },
    },
  });
  made.value = field.value;
  const left = element.max_length ? el("span", { class: "left" }) : null;
  const count = () => left && (left.textContent = String(element.max_length - made.value.length));
  count();
  const enter = entering ? el("span", { class: "enter" }, "Press Enter to submit") : null;
  if (!left && !enter) return made;
  return el("div", { class: enter ? "typed-box entering" : "typed-box" }, made, left, enter);
}

// A date or a time; a year that is still being typed (0020) is no date yet.
function picker(field) {
  const type = TYPES[field.element.type];
  const changed = () => (made.value === "" || type === "time" || made.value >= "1900") && keep(field, made.value);
  const made = el("input", { ...common(field), class: "typed", type, on: { change: changed } });
  made.value = field.value;
  return el("div", { class: "picker" }, icon(ICONS[field.element.type]), made);
}

function select(field) {
  const { element } = field;
  const options = element.option_groups
    ? element.option_groups.map((group) => el("optgroup", { label: group.label.text }, group.options.map(choice)))
    : optionsOf(element).map(choice);
  const hint = el("option", { value: "" }, element.placeholder?.text ?? "Select an option");
  const made = el("select", { ...common(field), class: "typed", on: { change: () => keep(field, made.value) } }, hint, options);
  made.value = field.value;
  made.classList.toggle("unset", field.value === "");
  made.addEventListener("change", () => made.classList.toggle("unset", made.value === ""));
  return el("div", { class: "picker select" }, element.type === "users_select" ? icon("person") : null, made, chevron());
}

function chevron() {
  const made = icon("chevron");
  made.classList.add("chevron");
  return made;
}

function choice(option) {
  return el("option", { value: option.value, title: option.description?.text }, textNodes(option.text, people()));
}

function choices(field) {
  const many = isMany(field.element);
  const chosen = new Set([field.value].flat().filter(Boolean));
  const pick = (value, on) => {
    if (!many) return keep(field, value);
    on ? chosen.add(value) : chosen.delete(value);
    return keep(field, [...chosen]);
  };
  return el("div", { class: "choices", id: field.id }, optionsOf(field.element).map((option, at) => {
    const box = el("input", { ...common(field), id: `${field.id}-${at}`, "data-focus": `${field.name} ${at}`, autofocus: null, "aria-label": null,
      value: option.value, type: many ? "checkbox" : "radio", name: field.id, checked: chosen.has(option.value), on: { change: () => pick(option.value, box.checked) } });
    const more = option.description ? el("span", { class: "hint" }, textNodes(option.description, people())) : null;
    return el("label", { class: "choice" }, box, el("span", {}, textNodes(option.text, people()), more));
  }));
}
