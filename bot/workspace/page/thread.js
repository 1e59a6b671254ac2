// The thread in the side pane: its first message, the replies, and a message box of its own.
import { api } from "./api.js";
import { Composer } from "./composer.js";
import { h, replace } from "./dom.js";
import { inWords } from "./errors.js";
import { icon } from "./icons.js";
import { MessageList } from "./list.js";
import { Scroller } from "./scroller.js";
import { channelLabel, state } from "./state.js";
import { toast } from "./toast.js";

export class ThreadPane {
  constructor(root, { onClose }) {
    this.root = root;
    this.onClose = onClose;
    this.known = new Set(); // the threads that were open before
    this.list = new MessageList({ label: "Thread", inThread: true });
    this.scroller = new Scroller(h("div", { class: "scroll-content" }, this.list.node),
      { testid: "thread-messages", label: "Thread" });
    this.composer = new Composer({
      testid: "thread-composer", thread: true, target: () => ({ channel: this.channel, thread: this.ts }),
      onSend: () => this.scroller.toEnd(),
    });
    this.heading = h("div", { class: "pane-head" });
    replace(root, this.heading, this.scroller.node, this.composer.node);
  }

  get isOpen() {
    return !this.root.hidden;
  }

  async open(channel, ts, reveal) {
    const same = this.isOpen && this.channel === channel && this.ts === ts;
    this.channel = channel;
    this.ts = ts;
    this.root.hidden = false;
    document.body.classList.add("with-thread");
    this.#head();
    if (!same) {
      this.list.clear();
      this.composer.point("Reply in thread");
      this.scroller.pinned = this.known.has(ts);
    }
    await this.reload();
    if (!this.known.has(ts)) this.scroller.toStart(); // what is new is read from its start
    this.known.add(ts);
    const target = reveal && reveal !== ts && this.list.nodes.get(reveal);
    if (target) this.scroller.show(target);
    else this.composer.focus();
  }

  /** Another person looks at the same thread. */
  async refresh() {
    this.composer.point("Reply in thread");
    await this.reload();
  }

  #head() {
    const place = state.channels.get(this.channel);
    replace(this.heading,
      h("h2", {}, "Thread", place && h("small", {}, place.kind === "dm" ? "" : "#", h("bdi", {}, channelLabel(place)))),
      h("button", { type: "button", class: "icon-button", testid: "thread-close", title: "Close thread",
        aria: { label: "Close thread" }, on: { click: () => this.close() } }, icon("close")));
  }

  async reload() {
    const { channel, ts } = this;
    const person = state.me.id;
    try {
      await this.list.loadFrom(() => api.thread(channel, ts), (answer) => {
        if (channel !== this.channel || ts !== this.ts || person !== state.me.id) return;
        this.list.load(answer.messages);
      });
      this.#count();
      if (this.scroller.pinned) this.scroller.toEnd();
    } catch (error) {
      toast(inWords(error.code, "Loading the thread"));
    }
  }

  /** A line between the first message and its replies. */
  #count() {
    this.list.node.classList.toggle("has-replies", this.list.order.length > 1);
  }

  put(message) {
    if (!this.isOpen || message.channel !== this.channel) return;
    if (message.ts !== this.ts && message.thread_ts !== this.ts) return;
    if (this.list.put(message)) {
      this.scroller.grew(message.ephemeral && this.list.nodes.get(message.ts), message.ephemeral ? "Answer below" : "Newer replies");
    }
    this.#count();
  }

  remove(channel, ts) {
    if (this.isOpen && channel === this.channel) this.list.remove(ts);
    this.#count();
  }

  close() {
    if (!this.isOpen) return;
    this.root.hidden = true;
    document.body.classList.remove("with-thread");
    this.onClose?.();
  }
}
