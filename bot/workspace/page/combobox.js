// A select one can type into: for one or many choices, from a list or asked from the app while typing.
import { h, replace, uid } from "./dom.js";
import { icon } from "./icons.js";
import { closePopup, openPopup, placePopup } from "./popup.js";

/**
 * Options: {name, placeholder, multi, max, groups | load(query) -> groups, selected, minQuery, dataset, describedby,
 * onChange(selected)}. A group is {label, options: [{key, label, description, raw}]}. onChange may answer false (or a
 * promise of it) to undo the choice.
 */
export function combobox(config) {
  return new Combobox(config).node;
}

class Combobox {
  constructor(config) {
    this.config = config;
    this.selected = [...(config.selected ?? [])];
    this.groups = config.groups ?? [];
    this.shown = [];
    this.active = -1;
    this.open = false;
    this.listId = uid("list");
    this.input = this.#makeInput();
    this.chips = h("span", { class: "chips" });
    this.node = h("div", { class: `select${config.multi ? " multi" : ""}`, on: { mousedown: (e) => this.#down(e) } },
      this.chips, this.input, icon("down", 16));
    this.#show();
  }

  #makeInput() {
    const { name, dataset, describedby, id } = this.config;
    return h("input", {
      type: "text", id: id ?? uid("select"), role: "combobox", autocomplete: "off", spellcheck: "false", dir: "auto",
      aria: { label: name, expanded: "false", controls: this.listId, autocomplete: "list", haspopup: "listbox",
        describedby },
      dataset,
      on: {
        focus: () => this.#selectAll(), input: () => this.#typed(), click: () => this.#toggle(true),
        blur: () => this.#close(), keydown: (event) => this.#key(event),
      },
    });
  }

  /** All of it, from its end to its beginning, so that a choice longer than the field shows how it begins. */
  #selectAll() {
    this.input.setSelectionRange(0, this.input.value.length, "backward");
    this.input.scrollLeft = 0;
  }

  /** A click beside the text field, on the frame or the arrow, belongs to the field. */
  #down(event) {
    if (event.target === this.input || event.target.closest("button")) return;
    event.preventDefault();
    this.input.focus();
    this.#toggle(!this.open);
  }

  #show() {
    const { multi, placeholder } = this.config;
    const one = !multi && this.selected[0];
    this.input.value = one ? one.label : "";
    this.input.placeholder = multi && this.selected.length ? "" : (placeholder ?? "Choose an option");
    if (multi) replace(this.chips, this.selected.map((option) => this.#chip(option)));
  }

  #chip(option) {
    const remove = h("button", { type: "button", aria: { label: `Remove ${option.label}` },
      on: { click: () => this.#set(this.selected.filter((other) => other.key !== option.key)) } }, icon("close", 12));
    return h("span", { class: "chip", dir: "auto" }, h("bdi", {}, option.label), remove);
  }

  #toggle(wanted) {
    if (wanted === this.open) return;
    if (wanted) this.#refresh("");
    else this.#close();
  }

  #typed() {
    clearTimeout(this.timer);
    const query = this.input.value.trim();
    if (!this.config.load) return this.#refresh(query);
    this.timer = setTimeout(() => this.#refresh(query), 200);
  }

  async #refresh(query) {
    if (this.config.load) {
      const turn = (this.turn = (this.turn ?? 0) + 1);
      if (query.length < (this.config.minQuery ?? 0)) return this.#list([], "Type to search");
      this.#list([], "Loading");
      const groups = await this.config.load(query);
      if (turn !== this.turn || document.activeElement !== this.input) return;
      return this.#list(groups, "No matches");
    }
    const wanted = query.toLocaleLowerCase();
    const matches = (option) => option.label.toLocaleLowerCase().includes(wanted);
    this.#list(this.groups.map((group) => ({ ...group, options: group.options.filter(matches) })), "No matches");
  }

  #list(groups, empty) {
    this.shown = [];
    const list = h("ul", { class: "listbox", role: "listbox", id: this.listId,
      aria: { label: this.config.name, multiselectable: this.config.multi ? "true" : undefined } });
    for (const group of groups) {
      if (!group.options.length) continue;
      if (group.label) list.append(h("li", { class: "group", role: "presentation" }, group.label));
      for (const option of group.options) list.append(this.#option(option));
    }
    if (!this.shown.length) list.append(h("li", { class: "empty", role: "presentation" }, empty));
    const chosen = this.shown.findIndex(({ option }) => this.#has(option));
    openPopup(list, this.node, { matchWidth: true, onClose: () => this.#closed() });
    this.open = true;
    this.input.setAttribute("aria-expanded", "true");
    this.#activate(chosen >= 0 && !this.config.multi ? chosen : this.shown.length ? 0 : -1);
  }

  #option(option) {
    const at = this.shown.length;
    const node = h("li",
      { class: "option", role: "option", id: `${this.listId}-${at}`, dataset: { value: option.key },
        aria: { selected: String(this.#has(option)) },
        on: { mousedown: (event) => event.preventDefault(), click: () => this.#choose(option),
          mousemove: () => this.#activate(at, false) } },
      h("span", { class: "option-text" }, h("bdi", {}, option.label),
        option.description && h("small", {}, option.description)),
      icon("check", 16));
    this.shown.push({ option, node });
    return node;
  }

  #has(option) {
    return this.selected.some((other) => other.key === option.key);
  }

  #activate(at, scroll = true) {
    this.shown[this.active]?.node.classList.remove("active");
    this.active = at;
    const node = this.shown[at]?.node;
    node?.classList.add("active");
    if (scroll) node?.scrollIntoView({ block: "nearest" });
    if (node) this.input.setAttribute("aria-activedescendant", node.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const count = this.shown.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.open) return this.#toggle(true);
      if (count) this.#activate((this.active + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.open && this.shown[this.active]) this.#choose(this.shown[this.active].option);
      else this.#toggle(true);
    } else if (event.key === "Escape" && this.open) {
      event.stopPropagation();
      this.#close();
    } else if (event.key === "Backspace" && !this.input.value && this.selected.length) {
      this.#set(this.config.multi ? this.selected.slice(0, -1) : []);
    }
  }

  #choose(option) {
    if (!this.config.multi) {
      this.#set([option]);
      return this.#close();
    }
    const full = this.config.max && this.selected.length >= this.config.max && !this.#has(option);
    if (full) return;
    const others = this.selected.filter((other) => other.key !== option.key);
    this.#set(this.#has(option) ? others : [...this.selected, option]);
    for (const shown of this.shown) shown.node.setAttribute("aria-selected", String(this.#has(shown.option)));
    placePopup();
  }

  async #set(selected) {
    const before = this.selected;
    this.selected = selected;
    this.#show();
    if ((await this.config.onChange(selected)) === false) {
      this.selected = before;
      this.#show();
    }
  }

  #close() {
    if (this.open) closePopup();
    this.#show();
  }

  #closed() {
    this.open = false;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
