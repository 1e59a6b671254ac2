// Completion in the message box: commands after a leading slash, people after @, channels after #.
import { avatar } from "./avatar.js";
import { h, uid } from "./dom.js";
import { channelLabel, personName, state } from "./state.js";

const MOST = 8;

/** What could complete the text before the caret: {from, items} with items {insert, node, label}, or null. */
export function suggestions(text, caret, { commands = true } = {}) {
  const before = text.slice(0, caret);
  if (commands && /^\/[\w-]*$/.test(before)) return { from: 0, items: commandItems(before) };
  const word = /(?:^|[\s(])([@#])([\p{L}\p{N}._-]*)$/u.exec(before);
  if (!word) return null;
  const query = word[2].toLocaleLowerCase();
  const items = word[1] === "@" ? peopleItems(query) : channelItems(query);
  return { from: caret - word[2].length - 1, items };
}

function commandItems(before) {
  return state.commands.filter((item) => item.command.startsWith(before)).slice(0, MOST).map((item) => ({
    label: item.command, insert: `${item.command} `,
    node: [
      h("b", {}, item.command), item.usage_hint && h("code", {}, item.usage_hint), h("small", {}, item.description),
    ],
  }));
}

function peopleItems(query) {
  const begins = (name) => [name, ...name.split(/\s+/)].some((word) => word.toLocaleLowerCase().startsWith(query));
  const matches = (person) => begins(person.name) || begins(personName(person));
  const people = [...state.people.values()].filter(matches);
  const bot = state.bot && state.bot.name.toLocaleLowerCase().startsWith(query)
    ? [{ id: state.bot.id, name: state.bot.handle ?? state.bot.name, display: state.bot.name, bot: true }] : [];
  return [...people, ...bot].slice(0, MOST).map((person) => ({
    label: personName(person), insert: `@${person.name} `,
    node: [avatar(person, 22), h("b", {}, personName(person)), h("small", {}, person.title ?? `@${person.name}`)],
  }));
}

function channelItems(query) {
  return [...state.channels.values()]
    .filter((channel) => channel.kind !== "dm" && channel.name.startsWith(query)).slice(0, MOST)
    .map((channel) => ({
      label: channelLabel(channel), insert: `#${channel.name} `, node: [h("b", {}, `#${channel.name}`)],
    }));
}

/** The list of suggestions over a text area. Keys it takes: up, down, Tab, Enter, Esc. */
export class Completion {
  constructor(input, { commands = true } = {}) {
    this.input = input;
    this.commands = commands;
    this.items = [];
    this.active = 0;
    this.id = uid("completion");
    this.node = h("ul", { class: "completion listbox", role: "listbox", id: this.id, testid: "completion", hidden: true,
      aria: { label: "Suggestions" } });
    input.setAttribute("aria-controls", this.id);
    input.setAttribute("aria-autocomplete", "list");
  }

  refresh() {
    const found = document.activeElement === this.input
      ? suggestions(this.input.value, this.input.selectionStart, { commands: this.commands }) : null;
    this.items = found?.items ?? [];
    this.from = found?.from ?? 0;
    this.active = 0;
    this.#draw();
  }

  close() {
    this.items = [];
    this.#draw();
  }

  #draw() {
    this.node.hidden = this.items.length === 0;
    this.node.replaceChildren(...this.items.map((item, at) => h("li",
      { class: `option${at === this.active ? " active" : ""}`, role: "option", id: `${this.id}-${at}`,
        aria: { selected: String(at === this.active), label: item.label },
        on: { mousedown: (event) => event.preventDefault(), click: () => this.accept(at) } }, item.node)));
    if (this.items.length) this.input.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.input.removeAttribute("aria-activedescendant");
    this.node.children[this.active]?.scrollIntoView({ block: "nearest" });
  }

  accept(at) {
    const { value, selectionStart } = this.input;
    const insert = this.items[at].insert;
    this.input.value = value.slice(0, this.from) + insert + value.slice(selectionStart).replace(/^ /, "");
    this.input.setSelectionRange(this.from + insert.length, this.from + insert.length);
    this.close();
    this.input.focus();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** True when the key was for the list. */
  key(event) {
    const count = this.items.length;
    if (!count) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.active = (this.active + (event.key === "ArrowDown" ? 1 : -1) + count) % count;
      this.#draw();
    } else if (event.key === "Tab" && !event.shiftKey) this.accept(this.active);
    else if (event.key === "Enter" && !event.shiftKey) {
      // A command or name that is already complete is sent, not completed once more.
      if (this.input.value.slice(this.from).trim() === this.items[this.active].insert.trim()) return false;
      this.accept(this.active);
    } else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
