// Block Kit: blocks in, DOM out. Every block carries its id, so that a test (or a person's script) finds it.
import { clamp } from "./clamp.js";
import { h, uid } from "./dom.js";
import { element } from "./elements.js";
import { imageSource, picture } from "./media.js";
import { mrkdwn, plain, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** Render blocks on a surface. `options.clamp` false shows long texts whole, as in a modal. */
export function renderBlocks(blocks, surface, options = {}) {
  return (blocks ?? []).map((block, index) => {
    const render = BLOCKS[block.type];
    const blockId = block.block_id ?? `block-${index}`;
    if (!render) return null; // a block of a later Slack is left out; the message's text still says it
    return h("div", { class: `block block-${block.type}`, dataset: { blockId } },
      render(block, { surface, blockId, options }));
  });
}

export const canRender = (blocks) => (blocks ?? []).some((block) => BLOCKS[block.type]);

const BLOCKS = {
  header: (block) => h("h3", { dir: "auto" }, plain(block.text?.text)),
  section,
  divider: () => h("hr"),
  context: (block) => h("div", { class: "context" }, (block.elements ?? []).map(contextItem)),
  image: imageBlock,
  actions: (block, place) => (block.elements ?? []).map((item) =>
    element(item, { ...place, dispatch: true })),
  input,
  rich_text: (block) => richText(block),
  markdown: (block) => mrkdwn(block.text),
  file: (block) => h("span", { class: "unsupported" }, `File ${block.external_id ?? ""}`),
};

function section(block, place) {
  const text = block.text && h("div", { class: "section-text", dir: "auto" }, textObject(block.text, place.options));
  const body = h("div", { class: "section-body" },
    text && (place.options.clamp === false ? text : clamp(text, block.text.text)),
    block.fields?.length && h("div", { class: "fields" }, block.fields.map((field) =>
      h("div", { class: "field-text", dir: "auto" }, textObject(field, place.options)))));
  return block.accessory ? [body, h("div", { class: "accessory" }, accessory(block.accessory, block, place))] : body;
}

function accessory(item, block, place) {
  if (item.type === "image") return picture(imageSource(item), item.alt_text ?? "", { small: true });
  return element(item, { ...place, dispatch: true });
}

function contextItem(item) {
  if (item.type === "image") {
    const source = imageSource(item);
    return source && h("img", { class: "context-image", src: source, alt: item.alt_text ?? "", title: item.alt_text });
  }
  return h("div", { class: "context-text", dir: "auto" }, textObject(item));
}

function imageBlock(block) {
  const title = plain(block.title?.text);
  return h("figure", { class: "image-block" }, title && h("figcaption", { dir: "auto" }, title),
    picture(imageSource(block), block.alt_text ?? "", { title }));
}

const GROUPED = new Set(["radio_buttons", "checkboxes"]);

/** An input block: label, field, hint, and room for what is wrong with it. */
function input(block, place) {
  const ids = { field: uid("input"), label: uid("label"), hint: uid("hint"), error: uid("error") };
  const item = block.element;
  const name = plain(block.label?.text);
  const field = element(item, {
    ...place, dispatch: Boolean(block.dispatch_action), name, id: ids.field, labelled: ids.label,
    describedby: block.hint ? `${ids.hint} ${ids.error}` : ids.error,
  });
  const optional = block.optional && h("span", { class: "optional" }, " (optional)");
  const grouped = GROUPED.has(item.type);
  const label = h(grouped ? "div" : "label",
    { class: "input-label", id: ids.label, dir: "auto", for: grouped ? null : ids.field }, name, optional);
  return [label, field,
    block.hint && h("p", { class: "hint", id: ids.hint, dir: "auto" }, plain(block.hint.text)),
    h("p", { class: "field-error", id: ids.error, role: "alert", dataset: { errorFor: place.blockId } })];
}
