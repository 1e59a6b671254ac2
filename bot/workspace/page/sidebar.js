// Channels, direct messages and the app, with what is unread.
import { avatar, mark } from "./avatar.js";
import { h, replace, srOnly } from "./dom.js";
import { icon } from "./icons.js";
import { author, channelLabel, isBotChannel, state } from "./state.js";

/** Draw the sidebar into `root`; links only, so that the address always says where one is. */
export function drawSidebar(root) {
  const focused = document.activeElement?.closest?.("#sidebar [data-testid]")?.dataset.testid;
  const all = [...state.channels.values()];
  const channels = all.filter((channel) => channel.kind !== "dm");
  const direct = all.filter((channel) => channel.kind === "dm" && !isBotChannel(channel));
  const apps = all.filter(isBotChannel);
  replace(root,
    part("App", [homeLink(), ...apps.map((channel) => channelLink(channel, "Messages"))]),
    part("Channels", channels.map((channel) => channelLink(channel))),
    direct.length > 0 && part("Direct messages", direct.map((channel) => channelLink(channel))));
  if (focused) root.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function part(title, items) {
  return h("section", { class: "side-part" }, h("h2", {}, title), h("ul", {}, items.map((item) => h("li", {}, item))));
}

function homeLink() {
  const here = state.current?.kind === "home";
  return h("a", { class: "side-item", href: "#/home", testid: "app-home", aria: { current: here ? "page" : undefined } },
    mark(20), h("span", { class: "side-name" }, `${state.bot?.name ?? "App"} Home`));
}

function channelLink(channel, label = channelLabel(channel)) {
  const here = state.current?.kind === "channel" && state.current.id === channel.id;
  const unread = !here && (channel.unread > 0 || channel.mentions > 0);
  const other = channel.kind === "dm" && author({ user: channel.user ?? channel.name });
  const sign = other ? avatar(other, 20) : icon("hash", 16);
  return h("a",
    { class: `side-item${unread ? " unread" : ""}${channel.is_member === false ? " outside" : ""}`,
      href: `#/${channel.id}`, testid: `channel-${channel.name}`, dataset: { channel: channel.id },
      aria: { current: here ? "page" : undefined } },
    sign, h("span", { class: "side-name" }, h("bdi", {}, label)),
    unread && channel.mentions > 0 && h("span", { class: "badge", testid: `badge-${channel.name}` },
      String(Math.min(channel.mentions, 99)), srOnly(" mentions")),
    unread && !channel.mentions && srOnly(" unread"));
}
