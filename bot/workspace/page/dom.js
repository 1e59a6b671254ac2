// Builds DOM nodes. There is no way in here to parse markup: outside text can only become text.

/**
 * Create an element. `props`: class, dataset, aria, style (a map), on (event listeners), everything else by name.
 * Children come first: under dir="auto" each later one would make the browser look for the direction anew.
 */
export function h(tag, props = {}, ...children) {
  const node = append(document.createElement(tag), children);
  for (const [name, value] of Object.entries(props ?? {})) setProp(node, name, value);
  return node;
}

function setProp(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "class") node.className = value;
  else if (name === "dataset") assign(value, (key, item) => (node.dataset[key] = item));
  else if (name === "aria") assign(value, (key, item) => node.setAttribute(`aria-${key}`, item));
  else if (name === "style") assign(value, (key, item) => node.style.setProperty(key, item));
  else if (name === "on") assign(value, (event, listener) => node.addEventListener(event, listener));
  else if (name === "testid") node.dataset.testid = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

function assign(map, put) {
  for (const [key, item] of Object.entries(map)) if (item !== undefined && item !== null) put(key, item);
}

/** Append children: nodes, strings, arrays of them; null and false are left out. */
export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

let counter = 0;
/** An id that is unique on this page, to tie labels and descriptions to their fields. */
export function uid(prefix = "id") {
  counter += 1;
  return `${prefix}-${counter}`;
}

export function srOnly(text) {
  return h("span", { class: "sr-only" }, text);
}

const FIELDS = ["button", "input", "textarea", "select"].map((tag) => `${tag}:not([disabled])`);
const FOCUSABLE = ["a[href]", ...FIELDS, '[tabindex="0"]'].join();

export function focusables(root) {
  return [...root.querySelectorAll(FOCUSABLE)].filter((node) => node.getClientRects().length > 0);
}
