// The quick switcher (Ctrl or Cmd + K): type a few letters of a channel, a person to write to, or a person to be.
import { api } from "./api.js";
import { avatar, mark } from "./avatar.js";
import { h, uid } from "./dom.js";
import { inWords } from "./errors.js";
import { icon } from "./icons.js";
import { openLayer } from "./layers.js";
import { plain } from "./mrkdwn.js";
import { author, channelLabel, personName, state } from "./state.js";
import { toast } from "./toast.js";

function entries(onSwitch) {
  const go = (hash) => () => (location.hash = hash);
  const channels = [...state.channels.values()].map((channel) => ({
    label: channelLabel(channel), unread: channel.unread > 0, run: go(`#/${channel.id}`),
    sign: channel.kind === "dm" ? avatar(author({ user: channel.user ?? channel.name }), 22) : icon("hash", 18),
    note: channel.kind === "dm" ? "Direct message" : plain(channel.topic).replace(/[*_~`]/g, ""),
  }));
  const people = [...state.people.values()].filter((person) => person.id !== state.me.id).map((person) => ({
    label: `Act as ${personName(person)}`, sign: avatar(person, 22), note: person.title ?? "",
    run: () => onSwitch(person),
  }));
  const shortcuts = state.shortcuts.filter((item) => item.kind === "global").map((item) => ({
    label: item.name, sign: mark(22), note: "Shortcut", run: () => runShortcut(item),
  }));
  const home = { label: `${state.bot?.name ?? "App"} Home`, sign: mark(22), note: "App", run: go("#/home") };
  return [...channels, home, ...people, ...shortcuts];
}

async function runShortcut(item) {
  const answer = await api.shortcut(item.callback_id);
  if (answer.ok === false) toast(inWords(answer.error, item.name));
}

function ranked(all, query) {
  const wanted = query.trim().toLocaleLowerCase();
  const rank = (entry) => {
    const label = entry.label.toLocaleLowerCase();
    if (label.startsWith(wanted)) return 0;
    return label.split(/[\s_-]+/).some((word) => word.startsWith(wanted)) ? 1 : label.includes(wanted) ? 2 : 3;
  };
  const found = all.map((entry) => ({ entry, rank: rank(entry) })).filter((item) => item.rank < 3);
  const order = (item) => item.rank * 2 + (item.entry.unread ? 0 : 1);
  return found.sort((a, b) => order(a) - order(b)).map((item) => item.entry);
}

export function openQuickSwitcher(onSwitch) {
  const all = entries(onSwitch);
  const id = uid("quick");
  let shown = [];
  let active = 0;
  const input = h("input", { type: "text", class: "field", role: "combobox", autocomplete: "off", spellcheck: "false",
    placeholder: "Where to?", aria: { label: "Where to?", expanded: "true", controls: id, autocomplete: "list" } });
  const list = h("ul", { class: "listbox", role: "listbox", id, aria: { label: "Places and people" } });
  const dialog = h("div", { class: "dialog quick", role: "dialog", testid: "quick-switcher",
    aria: { modal: "true", label: "Go to a channel or person" } }, input, list);
  const close = openLayer(dialog, { kind: "quick", onEscape: () => close(), focus: input });
  const choose = (entry) => {
    close();
    entry.run();
  };
  const draw = () => {
    list.replaceChildren(...shown.map((entry, at) => h("li",
      { class: `option${at === active ? " active" : ""}`, role: "option", id: `${id}-${at}`,
        aria: { selected: String(at === active) }, on: { click: () => choose(entry) } },
      entry.sign, h("span", { class: entry.unread ? "unread" : "" }, h("bdi", {}, entry.label)),
      h("small", {}, entry.note))));
    if (!shown.length) list.append(h("li", { class: "empty" }, "Nothing of that name"));
    if (shown.length) input.setAttribute("aria-activedescendant", `${id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[active]?.scrollIntoView({ block: "nearest" });
  };
  const search = () => {
    shown = ranked(all, input.value);
    active = 0;
    draw();
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && shown[active]) {
      event.preventDefault();
      choose(shown[active]);
    }
    if (!step || !shown.length) return;
    event.preventDefault();
    active = (active + step + shown.length) % shown.length;
    draw();
  });
  search();
}
