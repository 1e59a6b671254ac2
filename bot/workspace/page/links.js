// Which addresses may be followed, and those that lead back into this page.
import { state } from "./state.js";

/** The address, if it is http, https or mailto; null for everything else. */
export function safeLink(text) {
  let url;
  try {
    url = new URL(text);
  } catch (error) {
    return null;
  }
  return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
}

/** Channel, message and thread of a permalink, in this page's form or in Slack's; null if it is none. */
export function parsePermalink(address) {
  const match = /(?:#\/|\/archives\/)([A-Z0-9]{2,})(?:\/(?:p(\d{10,})|(\d+\.\d+)))?(?:\?([^#]*))?/.exec(address);
  if (!match) return null;
  const [, channel, packed, plain, query] = match;
  const ts = packed ? `${packed.slice(0, -6)}.${packed.slice(-6)}` : plain ?? null;
  return { channel, ts, thread: new URLSearchParams(query ?? "").get("thread_ts") };
}

/** The permalink of a message in this page. */
export function permalink(channel, ts, thread) {
  const query = thread && thread !== ts ? `?thread_ts=${thread}` : "";
  return new URL(`#/${channel}/${ts}${query}`, new URL(".", document.baseURI)).href;
}

/** A link into this workspace moves this page instead of opening another. */
export function followLink(event) {
  const target = new URL(event.currentTarget.href);
  const own = new URL(".", document.baseURI).pathname; // the host may have another name in the app's links
  const place = target.pathname.startsWith(own) && parsePermalink(target.href);
  if (!place || !state.channels.has(place.channel) || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const query = place.thread ? `?thread_ts=${place.thread}` : "";
  location.hash = `#/${place.channel}${place.ts ? `/${place.ts}` : ""}${query}`;
}
