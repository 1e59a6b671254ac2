// The page: boots, follows the address and the live events, and ties the panes together.
import { actAs, api, follow } from "./api.js";
import { ChannelPane } from "./channel.js";
import { ClockBar } from "./clock.js";
import { replace } from "./dom.js";
import { inWords } from "./errors.js";
import { eventHandler } from "./events.js";
import { closeDrawer, drawTitle, drawTopbar } from "./frame.js";
import { HomePane } from "./home.js";
import { escapeLayer, layersOpen } from "./layers.js";
import { parsePermalink } from "./links.js";
import { Modals } from "./modal.js";
import { closePopup } from "./popup.js";
import { markAwaited } from "./people.js";
import { openQuickSwitcher } from "./quick.js";
import { drawSidebar } from "./sidebar.js";
import { adopt, emit, on, personName, state } from "./state.js";
import { ThreadPane } from "./thread.js";
import { announce, toast } from "./toast.js";

const get = (id) => document.getElementById(id);
const channelPane = new ChannelPane();
const homePane = new HomePane();
const thread = new ThreadPane(get("thread"), { onClose: () => channelPane.composer.focus() });
const clock = new ClockBar(get("clock-bar"));
const modals = new Modals({ refetch: async () => emit("view", (await api.state()).views ?? []) });
const handle = eventHandler({ channelPane, homePane, thread });
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
  history.replaceState(null, "", location.pathname + location.hash); // an `as` in the address was for the start
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
  emit("channels");
  await homePane.open();
}

// --- what happens -----------------------------------------------------------

/** Follow the events; resolves once they flow, so that nothing falls between what is loaded next and them. */
function live() {
  return new Promise((resolve) => {
    unfollow = follow(handle, (open, again) => {
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
    await Promise.all([state.current?.kind === "channel" && channelPane.catchUp(), thread.isOpen && thread.reload()]);
  } catch (error) {
    toast(inWords(error.code, "Catching up"));
  }
}

// --- keyboard and frame -----------------------------------------------------

function quick() {
  if (!layersOpen()) openQuickSwitcher(become);
}

function escape() {
  if (!closePopup() && !escapeLayer() && !closeDrawer()) thread.close();
}

function keys(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    quick();
  } else if (event.key === "Escape" && !event.defaultPrevented) escape();
}

on("state", () => drawTopbar({ quick, become }));
on("channels", () => drawSidebar(get("sidebar")));
on("channels", drawTitle);
on("clock", (now) => clock.draw(now));
on("clock", markAwaited);
on("view", (stack) => modals.show(stack));
on("thread", ({ channel, ts }) => thread.open(channel, ts));
addEventListener("hashchange", route);
addEventListener("keydown", keys);
document.addEventListener("visibilitychange", () => document.hidden || channelPane.seen());
async function boot() {
  try {
    await firstState();
    await live();
    await loadState();
  } catch (error) {
    unfollow();
    toast(inWords(error.code, "Opening the workspace"));
    setTimeout(boot, 2000);
    return;
  }
  await route();
  document.body.classList.add("ready");
}

boot();
