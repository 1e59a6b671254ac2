// Dialogs, drawers and lightboxes lie in layers: what is beneath is inert, Tab stays inside, Esc closes the top one,
// and the focus returns to where it was.
import { focusables, h } from "./dom.js";

const stack = [];

function refresh() {
  document.getElementById("app").inert = stack.length > 0;
  stack.forEach((layer, index) => (layer.node.inert = index < stack.length - 1));
}

/** Open a layer around `content`; `onEscape` runs on Esc and on a click outside. Returns a function that closes it. */
export function openLayer(content, { onEscape, kind = "dialog", focus } = {}) {
  const before = document.activeElement;
  const node = h("div", { class: `layer layer-${kind}` }, content);
  const layer = { node, onEscape };
  node.addEventListener("mousedown", (event) => event.target === node && onEscape?.());
  node.addEventListener("keydown", trap);
  document.getElementById("layers").append(node);
  stack.push(layer);
  refresh();
  (focus ?? focusables(node)[0] ?? content).focus();
  return () => closeLayer(layer, before);
}

function closeLayer(layer, before) {
  const at = stack.indexOf(layer);
  if (at < 0) return;
  stack.splice(at, 1);
  layer.node.remove();
  refresh();
  if (before?.isConnected) before.focus({ preventScroll: true });
}

function trap(event) {
  if (event.key !== "Tab") return;
  const nodes = focusables(event.currentTarget);
  if (!nodes.length) return event.preventDefault();
  const edge = event.shiftKey ? nodes[0] : nodes.at(-1);
  if (document.activeElement !== edge && event.currentTarget.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? nodes.at(-1) : nodes[0]).focus();
}

/** Let the top layer handle Esc; false when no layer is open. */
export function escapeLayer() {
  const top = stack.at(-1);
  top?.onEscape?.();
  return Boolean(top);
}

export const layersOpen = () => stack.length > 0;
