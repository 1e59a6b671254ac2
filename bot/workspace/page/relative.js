// Times in words that depend on the present ("today", "10 minutes ago"), and bringing them up to date.
import { h } from "./dom.js";
import { ago, fillDate } from "./time.js";

const valid = (seconds) => Math.abs(seconds) <= 8.64e12;
const sentence = (seconds) => `Last reply ${ago(seconds)}`;

/** The node of a `<!date^...>`; null when there is nothing to show. */
export function dateNode(seconds, pattern, fallback, begins) {
  const text = fillDate(seconds, pattern, begins) ?? fallback;
  if (text === null) return null;
  const dataset = valid(seconds) ? { seconds, pattern, begins } : {};
  return h("time", { datetime: valid(seconds) && new Date(seconds * 1000).toISOString(), dataset }, text);
}

export function lastReply(ts) {
  return h("span", { class: "reply-when", dataset: { latest: ts } }, sentence(ts));
}

/** Write the words within `root` anew, as of now. */
export function freshen(root) {
  for (const node of root.querySelectorAll("time[data-pattern]")) {
    const { seconds, pattern, begins } = node.dataset;
    const text = fillDate(Number(seconds), pattern, begins === "true");
    if (text !== null && text !== node.textContent) node.textContent = text;
  }
  for (const node of root.querySelectorAll("[data-latest]")) node.textContent = sentence(node.dataset.latest);
}
