// The elements of Block Kit that hold a value: text, numbers, dates, radio buttons and checkboxes.
import { h, uid } from "./dom.js";
import { plain, textObject } from "./mrkdwn.js";
import { epochOf, localOf } from "./time.js";

const PAUSE = 500; // a date typed digit by digit passes through valid dates; wait until the typing rests

/** A text-like input. Payload: {type, value}; an empty field is null, as in Slack. */
export function textField(element, slot) {
  const types = { number_input: "number", email_text_input: "email", url_text_input: "url" };
  const multiline = element.type === "plain_text_input" && element.multiline;
  const value = slot.kept?.value ?? element.initial_value ?? "";
  const payload = (text) => ({ type: element.type, value: text === "" ? null : text });
  slot.hold(payload(value));
  const whole = element.type === "number_input" && element.is_decimal_allowed === false;
  const field = h(multiline ? "textarea" : "input", {
    ...common(slot), class: "field", dir: "auto",
    type: multiline ? null : (types[element.type] ?? "text"), rows: multiline ? 4 : null,
    placeholder: plain(element.placeholder?.text) || null, autocomplete: "off",
    minlength: element.min_length, maxlength: element.max_length, min: element.min_value, max: element.max_value,
    step: element.type === "number_input" ? (whole ? 1 : "any") : null,
    autofocus: element.focus_on_load,
  });
  field.value = value;
  field.addEventListener("input", () => slot.type(payload(field.value), on(element, "on_character_entered")));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || (multiline && !event.ctrlKey && !event.metaKey)) return;
    if (on(element, "on_enter_pressed", true)) slot.type(payload(field.value), true);
  });
  return field;
}

function on(element, trigger, standard = false) {
  return element.dispatch_action_config?.trigger_actions_on?.includes(trigger) ?? standard;
}

function common(slot) {
  return {
    id: slot.id ?? uid("field"), dataset: slot.dataset,
    aria: { label: slot.labelled ? undefined : slot.name, describedby: slot.describedby },
  };
}

/** Date, time and both: selected_date "YYYY-MM-DD", selected_time "HH:MM", selected_date_time in epoch seconds. */
const PICKERS = {
  datepicker: { type: "date", key: "selected_date", initial: "initial_date", name: "Choose a date" },
  timepicker: { type: "time", key: "selected_time", initial: "initial_time", name: "Choose a time" },
  datetimepicker: {
    type: "datetime-local", key: "selected_date_time", initial: "initial_date_time", name: "Choose a date and time",
    read: epochOf, write: localOf,
  },
};

export function picker(element, slot) {
  const kind = PICKERS[element.type];
  const read = kind.read ?? ((text) => text);
  const write = kind.write ?? ((value) => value);
  const payload = (text) => ({ type: element.type, [kind.key]: text ? read(text) : null });
  const initial = slot.kept ? slot.kept[kind.key] : element[kind.initial];
  const text = initial === undefined || initial === null ? "" : write(initial);
  slot.hold(payload(text));
  const name = slot.name ?? (plain(element.placeholder?.text) || kind.name);
  const field = h("input", { ...common({ ...slot, name }), class: "field picker", type: kind.type });
  field.value = text;
  let timer;
  field.addEventListener("change", () => {
    clearTimeout(timer);
    if (!slot.dispatches) return slot.change(payload(field.value));
    timer = setTimeout(() => slot.change(payload(field.value)), PAUSE);
  });
  return field;
}

/** Radio buttons and checkboxes: real inputs, each within its label. */
export function optionList(element, slot) {
  const many = element.type === "checkboxes";
  const chosen = slot.kept
    ? [slot.kept[many ? "selected_options" : "selected_option"]].flat().filter(Boolean)
    : [many ? element.initial_options : element.initial_option].flat().filter(Boolean);
  const group = uid("group");
  const payload = (selected) => many
    ? { type: element.type, selected_options: selected }
    : { type: element.type, selected_option: selected[0] ?? null };
  slot.hold(payload(chosen));
  const boxes = element.options.map((option) => {
    const box = h("input", { type: many ? "checkbox" : "radio", name: group, value: option.value });
    box.checked = chosen.some((other) => other.value === option.value);
    return box;
  });
  const change = () => slot.change(payload(element.options.filter((_, at) => boxes[at].checked)));
  const labels = element.options.map((option, at) =>
    h("label", { class: "choice" }, boxes[at],
      h("span", { dir: "auto" }, textObject(option.text),
        option.description && h("small", {}, textObject(option.description)))));
  return h("div",
    { class: "choices", role: many ? "group" : "radiogroup", id: slot.id, tabindex: "-1", dataset: slot.dataset,
      aria: { label: slot.labelled ? undefined : (slot.name ?? "Options"), labelledby: slot.labelled,
        describedby: slot.describedby },
      on: { change } },
    labels);
}
