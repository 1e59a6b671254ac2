// The page: boots, follows the address and the live events, and ties the panes together.
import { actAs, api, follow } from "./api.js";
import { mark } from "./avatar.js";
import { ChannelPane } from "./channel.js";
import { ClockBar } from "./clock.js";
import { h, replace } from "./dom.js";
import { inWords } from "./errors.js";
import { HomePane } from "./home.js";
import { icon } from "./icons.js";
import { escapeLayer, layersOpen } from "./layers.js";
import { parsePermalink } from "./links.js";
import { Modals } from "./modal.js";
import { personSwitcher } from "./people.js";
import { closePopup } from "./popup.js";
import { openQuickSwitcher } from "./quick.js";
import { drawSidebar } from "./sidebar.js";
import { adopt, adoptChannels, channelLabel, emit, ephemeralsIn, on, personName, state } from "./state.js";
import { themeToggle } from "./theme.js";
import { ThreadPane } from "./thread.js";
import { announce, toast } from "./toast.js";

const get = (id) => document.getElementById(id);
const channelPane = new ChannelPane();
const homePane = new HomePane();
const thread = new ThreadPane(get("thread"), { onClose: () => channelPane.composer.focus() });
const clock = new ClockBar(get("clock-bar"));
const modals = new Modals({ refetch: async () => emit("view", (await api.state()).views ?? []) });
const theme = themeToggle();
let unfollow = () => {};

// --- who one is -------------------------------------------------------------

function storedPerson() {
  return new URLSearchParams(location.search).get("as") ?? sessionStorage.getItem("workspace.person") ?? "";
}

async function become(person) {
  unfollow();
  closePopup();
  modals.show([]);
  homePane.forget();
  actAs(person.id);
  sessionStorage.setItem("workspace.person", person.id);
  await live();
  await loadState();
  await route();
  if (thread.isOpen) await thread.refresh(); // one asks in a thread, and another answers in the same
  announce(`You are ${personName(state.me)} now`);
}

async function loadState() {
  adopt(await api.state());
  actAs(state.me.id);
}

/** The person of last time, unless this workspace does not know them: then whoever it says one is. */
async function firstState() {
  actAs(storedPerson());
  try {
    await loadState();
  } catch (error) {
    if (error.code === "offline" || !storedPerson()) throw error;
    sessionStorage.removeItem("workspace.person");
    actAs("");
    await loadState();
  }
}

// --- where one is -----------------------------------------------------------

function firstChannel() {
  const channels = [...state.channels.values()].filter((channel) => channel.kind !== "dm");
  const mine = channels.filter((channel) => channel.is_member !== false);
  return mine.find((channel) => channel.mentions) ?? mine.find((channel) => channel.unread) ?? mine[0] ?? channels[0];
}

async function route() {
  closeDrawer();
  if (location.hash === "#/home") return showHome();
  const place = parsePermalink(location.hash);
  const known = place && state.channels.has(place.channel);
  if (!known) {
    const first = firstChannel();
    if (first) history.replaceState(null, "", `#/${first.id}`);
    return first && showChannel(first.id);
  }
  const inThread = place.thread && place.thread !== place.ts;
  await showChannel(place.channel, inThread ? place.thread : place.ts);
  if (inThread) await thread.open(place.channel, place.thread, place.ts);
  return undefined;
}

async function showChannel(id, ts) {
  const here = state.current?.kind === "channel" && state.current.id === id && channelPane.person === state.me.id;
  state.current = { kind: "channel", id };
  if (!here && thread.channel !== id) thread.close();
  if (!channelPane.node.isConnected) replace(get("main"), channelPane.node);
  document.title = `${channelLabel(state.channels.get(id))} · ${state.team.name}`;
  emit("channels");
  if (here) return ts && channelPane.reveal(ts);
  channelPane.person = state.me.id;
  await channelPane.open(id, ts);
  if (!ts && !layersOpen() && !matchMedia("(pointer: coarse)").matches) channelPane.composer.focus();
  return undefined;
}

async function showHome() {
  state.current = { kind: "home" };
  thread.close();
  replace(get("main"), homePane.node);
  document.title = `${state.bot?.name ?? "App"} Home · ${state.team.name}`;
  emit("channels");
  await homePane.open();
}

// --- what happens -----------------------------------------------------------

const HANDLERS = {
  message({ channel, message }) {
    const place = { channel, ...message };
    channelPane.put(place);
    thread.put(place);
    noteUnread(place);
  },
  deleted({ channel, ts }) {
    ephemeralsIn(channel).delete(ts);
    channelPane.remove(channel, ts);
    thread.remove(channel, ts);
  },
  ephemeral({ channel, message }) {
    const place = { ...message, channel, ephemeral: true };
    ephemeralsIn(channel).set(place.ts, place);
    channelPane.put(place);
    thread.put(place);
  },
  view: ({ stack }) => emit("view", stack ?? []),
  home: ({ view }) => homePane.draw(view),
  channel: () => recount(),
  clock(now) {
    state.clock = now;
    emit("clock", now);
    freshen();
  },
};

let freshening = null;
/** What is said relative to the present follows it, at most once a second. */
function freshen() {
  freshening ??= setTimeout(() => {
    freshening = null;
    channelPane.list.freshen();
    thread.list.freshen();
  }, 1000);
}

/** Something new elsewhere: the server knows what is unread, and whom it mentions. */
function noteUnread(message) {
  const channel = state.channels.get(message.channel);
  const own = message.user === state.me.id && !message.bot_id;
  if (channel && (own || Number(message.ts) <= Number(channel.last_ts ?? 0))) return;
  if (channel) channel.last_ts = message.ts;
  recount();
}

let counting = null;
/** Ask for the channels anew, at most once in 600 ms however much comes in. */
function recount() {
  counting ??= setTimeout(async () => {
    counting = null;
    const person = state.me.id;
    const answer = await api.state().catch(() => null);
    if (!answer || person !== state.me.id) return;
    adoptChannels(answer.channels, watched());
  }, 600);
}

/** The channel whose new messages the visitor sees at this moment. */
function watched() {
  return state.current?.kind === "channel" && !document.hidden && channelPane.scroller.pinned ? state.current.id : null;
}

/** Follow the events; resolves once they flow, so that nothing falls between what is loaded next and them. */
function live() {
  return new Promise((resolve) => {
    unfollow = follow((event, data) => HANDLERS[event]?.(data), (open, again) => {
      connection(open, again);
      resolve();
    });
  });
}

async function connection(open, again) {
  document.body.classList.toggle("offline", !open);
  if (!open || !again) return;
  try {
    await loadState();
    await Promise.all([state.current?.kind === "channel" && channelPane.reload(), thread.isOpen && thread.reload()]);
  } catch (error) {
    toast(inWords(error.code, "Catching up"));
  }
}

// --- frame ------------------------------------------------------------------

function drawTopbar() {
  const key = navigator.platform.startsWith("Mac") ? "⌘ K" : "Ctrl K";
  replace(get("topbar"),
    h("button", { type: "button", class: "icon-button drawer-button", testid: "drawer-button", aria: { label: "Channels" },
      on: { click: openDrawer } }, icon("menu")),
    h("div", { class: "brand" }, mark(28), h("span", {}, h("bdi", {}, state.team.name))),
    h("button", { type: "button", class: "jump-to", testid: "quick-open", on: { click: quick } }, icon("search", 16),
      h("span", {}, "Go to"), h("kbd", {}, key)),
    h("span", { class: "offline-note", role: "status" }, "Reconnecting"),
    personSwitcher(become), theme);
}

function openDrawer() {
  document.body.classList.add("drawer-open");
  get("scrim").hidden = false;
  get("sidebar").querySelector("a")?.focus();
}

function closeDrawer() {
  document.body.classList.remove("drawer-open");
  get("scrim").hidden = true;
}

function quick() {
  if (!layersOpen()) openQuickSwitcher(become);
}

function escape() {
  if (closePopup() || escapeLayer()) return;
  if (document.body.classList.contains("drawer-open")) closeDrawer();
  else thread.close();
}

function keys(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    quick();
  } else if (event.key === "Escape" && !event.defaultPrevented) escape();
}

on("state", drawTopbar);
on("channels", () => drawSidebar(get("sidebar")));
on("clock", (now) => clock.draw(now));
on("view", (stack) => modals.show(stack));
on("thread", ({ channel, ts }) => thread.open(channel, ts));
addEventListener("hashchange", route);
addEventListener("keydown", keys);
document.addEventListener("visibilitychange", () => document.hidden || channelPane.seen());
get("scrim").addEventListener("click", closeDrawer);

async function boot() {
  try {
    await firstState();
    await live();
    await loadState();
  } catch (error) {
    toast(inWords(error.code, "Opening the workspace"));
    setTimeout(boot, 2000);
    return;
  }
  await route();
  document.body.classList.add("ready");
}

boot();
