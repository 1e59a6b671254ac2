// One interactive element of Block Kit in its place. A slot ties it to its surface: what it holds, and what it sends.
import { optionList, picker, textField } from "./fields.js";
import { fileField } from "./filefield.js";
import { select, selectKind } from "./choices.js";
import { confirmed } from "./confirm.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { safeLink } from "./links.js";
import { plain } from "./mrkdwn.js";
import { openMenu } from "./popup.js";

const DOUBLE = 600; // ms within which a second click belongs to the first

/** Context of an element: {surface, blockId, dispatch, name?, id?, describedby?, labelled?}. */
export function element(item, context) {
  if (item.type === "button" || item.type === "workflow_button") return button(item, context);
  if (item.type === "overflow") return overflow(item, context);
  const slot = makeSlot(item, context);
  if (selectKind(item.type)) return select(item, slot);
  if (item.type === "radio_buttons" || item.type === "checkboxes") return optionList(item, slot);
  if (["datepicker", "timepicker", "datetimepicker"].includes(item.type)) return picker(item, slot);
  if (item.type === "file_input") return fileField(item, slot);
  if (/_input$/.test(item.type)) return textField(item, slot);
  return h("span", { class: "unsupported" }, `This client does not show ${item.type}.`);
}

function makeSlot(item, context) {
  const { surface, blockId, dispatch } = context;
  const actionId = item.action_id;
  const send = (payload) => surface.act(blockId, actionId, payload);
  return {
    ...context,
    dispatches: dispatch,
    kept: surface.kept(blockId, actionId),
    dataset: { actionId, blockId },
    hold: (payload) => surface.hold(blockId, actionId, payload),
    options: (query) => surface.options(blockId, actionId, query),
    /** Chosen: keep it, and send it where the element acts. False when the person thought better of it. */
    async change(payload) {
      if (dispatch && !(await confirmed(item.confirm))) return false;
      surface.change(blockId, actionId, payload);
      if (dispatch) await send(payload);
      return true;
    },
    /** Typed: keep every letter, send only when asked to. */
    type(payload, now) {
      surface.change(blockId, actionId, payload);
      if (dispatch && now) send(payload);
    },
  };
}

async function press(node, item, context, payload) {
  if (node.getAttribute("aria-busy") === "true" || !(await confirmed(item.confirm))) return;
  node.setAttribute("aria-busy", "true");
  await context.surface.act(context.blockId, item.action_id, payload);
  node.removeAttribute("aria-busy");
}

function button(item, context) {
  const link = item.url && safeLink(item.url);
  const dataset = { actionId: item.action_id, blockId: context.blockId };
  const name = plain(item.text?.text);
  const node = h(link ? "a" : "button", {
    class: `btn ${["primary", "danger"].includes(item.style) ? item.style : ""}`.trim(), dataset,
    type: link ? null : "button", href: link, target: link && "_blank", rel: link && "noopener noreferrer",
    aria: { label: item.accessibility_label },
  }, h("bdi", { class: "btn-text" }, name));
  const payload = { type: "button", value: item.value ?? null };
  const drawn = performance.now();
  node.addEventListener("click", (event) => {
    if (event.detail > 1 && performance.now() - drawn < DOUBLE) return; // what was pressed first is not there any more
    press(node, item, context, payload);
  });
  return node;
}

function overflow(item, context) {
  const dataset = { actionId: item.action_id, blockId: context.blockId };
  const aria = { label: "More actions", haspopup: "menu", expanded: "false" };
  const node = h("button", { type: "button", class: "btn overflow", dataset, aria }, icon("more"));
  const choose = (option) => {
    const link = option.url && safeLink(option.url);
    if (link) window.open(link, "_blank", "noopener,noreferrer");
    press(node, item, context, { type: "overflow", selected_option: option });
  };
  node.addEventListener("click", () => openMenu(item.options.map((option) => ({
    label: plain(option.text?.text), description: option.description && plain(option.description.text),
    dataset: { value: option.value ?? "" }, run: () => choose(option),
  })), node, { label: "More actions", align: "end" }));
  return node;
}
