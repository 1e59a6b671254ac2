// A very long text is folded to its beginning, with a button that shows the rest.
import { h } from "./dom.js";

const LETTERS = 900;
const LINES = 12;

const isLong = (text) => text.length > LETTERS || text.split("\n", LINES + 2).length > LINES + 1;

/** Fold `node` when its text is long. */
export function clamp(node, text) {
  if (!isLong(String(text ?? ""))) return node;
  node.classList.add("clamped");
  const button = h("button", { type: "button", class: "see-more", aria: { expanded: "false" } }, "See more");
  button.addEventListener("click", () => {
    const folded = node.classList.toggle("clamped");
    button.textContent = folded ? "See more" : "See less";
    button.setAttribute("aria-expanded", String(!folded));
  });
  return h("div", { class: "clamp" }, node, button);
}
