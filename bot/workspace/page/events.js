// What happens in the workspace while one looks: each live event finds its pane.
import { api, page } from "./api.js";
import { adoptChannels, adoptClock, emit, on, state } from "./state.js";

const COUNT_WAIT = 600; // ms between two counts of what is unread, however much comes in
const FRESH_WAIT = 1000; // ms between two rewordings of "10 minutes ago"

/** A handler of events for these panes: `handle(name, data)`. */
export function eventHandler({ channelPane, homePane, thread }) {
  const show = (place) => {
    channelPane.put(place);
    thread.put(place);
  };
  const recount = gathered(COUNT_WAIT, async () => {
    const person = state.me.id;
    const answer = await api.state().catch(() => null); // counts can wait for the next event
    if (answer && person === state.me.id) adoptChannels(answer.channels, watched(channelPane));
  });
  const freshen = gathered(FRESH_WAIT, () => {
    channelPane.list.freshen();
    thread.list.freshen();
  });
  on("clock", freshen);
  const handlers = {
    message({ channel, message }) {
      show({ ...message, channel });
      if (isNews(channel, message)) recount();
    },
    ephemeral: ({ channel, message }) => show({ ...message, channel, ephemeral: true }),
    deleted({ channel, ts }) {
      channelPane.remove(channel, ts);
      thread.remove(channel, ts);
    },
    view: ({ stack, page: whose }) => (!whose || whose === page) && emit("view", stack ?? []),
    home: ({ view }) => homePane.draw(view),
    channel: recount,
    clock: adoptClock,
  };
  return (name, data) => handlers[name]?.(data);
}

/** Run `act` once for all calls within `wait` milliseconds. */
function gathered(wait, act) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      act();
    }, wait);
  };
}

/** Is this message new, and of somebody else? A change of an older one is no news. */
function isNews(id, message) {
  const channel = state.channels.get(id);
  if (!channel) return true;
  if (Number(message.ts) <= Number(channel.last_ts ?? 0)) return false;
  channel.last_ts = message.ts;
  return message.user !== state.me.id || Boolean(message.bot_id);
}

/** The channel whose new messages the visitor sees at this moment. */
function watched(pane) {
  const sees = state.current?.kind === "channel" && !document.hidden && pane.scroller.pinned;
  return sees ? state.current.id : null;
}
