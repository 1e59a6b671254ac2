// The frame around the panes: top bar, drawer, title.
import { mark } from "./avatar.js";
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { personSwitcher } from "./people.js";
import { channelLabel, state } from "./state.js";
import { themeToggle } from "./theme.js";

const get = (id) => document.getElementById(id);
const theme = themeToggle();

export function drawTopbar({ quick, become }) {
  const key = navigator.platform.startsWith("Mac") ? "⌘ K" : "Ctrl K";
  const drawer = h("button",
    { type: "button", class: "icon-button drawer-button", testid: "drawer-button", aria: { label: "Channels" },
      on: { click: openDrawer } }, icon("menu"));
  const jump = h("button", { type: "button", class: "jump-to", testid: "quick-open", on: { click: quick } },
    icon("search", 16), h("span", {}, "Go to"), h("kbd", {}, key));
  replace(get("topbar"), drawer,
    h("div", { class: "brand" }, mark(28), h("span", {}, h("bdi", {}, state.team.name))), jump,
    h("span", { class: "offline-note", role: "status" }, "Reconnecting"), personSwitcher(become), theme);
}

function openDrawer() {
  document.body.classList.add("drawer-open");
  get("scrim").hidden = false;
  get("sidebar").querySelector("a")?.focus();
}

/** Close the drawer of narrow screens; false when it was not open. */
export function closeDrawer() {
  const open = document.body.classList.contains("drawer-open");
  document.body.classList.remove("drawer-open");
  get("scrim").hidden = true;
  return open;
}

/** The title says where one is, and how often one is called elsewhere. */
export function drawTitle() {
  const channel = state.current?.kind === "channel" && state.channels.get(state.current.id);
  const place = channel ? channelLabel(channel) : `${state.bot?.name ?? "App"} Home`;
  const elsewhere = [...state.channels.values()].filter((each) => each !== channel);
  const calls = elsewhere.reduce((sum, each) => sum + (each.mentions ?? 0), 0);
  document.title = `${calls ? `(${calls}) ` : ""}${place} · ${state.team.name}`;
}

get("scrim").addEventListener("click", closeDrawer);
