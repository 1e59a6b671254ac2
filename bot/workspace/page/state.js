// What the page knows, and who wants to hear when it changes.

export const state = {
  team: { name: "Workspace" },
  me: null, // the person the visitor is now
  people: new Map(), // id -> person
  channels: new Map(), // id -> channel
  groups: new Map(), // user groups, id -> {name, handle}
  commands: [],
  shortcuts: [], // {callback_id, name, kind: "message" | "global"}
  bot: null,
  views: [],
  clock: null,
  reached: 0, // epoch seconds of the newest message that was shown
  current: null, // {kind: "channel", id} or {kind: "home"}
};

const listeners = new Map();

/** Listen to a topic: state, channels, current, message, deleted, view, home, clock, connection, thread. */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

export function emit(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) listener(detail);
}

/** Take over the answer of ui/state. */
export function adopt(answer) {
  const people = answer.people ?? [];
  state.team = answer.team ?? state.team;
  state.people = new Map(people.map((person) => [person.id, person]));
  state.me = typeof answer.me === "string" ? state.people.get(answer.me) : answer.me;
  state.channels = new Map((answer.channels ?? []).map((channel) => [channel.id, channel]));
  const groups = answer.groups ?? [];
  state.groups = new Map(groups.map((group) => [group.id, group]));
  state.commands = answer.commands ?? [];
  state.shortcuts = answer.shortcuts ?? [];
  state.bot = answer.bot ?? null;
  state.views = answer.views ?? [];
  state.reached = 0;
  emit("state");
  emit("channels");
  adoptClock(answer.clock ?? null);
  emit("view", state.views);
}

/** Take over the clock as it is; an answer that a live update has overtaken is older, and left alone. */
export function adoptClock(clock) {
  if (clock && state.clock && clock.as_of < state.clock.as_of) return;
  state.clock = clock;
  emit("clock", clock);
}

/** A message is there, so the present is not before it, whatever the clock said last. */
export function reached({ ts, latest_reply: latest }) {
  state.reached = Math.max(state.reached, Number(ts), Number(latest ?? 0));
}

/** Take over the channels with their counts; the one being watched has nothing unread. */
export function adoptChannels(channels, watchedId) {
  state.channels = new Map(channels.map((channel) => [channel.id,
    channel.id === watchedId ? { ...channel, unread: 0, mentions: 0 } : channel]));
  emit("channels");
}

/** The workspace's present in epoch seconds: simulated, if there is a simulated clock. */
export function nowSeconds() {
  const now = state.clock?.now ? Date.parse(state.clock.now) : Date.now();
  return Math.max((Number.isNaN(now) ? Date.now() : now) / 1000, state.reached);
}

/** The zone times are shown in: the person's own, else the one the clock is told in, else this browser's. */
export function zone() {
  return state.me?.tz ?? /[+-]\d\d:\d\d$/.exec(state.clock?.now ?? "")?.[0];
}

export function isBot(id) {
  return Boolean(state.bot && id && (id === state.bot.id || id === state.bot.user_id || id === state.bot.bot_id));
}

/** Name, colour and initials of whoever wrote a message. */
export function author(message) {
  const person = state.people.get(message.user);
  if (person && !message.bot_id) return person;
  const name = message.username || (isBot(message.user) || message.bot_id ? state.bot?.name : message.user) || "App";
  return { id: message.bot_id ?? message.user ?? name, name, display: name, initials: initials(name), bot: true };
}

export function personName(person) {
  return person.display || person.display_name || person.real_name || person.name;
}

export function initials(name) {
  const words = String(name).split(/[\s._-]+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
}

/** What the sidebar and headings call a channel. */
export function channelLabel(channel) {
  if (channel.kind !== "dm") return channel.name;
  const other = state.people.get(channel.user ?? channel.name);
  if (other) return personName(other);
  return isBot(channel.user ?? channel.name) ? state.bot.name : channel.name;
}

export function isBotChannel(channel) {
  return channel.kind === "dm" && (isBot(channel.user ?? channel.name) || channel.name === state.bot?.name);
}
