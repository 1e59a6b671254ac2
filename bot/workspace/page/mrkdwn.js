// Slack's mrkdwn as DOM nodes. Text reaches the page only through text nodes, links only through `safeLink`.
// One pass, no backtracking: a text of 100,000 characters costs milliseconds whatever it holds.
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { followLink, safeLink } from "./links.js";
import { mention } from "./mentions.js";
import { dateNode } from "./relative.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const MARKS = { "*": "strong", _: "em", "~": "s" };

export function decode(text) {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);
}

/** Plain text as Slack shows it: emoji shortcodes turned and its three entities decoded, nothing else. */
export function plain(text) {
  return decode(String(text ?? "").replace(/:([a-z0-9_+-]{1,40}):/g, (whole, name) => emoji(name) ?? whole));
}

/** A text object ({type: mrkdwn | plain_text, text}) as nodes. */
export function textObject(object, options = {}) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, options);
  return [plain(object.text)];
}

/** Nodes of a mrkdwn text. `autolink` also makes bare addresses links, as for what people type. */
export function mrkdwn(text, options = {}) {
  const nodes = [];
  let rest = String(text ?? "");
  while (rest) {
    const open = rest.indexOf("```");
    const close = open < 0 ? -1 : rest.indexOf("```", open + 3);
    if (close < 0) {
      nodes.push(...lines(rest, options));
      break;
    }
    if (open > 0) nodes.push(...lines(rest.slice(0, open).replace(/\n$/, ""), options));
    const code = rest.slice(open + 3, close).replace(/^\n|\n$/g, "");
    nodes.push(h("pre", { dir: "auto", tabindex: "0" }, h("code", {}, decode(unwrap(code)))));
    rest = rest.slice(close + 3).replace(/^\n/, "");
  }
  return nodes;
}

/** Inside code, a link is shown as its address or label. */
function unwrap(code) {
  return code.replace(/<((?:https?:|mailto:)[^<>|\n]*)(?:\|([^<>\n]*))?>/g, (whole, url, label) => label ?? url);
}

function lines(text, options) {
  const nodes = [];
  let quote = [];
  const endQuote = () => {
    if (quote.length) nodes.push(h("blockquote", { dir: "auto" }, quote.map((line) => lineNode(line, options))));
    quote = [];
  };
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?/.exec(line);
    if (quoted) {
      quote.push(line.slice(quoted[0].length));
      continue;
    }
    endQuote();
    nodes.push(lineNode(line, options));
  }
  endQuote();
  return nodes;
}

/** A line of its own block takes its direction from its own first strong character. */
function lineNode(line, options) {
  const item = /^(\s*)([•◦▪\-–]|\d{1,3}[.)])\s+(?=\S)/.exec(line);
  if (!item) return h("div", { class: line ? "line" : "line blank", dir: "auto" }, inline(line, options));
  const depth = Math.min(Math.floor(item[1].length / 2) + (item[2] === "◦" ? 1 : 0), 4);
  const marker = item[2] === "-" || item[2] === "–" ? "•" : item[2];
  const body = h("span", { class: "item-body", dir: "auto" }, inline(line.slice(item[0].length), options));
  return h("div", { class: "line item", dir: "auto", style: { "--depth": String(depth) } },
    h("span", { class: "marker" }, marker), body);
}

export function inline(text, options = {}) {
  return new Inline(text, options).nodes();
}

class Inline {
  constructor(text, options, open = "") {
    this.text = text;
    this.options = options;
    this.open = open; // marks this run is already inside of
    this.at = 0;
    this.exhausted = new Set(); // delimiters that have no closer in the rest of this run
    this.out = [];
    this.buffer = "";
    this.blank = true; // nothing but white space so far
  }

  nodes() {
    while (this.at < this.text.length) {
      const char = this.text[this.at];
      const taken =
        (char === "<" && this.token()) ||
        (char === "`" && this.code()) ||
        (char in MARKS && this.mark(char)) ||
        (char === ":" && this.emoji()) ||
        (char === "&" && this.entity()) ||
        (char === "h" && this.options.autolink && this.bareLink());
      if (!taken) this.literal();
    }
    this.flush();
    return this.out;
  }

  literal() {
    const run = /[^<`*_~:&h]+/y;
    run.lastIndex = this.at;
    const text = run.exec(this.text)?.[0] ?? this.text[this.at];
    this.buffer += text;
    this.at += text.length;
    this.blank &&= !text.trim();
  }

  flush() {
    if (this.buffer) this.out.push(this.buffer);
    this.buffer = "";
  }

  push(node, length) {
    this.flush();
    this.out.push(node);
    this.at += length;
    return true;
  }

  token() {
    const match = /<([^<>\n]{1,4000})>/y;
    match.lastIndex = this.at;
    const found = match.exec(this.text);
    const begins = !this.open && !this.out.length && this.blank;
    const node = found && angle(found[1], begins);
    return node ? this.push(node, found[0].length) : false;
  }

  code() {
    const end = this.text.indexOf("`", this.at + 1);
    if (end <= this.at + 1) return false;
    const text = decode(unwrap(this.text.slice(this.at + 1, end)));
    return this.push(h("code", { dir: "auto" }, text), end - this.at + 1);
  }

  mark(char) {
    if (this.open.includes(char) || this.exhausted.has(char) || !this.opens()) return false;
    const end = this.closer(char);
    if (end < 0) return false;
    const inner = new Inline(this.text.slice(this.at + 1, end), this.options, this.open + char);
    return this.push(h(MARKS[char], {}, inner.nodes()), end - this.at + 1);
  }

  opens() {
    const before = this.text[this.at - 1] ?? " ";
    const after = this.text[this.at + 1] ?? " ";
    return !/[\p{L}\p{N}]/u.test(before) && !/\s/.test(after) && after !== this.text[this.at];
  }

  closer(char) {
    for (let end = this.text.indexOf(char, this.at + 2); end >= 0; end = this.text.indexOf(char, end + 1)) {
      const after = this.text[end + 1] ?? " ";
      if (!/\s/.test(this.text[end - 1]) && !/[\p{L}\p{N}]/u.test(after) && after !== char) return end;
    }
    this.exhausted.add(char);
    return -1;
  }

  emoji() {
    const match = /:([a-z0-9_+-]{1,40}):/y;
    match.lastIndex = this.at;
    const found = match.exec(this.text);
    const char = found && emoji(found[1]);
    if (!char) return false;
    return this.push(h("span", { class: "emoji", role: "img", aria: { label: found[1].replaceAll("_", " ") } }, char),
      found[0].length);
  }

  entity() {
    const match = /&(?:amp|lt|gt);/y;
    match.lastIndex = this.at;
    const found = match.exec(this.text);
    if (!found) return false;
    this.buffer += ENTITIES[found[0]];
    this.blank = false;
    this.at += found[0].length;
    return true;
  }

  bareLink() {
    const match = /https?:\/\/[^\s<>|`*]{2,2000}/y;
    match.lastIndex = this.at;
    const raw = match.exec(this.text)?.[0].replace(/[.,;:!?)\]'"]+$/, "");
    const link = raw && safeLink(decode(raw));
    return link ? this.push(anchor(link, decode(raw)), raw.length) : false;
  }
}

function angle(body, begins) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? null : decode(body.slice(bar + 1));
  if (/^[@#!]/.test(target)) return special(target, label, begins);
  const link = safeLink(decode(target));
  return link ? anchor(link, label || decode(target).replace(/^mailto:/, "")) : null;
}

function special(target, label, begins) {
  const date = /^!date\^(-?\d+)\^([^^]*)(?:\^(.*))?$/.exec(target);
  if (date) {
    const node = dateNode(Number(date[1]), decode(date[2]), label, begins);
    const link = node && date[3] && safeLink(decode(date[3]));
    return link ? anchor(link, node) : node;
  }
  return mention(target, label);
}

export function anchor(link, content) {
  return h("a", { href: link, target: "_blank", rel: "noopener noreferrer", title: link, on: { click: followLink } },
    typeof content === "string" ? h("bdi", {}, plain(content)) : content);
}
