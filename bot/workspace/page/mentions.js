// <@U>, <#C>, <!subteam^S> and the broadcasts, as nodes.
import { h } from "./dom.js";
import { channelLabel, isBot, personName, state } from "./state.js";

const BROADCASTS = new Set(["here", "channel", "everyone"]);

/** The node of a mention target such as "@U1", "#C1", "!here" or "!subteam^S1"; null if it is none. */
export function mention(target, label) {
  if (target.startsWith("@")) return userMention(target.slice(1), label);
  if (target.startsWith("#")) return channelMention(target.slice(1), label);
  const group = /^!subteam\^([A-Z0-9]+)$/.exec(target);
  if (group) return groupMention(group[1], label);
  const word = target.slice(1);
  return BROADCASTS.has(word) ? h("span", { class: "mention broadcast" }, `@${word}`) : null;
}

export function userMention(id, label) {
  if (!/^[A-Z0-9]+$/.test(id)) return null;
  const person = state.people.get(id);
  const name = person ? personName(person) : isBot(id) ? state.bot.name : (label ?? id);
  const mine = id === state.me?.id ? "mention me" : "mention";
  return h("span", { class: mine, title: person?.title }, h("bdi", {}, `@${name.replace(/^@/, "")}`));
}

export function channelMention(id, label) {
  if (!/^[A-Z0-9]+$/.test(id)) return null;
  const channel = state.channels.get(id);
  const name = h("bdi", {}, `#${channel ? channelLabel(channel) : (label ?? id)}`);
  return channel ? h("a", { class: "mention", href: `#/${id}` }, name) : h("span", { class: "mention" }, name);
}

export function groupMention(id, label) {
  const group = state.groups.get(id);
  const handle = group?.handle ?? group?.name ?? label ?? "group";
  const mine = group?.members?.includes(state.me?.id);
  return h("span", { class: mine ? "mention me" : "mention", title: group?.name },
    h("bdi", {}, `@${handle.replace(/^@/, "")}`));
}
