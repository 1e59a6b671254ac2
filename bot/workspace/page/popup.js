// Lists and menus that hang at a control: kept beside it and within the window, closed by a click elsewhere or Esc.
import { h } from "./dom.js";

let current = null;

/** Show `node` under (or over) `anchor`. Returns a function that closes it. */
export function openPopup(node, anchor, { onClose, matchWidth = false, align = "start" } = {}) {
  closePopup();
  const box = h("div", { class: "popup" }, node);
  document.getElementById("popups").append(box);
  const popup = { box, anchor, onClose, place: () => place(box, anchor, matchWidth, align) };
  current = popup;
  popup.place();
  return () => current === popup && closePopup();
}

export function closePopup() {
  if (!current) return false;
  const { box, onClose } = current;
  current = null;
  box.remove();
  onClose?.();
  return true;
}

/** Put the popup beside its control again; without the control, or with it out of sight, it closes. */
export function placePopup() {
  const at = current?.anchor.getBoundingClientRect();
  if (at && (!current.anchor.isConnected || at.bottom < 0 || at.top > innerHeight)) closePopup();
  else current?.place();
}

function place(box, anchor, matchWidth, align) {
  const at = anchor.getBoundingClientRect();
  const gap = 4;
  box.style.minWidth = matchWidth ? `${at.width}px` : "";
  const below = innerHeight - at.bottom - gap - 8;
  const above = at.top - gap - 8;
  const wanted = Math.min(box.scrollHeight, 340);
  const up = below < wanted && above > below;
  box.style.maxHeight = `${Math.max(120, Math.min(340, up ? above : below))}px`;
  const width = box.offsetWidth;
  const start = align === "end" ? at.right - width : at.left;
  box.style.left = `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`;
  box.style.top = up ? `${Math.max(8, at.top - gap - box.offsetHeight)}px` : `${at.bottom + gap}px`;
}

document.addEventListener("mousedown", (event) => {
  if (current && !current.box.contains(event.target) && !current.anchor.contains(event.target)) closePopup();
});
document.addEventListener("scroll", (event) => {
  if (current && event.target.contains?.(current.anchor)) placePopup();
}, true);
addEventListener("resize", () => closePopup());

/** A menu of actions at a button. `items`: {label, run, description?, checked?, dataset?, testid?, content?}. */
export function openMenu(items, anchor, { label, align = "start" } = {}) {
  let close = () => {};
  const choose = (item) => {
    close();
    anchor.focus();
    item.run();
  };
  const nodes = items.map((item) => menuItem(item, () => choose(item)));
  const menu = h("div", { class: "menu", role: "menu", aria: { label }, on: { keydown: (event) => keys(event, nodes) } },
    nodes);
  anchor.setAttribute("aria-expanded", "true");
  close = openPopup(menu, anchor, { align, onClose: () => anchor.setAttribute("aria-expanded", "false") });
  (nodes.find((node) => node.getAttribute("aria-checked") === "true") ?? nodes[0])?.focus();

  function keys(event, all) {
    const at = all.indexOf(document.activeElement);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    if (event.key in moves) {
      event.preventDefault();
      all[(moves[event.key] + all.length) % all.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      close();
      anchor.focus();
    }
  }
}

function menuItem(item, run) {
  const radio = item.checked !== undefined;
  return h("button",
    {
      type: "button", class: "menu-item", role: radio ? "menuitemradio" : "menuitem", tabindex: "-1",
      aria: { checked: radio ? String(item.checked) : undefined }, dataset: item.dataset ?? {}, testid: item.testid,
      on: { click: run },
    },
    item.content ?? [h("span", {}, item.label), item.description && h("small", {}, item.description)]);
}
