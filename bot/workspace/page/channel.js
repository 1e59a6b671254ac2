// The main pane of a channel: heading, messages, message box.
import { api } from "./api.js";
import { Composer } from "./composer.js";
import { h, replace } from "./dom.js";
import { inWords } from "./errors.js";
import { icon } from "./icons.js";
import { MessageList } from "./list.js";
import { mrkdwn } from "./mrkdwn.js";
import { Scroller } from "./scroller.js";
import { author, channelLabel, emit, isBotChannel, personName, state } from "./state.js";
import { announce, toast } from "./toast.js";

const SEARCH_PAGES = 40; // how far back a permalink is followed

export class ChannelPane {
  constructor() {
    this.list = new MessageList({ label: "Messages" });
    this.beginning = h("div", { class: "beginning" });
    const content = h("div", { class: "scroll-content" }, this.beginning, this.list.node);
    const hooks = { onTop: () => this.#older(), onEnd: () => this.#read() };
    this.scroller = new Scroller(content, { testid: "messages", label: "Messages", ...hooks });
    const target = () => ({ channel: this.id });
    const onSend = () => this.scroller.toEnd(); // what one says, and the answer to a command, is seen
    this.composer = new Composer({ testid: "composer", inputId: "composer-input", target, onSend });
    this.notice = h("p", { class: "notice", hidden: true });
    this.heading = h("div", { class: "pane-head" });
    this.told = new Map(); // channel -> how far the server knows that one has read
    this.untold = new Map(); // marks not yet sent, each with whose it is
    this.node = h("section", { class: "pane", testid: "channel" }, this.heading, this.scroller.node, this.notice,
      this.composer.node);
  }

  /** Open a channel, at its newest message or at the one given. */
  async open(id, ts) {
    const channel = state.channels.get(id);
    this.id = id;
    this.told.delete(id); // it may have been marked by another person, or as unread meanwhile
    this.hasMore = false;
    this.unread = channel.unread ?? 0;
    this.#head(channel);
    this.list.clear();
    replace(this.beginning); // what it says is of the channel before
    this.list.newFrom = null;
    this.scroller.toEnd();
    const label = channelLabel(channel);
    if (channel.kind === "dm") this.composer.point(`Message ${label}`);
    else this.composer.point(`Message #${label}`, orAsk());
    await this.#load(false);
    if (ts) await this.reveal(ts);
  }

  #head(channel) {
    const name = channelLabel(channel);
    const hash = channel.kind === "dm" ? null : icon("hash", 20);
    replace(this.heading, h("h1", { dir: "auto", testid: "channel-title" }, hash, h("bdi", {}, name)),
      channel.topic && h("div", { class: "topic", dir: "auto" }, mrkdwn(channel.topic)));
    if (isBotChannel(channel)) this.heading.append(appTabs("messages"));
    const out = channel.is_member === false;
    this.composer.node.hidden = out;
    this.notice.hidden = !out;
    this.notice.textContent = out ? `${personName(state.me)} is not in #${name}, and can read along only.` : "";
  }

  /** After a lost connection: whoever reads further up stays there. */
  catchUp() {
    return this.#load(!this.scroller.pinned);
  }

  async #load(keep) {
    const id = this.id;
    const person = state.me.id;
    this.scroller.box.setAttribute("aria-busy", "true");
    try {
      await this.list.loadFrom(() => api.messages(id), (answer) => {
        if (id === this.id && person === state.me.id) this.#adopt(answer, keep);
      });
    } catch (error) {
      toast(inWords(error.code, "Loading the messages"));
    } finally {
      this.scroller.box.removeAttribute("aria-busy");
    }
  }

  #adopt(answer, keep) {
    const messages = answer.messages.filter(belongs);
    this.list.load(messages, { keep });
    if (!keep) this.hasMore = Boolean(answer.has_more);
    if (this.unread) this.list.markNew(this.#firstUnread(messages));
    this.unread = 0;
    this.#begin();
    if (!keep) this.scroller.toEnd();
    this.#read();
  }

  #firstUnread(messages) {
    const others = messages.filter((message) => !message.ephemeral && (message.user !== state.me.id || message.bot_id));
    return others.at(-Math.min(this.unread, others.length))?.ts ?? null;
  }

  #begin() {
    const name = channelLabel(state.channels.get(this.id));
    const words = this.list.order.length ? "The beginning of " : "Nothing here yet in ";
    const welcome = state.clock?.welcome;
    replace(this.beginning, !this.hasMore && welcome?.channel === this.id ? hello(welcome) : h("p", {}, this.hasMore
      ? "Loading earlier messages"
      : [words, h("strong", {}, h("bdi", {}, name))]));
  }

  async #older() {
    if (!this.hasMore || this.loading) return false;
    this.loading = true;
    const id = this.id;
    try {
      const answer = await api.messages(id, this.list.order.find((ts) => !this.list.messages.get(ts).ephemeral));
      if (id !== this.id) return false;
      this.hasMore = Boolean(answer.has_more) && answer.messages.length > 0;
      this.scroller.keepPlace(() => {
        this.list.load(answer.messages.filter(belongs), { keep: true });
        this.#begin();
      });
      return true;
    } catch (error) {
      toast(inWords(error.code, "Loading earlier messages"));
      return false;
    } finally {
      this.loading = false;
    }
  }

  /** Go to a message, further back if need be. */
  async reveal(ts) {
    for (let page = 0; page < SEARCH_PAGES && !this.list.has(ts); page += 1) if (!(await this.#older())) break;
    const node = this.list.nodes.get(ts);
    if (node) this.scroller.show(node);
    else toast("This message is no longer here.");
  }

  /** The newest is on the screen: nothing in this channel is unread any more, replies that call one included. */
  #read() {
    const channel = state.channels.get(this.id);
    const shown = this.list.order.findLast((item) => !this.list.messages.get(item).ephemeral);
    if (!channel || !shown || document.hidden) return;
    const ts = Number(channel.last_ts ?? 0) > Number(shown) ? channel.last_ts : shown;
    if (channel.unread || channel.mentions) {
      channel.unread = 0;
      channel.mentions = 0;
      emit("channels");
    }
    if (this.told.get(this.id) !== ts) this.#tellRead(this.id, ts);
  }

  /** Tell the server how far one has read, once for all that comes in within 300 ms. */
  #tellRead(id, ts) {
    this.told.set(id, ts);
    this.untold.set(`${state.me.id}:${id}`, [state.me.id, id, ts]);
    this.telling ??= setTimeout(() => {
      this.telling = null;
      for (const mark of this.untold.values()) api.markRead(...mark);
      this.untold.clear();
    }, 300);
  }

  put(message) {
    if (message.channel !== this.id || !belongs(message)) return;
    const isNew = this.list.put(message);
    if (!isNew) return;
    if (message.user === state.me.id && !message.bot_id) this.scroller.toEnd();
    else if (message.ephemeral) this.scroller.grew(this.list.nodes.get(message.ts), "Answer below");
    else this.scroller.grew();
    if (this.scroller.pinned) this.#read();
    announce(`${personName(author(message))}: ${message.text ?? ""}`.slice(0, 300));
    this.#begin();
  }

  remove(channel, ts) {
    if (channel === this.id) this.list.remove(ts);
  }

  /** The page is looked at again. */
  seen() {
    if (this.scroller.pinned) this.#read();
  }
}

/** Replies live in the thread pane, unless they were sent to the channel too. */
function belongs(message) {
  return !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";
}

/** The two tabs of the app: its Home and the direct messages with it. */
export function appTabs(current) {
  const dm = [...state.channels.values()].find(isBotChannel);
  const tab = (name, label, href) => h("a",
    { class: "tab", href, testid: `tab-${name}`, aria: { current: current === name ? "page" : undefined } }, label);
  return h("nav", { class: "tabs", aria: { label: state.bot?.name ?? "App" } }, tab("home", "Home", "#/home"),
    dm && tab("messages", "Messages", `#/${dm.id}`));
}

/** The app hears only what mentions it, and nobody can know that from an empty line. */
function orAsk() {
  return state.bot?.handle ? `, or ask @${state.bot.handle}` : "";
}

/** What somebody is told who has just come. */
function hello({ hello: first, words, steps }) {
  return h("section", { class: "welcome", testid: "welcome" },
    h("h2", {}, first),
    words.map((text) => h("p", {}, text)),
    h("ol", {}, steps.map((step) => h("li", {}, step))));
}
