// Who the visitor is: the demo's people side by side, and one click makes one another of them.
import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { personName, state } from "./state.js";

export function personSwitcher(onSwitch) {
  const people = [...state.people.values()].filter((person) => !person.bot && !person.is_bot);
  return h("div", { class: "people", role: "group", testid: "person-switcher", aria: { label: "Act as" } },
    people.map((person) => chip(person, onSwitch)));
}

/** Mark the people for whom the clock waits, so that one sees whom to become. */
export function markAwaited(clock) {
  const awaited = clock?.waiting_on ?? [];
  for (const node of document.querySelectorAll(".person[data-person]")) {
    node.classList.toggle("awaited", awaited.includes(node.dataset.person));
  }
}

function chip(person, onSwitch) {
  const here = person.id === state.me?.id;
  const name = personName(person);
  const [, first, rest] = /^(\S+)(.*)$/s.exec(name);
  const title = [name, person.title].filter(Boolean).join(", ");
  return h("button",
    { type: "button", class: "person", testid: `person-${person.name}`, dataset: { person: person.id },
      title: here ? `You are ${title}` : `Act as ${title}`,
      aria: { pressed: String(here), label: name }, on: { click: () => here || onSwitch(person) } },
    avatar(person, 28),
    h("span", { class: "person-text", aria: { hidden: "true" } },
      h("b", {}, first, h("span", { class: "person-rest" }, rest)), person.title && h("small", {}, person.title)));
}
