// Where blocks stand (a message, a modal, the Home tab): collects what their elements hold, and sends what people do.
import { api } from "./api.js";
import { inWords } from "./errors.js";
import { toast } from "./toast.js";

export class Surface {
  /** `place`: {channel, ts, thread_ts} of a message, or {view_id}. */
  constructor(place, { onOutcome } = {}) {
    this.place = place;
    this.onOutcome = onOutcome;
    this.values = {}; // what the elements hold now: block_id -> action_id -> payload
    this.touched = new Map(); // what people chose or typed; it outlives a new rendering of the same blocks
  }

  /** Start collecting anew, before the blocks are rendered again. */
  reset() {
    this.values = {};
  }

  #key(blockId, actionId) {
    return `${blockId}\u0000${actionId}`;
  }

  /** The payload a person left in this element before, or undefined. */
  kept(blockId, actionId) {
    return this.touched.get(this.#key(blockId, actionId));
  }

  /** Register what an element holds at the start. */
  hold(blockId, actionId, payload) {
    (this.values[blockId] ??= {})[actionId] = payload;
  }

  /** A person changed it. */
  change(blockId, actionId, payload) {
    this.hold(blockId, actionId, payload);
    this.touched.set(this.#key(blockId, actionId), payload);
  }

  /** Send a block action; true when the app took it. Failures are told in a toast. */
  async act(blockId, actionId, value) {
    const answer = await api.action({
      ...this.place, block_id: blockId, action_id: actionId, value, state: this.values,
    });
    if (answer.ok === false) toast(inWords(answer.error, "The action"));
    this.onOutcome?.(answer);
    return answer.ok !== false;
  }

  async options(blockId, actionId, query) {
    const { view_id, channel, ts } = this.place;
    const answer = await api.options({ view_id, channel, ts, block_id: blockId, action_id: actionId, query });
    if (answer.ok === false) toast(inWords(answer.error, "Loading the options"));
    return answer;
  }
}

const kept = new Map();

/** The surface of a message; the same one for as long as the page lives, so that choices survive an update. */
export function messageSurface(person, message) {
  const key = `${person}:${message.channel}:${message.ts}`;
  if (!kept.has(key)) {
    kept.set(key, new Surface({ channel: message.channel, ts: message.ts, thread_ts: message.thread_ts }));
  }
  return kept.get(key);
}
