// The selects of Block Kit: where their options come from, and the payload of a choice.
import { combobox } from "./combobox.js";
import { plain } from "./mrkdwn.js";
import { channelLabel, personName, state } from "./state.js";

const OPTION = { one: "selected_option", many: "selected_options" };
const KINDS = {
  static: { source: "static", ...OPTION },
  external: { source: "external", ...OPTION },
  users: { source: "people", one: "selected_user", many: "selected_users", initial: "initial_user" },
  channels: { source: "channels", one: "selected_channel", many: "selected_channels", initial: "initial_channel" },
  conversations: {
    source: "conversations", one: "selected_conversation", many: "selected_conversations",
    initial: "initial_conversation",
  },
};

const option = (raw) => ({
  key: raw.value, label: plain(raw.text?.text), description: raw.description && plain(raw.description.text), raw,
});

const groupsOf = (holder) =>
  holder.option_groups?.length
    ? holder.option_groups.map((group) => ({ label: plain(group.label?.text), options: group.options.map(option) }))
    : [{ options: (holder.options ?? []).map(option) }];

function conversations(filter) {
  return [...state.channels.values()].filter(filter).map((channel) => {
    const label = channel.kind === "dm" ? channelLabel(channel) : `#${channelLabel(channel)}`;
    return { key: channel.id, label, raw: channel.id };
  });
}

function sourceGroups(kind, element) {
  if (kind.source === "static") return groupsOf(element);
  if (kind.source === "channels") return [{ options: conversations((channel) => channel.kind !== "dm") }];
  if (kind.source === "conversations") return [{ options: conversations(() => true) }];
  const people = [...state.people.values()];
  return [{ options: people.map((p) => ({ key: p.id, label: personName(p), description: p.title, raw: p.id })) }];
}

/** Initial raw values: what a person left there before, else what the app set. */
function initialRaw(kind, multi, element, kept) {
  if (kept) return [kept[multi ? kind.many : kind.one]].flat().filter(Boolean);
  if (!kind.initial) return [multi ? element.initial_options : element.initial_option].flat().filter(Boolean);
  return [element[multi ? `${kind.initial}s` : kind.initial]].flat().filter(Boolean);
}

function asOption(kind, raw, groups) {
  if (typeof raw !== "string") return option(raw);
  const known = groups.flatMap((group) => group.options).find((candidate) => candidate.key === raw);
  return known ?? { key: raw, label: raw, raw };
}

/** A select element's type taken apart, or null: "multi_users_select" -> {kind, multi}. */
export function selectKind(type) {
  const match = /^(multi_)?(static|external|users|channels|conversations)_select$/.exec(type);
  return match && { kind: KINDS[match[2]], multi: Boolean(match[1]) };
}

/** Render a select; `slot` is the element's place (see elements.js). */
export function select(element, slot) {
  const { kind, multi } = selectKind(element.type);
  const groups = kind.source === "external" ? [] : sourceGroups(kind, element);
  const payload = (selected) => ({
    type: element.type,
    [multi ? kind.many : kind.one]: multi ? selected.map((item) => item.raw) : (selected[0]?.raw ?? null),
  });
  const selected = initialRaw(kind, multi, element, slot.kept).map((raw) => asOption(kind, raw, groups));
  slot.hold(payload(selected));
  const external = kind.source === "external";
  return combobox({
    name: slot.name ?? plain(element.placeholder?.text) ?? "Choose an option",
    placeholder: plain(element.placeholder?.text) || (multi ? "Choose options" : "Choose an option"),
    multi, max: element.max_selected_items, selected, groups, id: slot.id,
    load: external ? async (query) => groupsOf(await slot.options(query)) : null,
    minQuery: external ? (element.min_query_length ?? 3) : 0,
    dataset: slot.dataset, describedby: slot.describedby,
    onChange: (now) => slot.change(payload(now)),
  });
}
