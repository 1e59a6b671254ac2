// Attachments: a colour bar with blocks beside it, or the fields of their older form.
import { canRender, renderBlocks } from "./blocks.js";
import { clamp } from "./clamp.js";
import { h } from "./dom.js";
import { safeLink } from "./links.js";
import { anchor, mrkdwn, plain } from "./mrkdwn.js";

const NAMED = { good: "var(--good)", warning: "var(--warn)", danger: "var(--danger)" };

function color(value) {
  if (NAMED[value]) return NAMED[value];
  return /^#?[0-9a-f]{3,8}$/i.test(value ?? "") ? `#${value.replace("#", "")}` : "var(--line-strong)";
}

export function attachment(item, surface) {
  return h("div", { class: "attachment", style: { "--bar": color(item.color) } },
    canRender(item.blocks) ? h("div", { class: "blocks" }, renderBlocks(item.blocks, surface)) : older(item));
}

function older(item) {
  const text = item.text ?? (item.title ? "" : (item.fallback ?? ""));
  const link = item.title_link && safeLink(item.title_link);
  return [
    item.pretext && h("div", { class: "text", dir: "auto" }, mrkdwn(item.pretext)),
    item.author_name && h("p", { class: "attachment-author", dir: "auto" }, plain(item.author_name)),
    item.title && h("p", { class: "attachment-title", dir: "auto" },
      link ? anchor(link, item.title) : plain(item.title)),
    text && clamp(h("div", { class: "text", dir: "auto" }, mrkdwn(text)), text),
    item.fields?.length && h("div", { class: "fields" }, item.fields.map((field) =>
      h("div", { class: "field-text", dir: "auto" },
        h("strong", {}, plain(field.title)), h("div", {}, mrkdwn(field.value))))),
    item.footer && h("p", { class: "attachment-footer", dir: "auto" }, plain(item.footer)),
  ];
}
