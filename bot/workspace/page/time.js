// Times of people: in their zone, with 24 hours, and relative words measured on the workspace's clock.
import { nowSeconds, zone } from "./state.js";

const formats = new Map();

function format(name, options) {
  const key = `${name}|${zone()}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone(), ...options }));
  return formats.get(key);
}

const OPTIONS = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  timeSecs: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  key: { year: "numeric", month: "2-digit", day: "2-digit" },
  num: { year: "numeric", month: "2-digit", day: "2-digit" },
  short: { day: "numeric", month: "short", year: "numeric" },
  medium: { day: "numeric", month: "long", year: "numeric" },
  long: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  clock: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
};

function show(name, seconds) {
  return format(name, OPTIONS[name]).format(new Date(seconds * 1000));
}

export const time = (ts) => show("time", Number(ts));
export const fullTime = (ts) => `${show("long", Number(ts))}, ${show("timeSecs", Number(ts))}`;
export const clockDate = (seconds) => show("clock", seconds);
export const dayKey = (ts) => show("key", Number(ts));

function relativeDay(seconds) {
  const day = dayKey(seconds);
  const now = nowSeconds();
  if (day === dayKey(now)) return "today";
  if (day === dayKey(now - 86400)) return "yesterday";
  if (day === dayKey(now + 86400)) return "tomorrow";
  return null;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

export function dayLabel(ts) {
  const relative = relativeDay(Number(ts));
  return relative ? capital(relative) : show("long", Number(ts));
}

/** "3 minutes ago", measured on the workspace's clock. */
export function ago(ts) {
  const seconds = Number(ts) - nowSeconds();
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return "just now";
}

const TOKENS = {
  date_num: (s) => show("key", s).split("/").reverse().join("-"),
  date: (s) => show("medium", s),
  date_short: (s) => show("short", s),
  date_long: (s) => show("long", s),
  date_long_full: (s) => show("long", s),
  date_pretty: (s) => relativeDay(s) ?? show("medium", s),
  date_short_pretty: (s) => relativeDay(s) ?? show("short", s),
  date_long_pretty: (s) => relativeDay(s) ?? show("long", s),
  day_divider_pretty: (s) => relativeDay(s) ?? show("long", s),
  time: (s) => show("time", s),
  time_secs: (s) => show("timeSecs", s),
  ago: (s) => ago(s),
};

/** Fill the format of `<!date^seconds^format|fallback>`; null if that is impossible. `begins` a sentence: "Today". */
export function fillDate(seconds, pattern, begins = false) {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) return null;
  let known = true;
  const text = pattern.replace(/\{(\w+)\}/g, (whole, name, at) => {
    if (!TOKENS[name]) known = false;
    const filled = TOKENS[name]?.(seconds) ?? whole;
    return at === 0 && begins ? capital(filled) : filled;
  });
  return known ? text : null;
}

/** Epoch seconds of a local "YYYY-MM-DDTHH:MM" in the person's zone. */
export function epochOf(local) {
  const guess = Date.parse(`${local}:00Z`) / 1000;
  return guess - (Date.parse(`${localOf(guess)}:00Z`) / 1000 - guess);
}

/** The local "YYYY-MM-DDTHH:MM" of epoch seconds, as a datetime-local input wants it. */
export function localOf(seconds) {
  const [day, month, year] = show("key", seconds).split("/");
  return `${year}-${month}-${day}T${show("time", seconds)}`;
}
