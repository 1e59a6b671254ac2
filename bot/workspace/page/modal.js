// Modals: the top of the person's stack of views. An update keeps what was typed; errors stand under their inputs.
import { api } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { h, replace, uid } from "./dom.js";
import { inWords } from "./errors.js";
import { icon } from "./icons.js";
import { openLayer } from "./layers.js";
import { plain } from "./mrkdwn.js";
import { placePopup } from "./popup.js";
import { missing } from "./required.js";
import { emit } from "./state.js";
import { Surface } from "./surface.js";

export class Modals {
  constructor({ refetch }) {
    this.refetch = refetch; // asks the server for the stack, when no event told
    this.surfaces = new Map();
    this.turn = 0;
  }

  /** Show a stack: [] closes, a new top view opens, a changed one is drawn anew in its place. */
  show(stack) {
    this.turn += 1;
    this.stack = stack ?? [];
    for (const id of this.surfaces.keys()) if (!this.stack.some((view) => view.id === id)) this.surfaces.delete(id);
    const view = this.stack.at(-1);
    if (!view) return this.#shut();
    const same = this.view?.id === view.id;
    if (same && JSON.stringify(this.view) === JSON.stringify(view)) return undefined;
    this.view = view;
    if (!this.frame) this.#openFrame();
    return this.#draw(same);
  }

  #shut() {
    this.view = null;
    this.frame = null;
    this.closeLayer?.();
    this.closeLayer = null;
  }

  #openFrame() {
    this.title = h("h2", { id: uid("modal"), dir: "auto", testid: "modal-title" });
    const leave = (label, sign) => h("button",
      { type: "button", class: "icon-button", aria: { label }, on: { click: () => this.#close() } }, icon(sign));
    this.back = leave("Back", "back");
    this.body = h("div", { class: "modal-body blocks" });
    this.banner = h("p", { class: "banner", role: "alert", testid: "modal-error" });
    this.actions = h("div", { class: "dialog-actions" });
    this.frame = h("form",
      { class: "dialog modal", role: "dialog", testid: "modal", novalidate: true, tabindex: "-1",
        aria: { modal: "true", labelledby: this.title.id }, on: { submit: (event) => this.#submit(event) } },
      h("header", {}, this.back, this.title, leave("Close dialog", "close")), this.body, this.banner, this.actions);
    this.closeLayer = openLayer(this.frame, { kind: "modal", onEscape: () => this.#close(), focus: this.frame });
  }

  #surface() {
    const { id } = this.view;
    if (!this.surfaces.has(id)) this.surfaces.set(id, new Surface({ view_id: id }));
    return this.surfaces.get(id);
  }

  #draw(same) {
    const { view } = this;
    const place = same && focusPlace(this.body);
    const scroll = same ? this.body.scrollTop : 0;
    const surface = this.#surface();
    surface.reset();
    this.title.textContent = plain(view.title?.text);
    this.back.hidden = this.stack.length < 2;
    this.frame.dataset.viewId = view.id;
    replace(this.body, renderBlocks(view.blocks, surface, { clamp: false }));
    placePopup();
    this.banner.textContent = "";
    this.#drawActions(view);
    this.#busy(false);
    this.body.scrollTop = scroll;
    if (!place || !restoreFocus(this.body, place)) this.#focusFirst();
  }

  #drawActions(view) {
    const close = h("button", { type: "button", class: "btn", testid: "modal-close", on: { click: () => this.#close() } },
      plain(view.close?.text) || "Close");
    this.submitButton = view.submit && h("button", { type: "submit", class: "btn primary", testid: "modal-submit" },
      plain(view.submit.text));
    replace(this.actions, close, this.submitButton);
  }

  #focusFirst() {
    const field = this.body.querySelector("[autofocus]") ?? this.body.querySelector("input, textarea");
    (field ?? this.submitButton ?? this.frame).focus();
  }

  #busy(on) {
    this.frame.toggleAttribute("inert-form", on);
    this.submitButton?.setAttribute("aria-busy", String(on));
    if (this.submitButton) this.submitButton.disabled = on;
  }

  #errors(errors) {
    let first = null;
    for (const slot of this.body.querySelectorAll(".field-error")) {
      const text = errors[slot.dataset.errorFor] ?? "";
      const block = slot.closest(".block");
      slot.textContent = plain(text);
      block.classList.toggle("invalid", Boolean(text));
      for (const field of block.querySelectorAll("input, textarea")) {
        if (text) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
      if (text) first ??= block;
    }
    const slot = (id) => this.body.querySelector(`[data-error-for="${CSS.escape(id)}"]`);
    const unknown = Object.keys(errors).filter((id) => !slot(id));
    if (unknown.length) this.banner.textContent = unknown.map((id) => errors[id]).join(" ");
    first?.querySelector("input, textarea")?.focus();
    first?.scrollIntoView({ block: "nearest" });
  }

  /** What the browser itself finds malformed: an address, a number out of range. */
  #malformed() {
    const found = new Map();
    for (const field of this.body.querySelectorAll(".block-input .field")) {
      if (!field.checkValidity()) found.set(field.dataset.blockId, field.validationMessage);
    }
    return found;
  }

  async #submit(event) {
    event.preventDefault();
    if (!this.view?.submit || this.submitButton.disabled) return;
    const surface = this.#surface();
    const errors = missing(this.view.blocks, surface.values, this.#malformed());
    this.banner.textContent = "";
    this.#errors(errors);
    if (Object.keys(errors).length) return;
    const { turn, view } = this;
    this.#busy(true);
    const answer = await api.submit(view.id, surface.values);
    if (this.view?.id !== view.id || !this.frame) return;
    this.#busy(false);
    if (answer.errors && Object.keys(answer.errors).length) this.#errors(answer.errors);
    else if (answer.ok === false) this.banner.textContent = inWords(answer.error, "Sending");
    else if (answer.stack) emit("view", answer.stack);
    else if (turn === this.turn) await this.refetch();
  }

  async #close() {
    const view = this.view;
    if (!view) return;
    emit("view", this.stack.slice(0, -1));
    await api.close(view.id);
  }
}

function focusPlace(root) {
  const node = document.activeElement;
  if (!root.contains(node) || !node.dataset.actionId) return null;
  const { actionId, blockId } = node.dataset;
  return { action: actionId, block: blockId, start: node.selectionStart, end: node.selectionEnd };
}

function restoreFocus(root, { action, block, start, end }) {
  const same = (name) => CSS.escape(name);
  const node = root.querySelector(`[data-action-id="${same(action)}"][data-block-id="${same(block)}"]`);
  node?.focus({ preventScroll: true });
  if (node && start !== undefined && start !== null) node.setSelectionRange?.(start, end);
  return Boolean(node);
}
