// A list of messages, keyed by ts: a changed message is drawn anew alone, whatever the list's length.
import { h } from "./dom.js";
import { continues, renderMessage } from "./message.js";
import { placePopup } from "./popup.js";
import { freshen } from "./relative.js";
import { reached } from "./state.js";
import { dayKey, dayLabel } from "./time.js";

export class MessageList {
  /** `label` names the list; `inThread` draws its messages for the thread pane. */
  constructor({ label, inThread = false }) {
    this.inThread = inThread;
    this.order = []; // ts, ascending
    this.messages = new Map();
    this.nodes = new Map();
    this.newFrom = null; // ts of the first unread message
    this.node = h("ol", { class: "message-list", aria: { label }, on: { keydown: (event) => this.#arrows(event) } });
  }

  get last() {
    return this.messages.get(this.order.at(-1));
  }

  has(ts) {
    return this.messages.has(ts);
  }

  /** Show many at once, replacing all or adding older ones; one pass over the document. */
  load(messages, { keep = false } = {}) {
    if (!keep) this.clear();
    for (const message of messages) this.#remember(message);
    this.order = [...this.messages.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    this.#attach();
    this.#decorateAll();
  }

  /** Bring the nodes into order, touching only those that are not in their place. */
  #attach() {
    let next = this.node.firstChild;
    for (const ts of this.order) {
      const node = this.nodes.get(ts) ?? this.#draw(ts);
      if (node === next) next = next.nextSibling;
      else this.node.insertBefore(node, next);
    }
    while (next) {
      const after = next.nextSibling;
      next.remove();
      next = after;
    }
  }

  /** Show what `ask` answers; what happens to the list meanwhile is newer than the answer, and is done again after. */
  async loadFrom(ask, adopt) {
    const since = (this.since = []);
    try {
      const answer = await ask();
      if (this.since !== since) return; // asked anew meanwhile
      this.since = null;
      adopt(answer);
      for (const again of since) again();
    } finally {
      if (this.since === since) this.since = null;
    }
  }

  clear() {
    this.order = [];
    this.messages.clear();
    this.nodes.clear();
    this.node.replaceChildren();
  }

  /** Insert or redraw one message; true when it is new. */
  put(message) {
    this.since?.push(() => this.put(message));
    const known = this.messages.has(message.ts);
    reached(message);
    this.messages.set(message.ts, message);
    if (known) this.#redraw(message.ts);
    else this.#insert(message.ts);
    this.#decorateAround(message.ts);
    return !known;
  }

  remove(ts) {
    this.since?.push(() => this.remove(ts));
    const at = this.order.indexOf(ts);
    if (at < 0) return;
    this.nodes.get(ts).remove();
    this.order.splice(at, 1);
    this.messages.delete(ts);
    this.nodes.delete(ts);
    if (this.order[at]) this.#decorate(at);
  }

  /** The workspace's present moved on: "today" and "10 minutes ago" with it. */
  freshen() {
    this.#decorateAll();
    freshen(this.node);
  }

  /** Mark where the unread messages begin. */
  markNew(ts) {
    this.newFrom = ts;
    this.#decorateAll();
  }

  #remember(message) {
    reached(message);
    this.messages.set(message.ts, message);
    this.nodes.delete(message.ts);
  }

  #draw(ts) {
    const node = renderMessage(this.messages.get(ts), { inThread: this.inThread });
    this.nodes.set(ts, node);
    return node;
  }

  #redraw(ts) {
    const old = this.nodes.get(ts);
    if (old.matches(":active")) return afterPress(() => this.nodes.get(ts) === old && this.#redraw(ts));
    const focused = old.contains(document.activeElement) ? document.activeElement.dataset.actionId : null;
    const unfolded = old.querySelector('.see-more[aria-expanded="true"]');
    const node = this.#draw(ts);
    if (unfolded) node.querySelector(".see-more")?.click();
    old.replaceWith(node);
    placePopup();
    if (focused) node.querySelector(`[data-action-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    return undefined;
  }

  #insert(ts) {
    let at = this.order.length;
    while (at > 0 && Number(this.order[at - 1]) > Number(ts)) at -= 1;
    this.order.splice(at, 0, ts);
    const node = this.#draw(ts);
    this.node.insertBefore(node, this.nodes.get(this.order[at + 1]) ?? null);
  }

  #decorateAll() {
    this.order.forEach((_, at) => this.#decorate(at));
  }

  #decorateAround(ts) {
    const at = this.order.indexOf(ts);
    this.#decorate(at);
    if (at + 1 < this.order.length) this.#decorate(at + 1);
  }

  /** Day, "new" mark and grouping depend on the message before. */
  #decorate(at) {
    const ts = this.order[at];
    const message = this.messages.get(ts);
    const before = at > 0 ? this.messages.get(this.order[at - 1]) : null;
    const newDay = !before || dayKey(before.ts) !== dayKey(ts);
    const day = newDay && !this.inThread ? dayLabel(ts) : "";
    const isNew = this.newFrom === ts;
    const continued = !newDay && !isNew && continues(message, before);
    const node = this.nodes.get(ts);
    const look = `${day}|${isNew}|${continued}`;
    if (node.dataset.look === look) return;
    node.dataset.look = look;
    node.classList.toggle("continued", continued);
    node.querySelector(":scope > .dividers")?.remove();
    if (day || isNew) node.prepend(dividers(day, isNew));
  }

  #arrows(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.classList.contains("message")) return;
    event.preventDefault();
    const at = this.order.indexOf(event.target.dataset.ts);
    this.nodes.get(this.order[at + step])?.focus();
  }
}

/** Once what is being pressed is let go: the click of a node that was replaced meanwhile would be lost. */
function afterPress(act) {
  const over = new AbortController();
  const done = () => {
    over.abort();
    setTimeout(act);
  };
  for (const name of ["pointerup", "pointercancel", "keyup", "dragend"]) {
    addEventListener(name, done, { capture: true, signal: over.signal });
  }
}

function dividers(day, isNew) {
  return h("div", { class: "dividers" },
    day && h("div", { class: "day", role: "separator" }, h("span", {}, day)),
    isNew && h("div", { class: "new-mark", role: "separator" }, h("span", {}, "New")));
}
