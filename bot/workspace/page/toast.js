// Short notes at the edge of the page, for what went wrong and needs no decision.
import { h } from "./dom.js";
import { icon } from "./icons.js";

const LIFE = 7000;

/** Show a note for seven seconds, or until it is dismissed; the same note is not stacked twice. */
export function toast(text, kind = "error") {
  const box = document.getElementById("toasts");
  for (const old of box.children) if (old.dataset.text === text) old.remove();
  const close = h("button", { type: "button", class: "icon-button", aria: { label: "Dismiss" } }, icon("close", 14));
  const node = h("div", { class: `toast ${kind}`, testid: "toast", dataset: { text } },
    icon(kind === "error" ? "alert" : "check"), h("p", { dir: "auto" }, text), close);
  const timer = setTimeout(() => node.remove(), LIFE);
  close.addEventListener("click", () => {
    clearTimeout(timer);
    node.remove();
  });
  box.append(node);
  while (box.children.length > 4) box.firstChild.remove();
}

/** Say something to screen readers only. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}
