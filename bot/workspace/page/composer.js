// The message box: grows with its text, completes, sends, and never loses what was typed.
import { api } from "./api.js";
import { Completion } from "./completion.js";
import { h, uid } from "./dom.js";
import { inWords } from "./errors.js";
import { icon } from "./icons.js";
import { state } from "./state.js";

const drafts = new Map();

export class Composer {
  /** `target()` tells where to: {channel, thread}; `onSend()` is called when something goes out. */
  constructor({ testid, inputId, target, onSend, thread = false }) {
    this.onSend = onSend;
    this.target = target;
    this.thread = thread;
    this.input = h("textarea", { id: inputId ?? uid("composer"), rows: "1", dir: "auto", testid: `${testid}-input`,
      autocomplete: "off" });
    this.completion = new Completion(this.input, { commands: !thread });
    this.error = h("p", { class: "composer-error", role: "alert", testid: `${testid}-error` });
    this.sendButton = h("button",
      { type: "submit", class: "send", title: "Send", aria: { label: "Send" }, disabled: true }, icon("send"));
    this.node = h("form", { class: "composer", testid, on: { submit: (event) => this.#submit(event) } },
      this.completion.node, h("div", { class: "composer-box" }, this.input, this.sendButton), this.error);
    this.input.addEventListener("input", () => this.#changed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.completion.close());
    new ResizeObserver(() => this.label && this.#name()).observe(this.input);
  }

  #draftKey() {
    const { channel, thread } = this.target();
    return `${state.me?.id}:${channel}:${thread ?? ""}`;
  }

  /** Turn to another place: its own draft comes back. `more` is said where there is room for it. */
  point(label, more = "") {
    this.label = label;
    this.more = more;
    this.#name();
    this.input.setAttribute("aria-label", label + more);
    this.input.value = drafts.get(this.#draftKey()) ?? "";
    this.error.textContent = "";
    this.completion.close();
    this.#fit();
  }

  focus() {
    this.input.focus({ preventScroll: true });
  }

  /** Nothing is cut: a placeholder of several lines has no ellipsis. */
  #name() {
    const whole = this.label + this.more;
    this.input.placeholder = !this.more || fits(this.input, whole) ? whole : this.label;
  }

  #changed() {
    drafts.set(this.#draftKey(), this.input.value);
    this.error.textContent = "";
    this.completion.refresh();
    this.#fit();
  }

  #fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 240)}px`;
    this.sendButton.disabled = !this.input.value.trim();
  }

  #key(event) {
    if (event.isComposing || this.completion.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.node.requestSubmit();
    }
  }

  async #submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text || this.sending) return;
    const isCommand = /^\/[a-z]/i.test(text);
    if (isCommand && this.thread) {
      this.error.textContent = "Slash commands do not work in threads. Send it in the channel instead.";
      return;
    }
    await this.#send(text, isCommand);
  }

  async #send(text, isCommand) {
    const { channel, thread } = this.target();
    const key = this.#draftKey();
    this.sending = true;
    this.node.classList.add("sending");
    this.input.value = "";
    drafts.delete(key);
    this.completion.close();
    this.#fit();
    this.onSend?.();
    const answer = isCommand ? await api.command(channel, text) : await api.say(channel, text, thread);
    this.sending = false;
    this.node.classList.remove("sending");
    if (answer.ok === false) this.#giveBack(key, text, inWords(answer.error, isCommand ? text.split(" ")[0] : "Sending"));
  }

  /** It did not go through: the text comes back, before whatever was typed meanwhile. */
  #giveBack(key, text, reason) {
    const here = key === this.#draftKey();
    const since = here ? this.input.value : (drafts.get(key) ?? "");
    drafts.set(key, since ? `${text}\n${since}` : text);
    if (!here) return;
    this.input.value = drafts.get(key);
    this.error.textContent = reason;
    this.#fit();
  }
}

/** Whether a line of text has room in a field. */
function fits(input, text) {
  const style = getComputedStyle(input);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  return pen.measureText(text).width <= input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
}
