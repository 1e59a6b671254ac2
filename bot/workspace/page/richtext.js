// rich_text blocks: the structured form of what people type, shown with its basic parts.
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { safeLink } from "./links.js";
import { channelMention, groupMention, userMention } from "./mentions.js";
import { anchor } from "./mrkdwn.js";
import { fillDate } from "./time.js";

export function richText(block) {
  return (block.elements ?? []).map(part);
}

function part(item) {
  const inner = () => (item.elements ?? []).map(leaf);
  if (item.type === "rich_text_preformatted") return h("pre", { tabindex: "0" }, h("code", {}, inner()));
  if (item.type === "rich_text_quote") return h("blockquote", { dir: "auto" }, inner());
  if (item.type === "rich_text_list") return list(item);
  return h("div", { class: "rich", dir: "auto" }, inner());
}

function list(item) {
  const items = (item.elements ?? []).map((entry) => h("li", { dir: "auto" }, (entry.elements ?? []).map(leaf)));
  return h(item.style === "ordered" ? "ol" : "ul",
    { class: "rich-list", start: item.offset ? item.offset + 1 : null, style: { "--depth": String(item.indent ?? 0) } },
    items);
}

const LEAVES = {
  text: (item) => item.text,
  link: (item) => {
    const link = safeLink(item.url);
    return link ? anchor(link, item.text || item.url) : (item.text ?? item.url);
  },
  emoji: (item) => emoji(item.name) ?? `:${item.name}:`,
  user: (item) => userMention(item.user_id) ?? item.user_id,
  channel: (item) => channelMention(item.channel_id) ?? item.channel_id,
  usergroup: (item) => groupMention(item.usergroup_id),
  broadcast: (item) => h("span", { class: "mention broadcast" }, `@${item.range}`),
  date: (item) => fillDate(Number(item.timestamp), item.format ?? "") ?? item.fallback ?? "",
  color: (item) => h("code", {}, item.value),
};

function leaf(item) {
  let node = LEAVES[item.type]?.(item) ?? item.text ?? "";
  const style = item.style ?? {};
  for (const [name, tag] of [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"]]) {
    if (style[name]) node = h(tag, {}, node);
  }
  return node;
}
