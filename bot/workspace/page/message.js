// One message: who, when, what it says, and what can be done with it.
import { api } from "./api.js";
import { attachment } from "./attachments.js";
import { avatar } from "./avatar.js";
import { canRender, renderBlocks } from "./blocks.js";
import { clamp } from "./clamp.js";
import { h, srOnly } from "./dom.js";
import { emoji } from "./emoji.js";
import { inWords } from "./errors.js";
import { icon } from "./icons.js";
import { permalink } from "./links.js";
import { files } from "./media.js";
import { mrkdwn } from "./mrkdwn.js";
import { openMenu } from "./popup.js";
import { lastReply } from "./relative.js";
import { author, emit, personName, state } from "./state.js";
import { messageSurface } from "./surface.js";
import { fullTime, time } from "./time.js";
import { toast } from "./toast.js";

/** Does a message go below the one before it without repeating who wrote it (same author, within five minutes)? The
 * first reply below its thread's first message does not: a line is between them. */
export function continues(message, before) {
  if (!before || before.ephemeral !== message.ephemeral || message.deleted || before.deleted) return false;
  if (before.reply_count || before.ts === message.thread_ts || message.attachments?.length) return false;
  const same = author(before).id === author(message).id && before.username === message.username;
  return same && Number(message.ts) - Number(before.ts) < 300;
}

/** Render a message. `inThread`: it stands in the thread pane, where replies need no summary. */
export function renderMessage(message, { inThread = false } = {}) {
  const by = author(message);
  const name = personName(by);
  const node = h("li",
    { class: "message", testid: `message-${message.ts}`, tabindex: "-1",
      dataset: { ts: message.ts, channel: message.channel }, aria: { label: `${name}, ${time(message.ts)}` } },
    h("div", { class: "gutter" }, avatar(by),
      h("span", { class: "gutter-time", aria: { hidden: "true" } }, time(message.ts))),
    h("div", { class: "message-main" }, heading(message, by, name), content(message),
      reactions(message), !inThread && replies(message)),
    !message.ephemeral && !message.deleted && hoverActions(message, inThread));
  if (message.ephemeral) node.classList.add("ephemeral");
  return node;
}

function heading(message, by, name) {
  const link = message.ephemeral ? null : permalink(message.channel, message.ts, message.thread_ts);
  return [
    message.ephemeral && h("p", { class: "only-you" }, icon("eye", 14), "Only visible to you"),
    h("div", { class: "message-head" },
      h("bdi", { class: "author", title: by.title }, name), by.bot && h("span", { class: "app-badge" }, "App"),
      h(link ? "a" : "span", { class: "stamp", href: link, title: fullTime(message.ts) },
        h("time", { datetime: new Date(Number(message.ts) * 1000).toISOString() }, time(message.ts))),
      message.edited && h("span", { class: "edited" }, "edited")),
  ];
}

function content(message) {
  if (message.deleted) return h("p", { class: "deleted" }, "This message was deleted.");
  const surface = messageSurface(state.me?.id, message);
  surface.reset();
  const attachments = message.attachments ?? [];
  const hasBlocks = canRender(message.blocks); // then the text is what notifications show
  return h("div", { class: "content" },
    hasBlocks
      ? h("div", { class: "blocks" }, renderBlocks(message.blocks, surface))
      : message.text?.trim() && messageText(message),
    attachments.map((item) => attachment(item, surface)),
    message.files?.length ? files(message.files) : null);
}

function messageText(message) {
  const text = h("div", { class: "text", dir: "auto" }, mrkdwn(message.text, { autolink: !message.bot_id }));
  return clamp(text, message.text);
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h("div", { class: "reactions" }, message.reactions.map((item) => {
    const who = (item.users ?? []).map((id) => state.people.get(id)).filter(Boolean).map(personName).join(", ");
    return h("span", { class: "reaction", title: who }, emoji(item.name) ?? `:${item.name}:`,
      h("b", {}, String(item.count ?? item.users?.length ?? 1)), srOnly(` ${item.name}`));
  }));
}

function replies(message) {
  if (!message.reply_count) return null;
  const people = (message.reply_users ?? []).slice(0, 4).map((id) => avatar(author({ user: id }), 22));
  const label = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  const on = { click: () => openThread(message) };
  return h("button", { type: "button", class: "replies", testid: `replies-${message.ts}`, on },
    h("span", { class: "reply-avatars" }, people), h("span", { class: "reply-count" }, label),
    message.latest_reply && lastReply(message.latest_reply));
}

function hoverActions(message, inThread) {
  return h("div", { class: "hover-actions", role: "group", aria: { label: "Message actions" } },
    !inThread && h("button", { type: "button", title: "Reply in thread", aria: { label: "Reply in thread" },
      on: { click: () => openThread(message) } }, icon("reply")),
    h("button", { type: "button", title: "Copy link", aria: { label: "Copy link" },
      on: { click: () => copyLink(message) } }, icon("link")), shortcutMenu(message));
}

/** The app's shortcuts for a message. */
function shortcutMenu(message) {
  const shortcuts = state.shortcuts.filter((item) => item.kind === "message");
  if (!shortcuts.length) return null;
  const aria = { label: "More actions", haspopup: "menu", expanded: "false" };
  const button = h("button", { type: "button", title: "More actions", aria }, icon("more"));
  const items = shortcuts.map((item) => ({
    label: item.name, description: state.bot?.name, dataset: { callbackId: item.callback_id },
    run: async () => {
      const answer = await api.shortcut(item.callback_id, message.channel, message.ts);
      if (answer.ok === false) toast(inWords(answer.error, item.name));
    },
  }));
  button.addEventListener("click", () => openMenu(items, button, { label: "More actions", align: "end" }));
  return button;
}

export function openThread(message) {
  const root = message.thread_ts && message.thread_ts !== "" ? message.thread_ts : message.ts;
  emit("thread", { channel: message.channel, ts: root });
}

async function copyLink(message) {
  const link = permalink(message.channel, message.ts, message.thread_ts);
  try {
    await navigator.clipboard.writeText(link);
    toast("Link copied.", "done");
  } catch (error) {
    toast(`Copying is not allowed here. The link is ${link}`);
  }
}
