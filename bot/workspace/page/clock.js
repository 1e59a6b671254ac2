// The clock bar: simulated time, what can be done with it, what it waits for, and how far the story has come.
import { api } from "./api.js";
import { h, replace } from "./dom.js";
import { inWords } from "./errors.js";
import { icon } from "./icons.js";
import { closePopup, openPopup } from "./popup.js";
import { adoptClock, state } from "./state.js";
import { clockDate, time } from "./time.js";
import { toast } from "./toast.js";

const SPEEDS = [1, 6, 12, 24]; // simulated hours a second
const OWN = new Set(["play", "pause", "speed"]); // drawn as controls of their own

export class ClockBar {
  constructor(root) {
    this.root = root;
    this.when = h("span", { class: "clock-now", testid: "clock-now" });
    this.toggle = h("button", { type: "button", class: "icon-button filled", on: { click: () => this.#flip() } });
    this.speed = h("select", { class: "clock-speed", testid: "clock-speed", aria: { label: "Speed" },
      on: { change: () => this.#act("speed", this.speed.value) } });
    this.actions = h("div", { class: "clock-actions" });
    this.buttons = new Map(); // by the id of their action
    this.waiting = h("p", { class: "clock-waiting", testid: "clock-waiting", role: "status", hidden: true });
    this.story = h("button", { type: "button", class: "story-button", testid: "story-button",
      aria: { expanded: "false", haspopup: "dialog" }, on: { click: () => this.#showStory() } });
    replace(root, h("div", { class: "clock-time" }, this.toggle, this.when, this.speed), this.actions, this.waiting,
      this.story);
  }

  draw(clock) {
    this.root.hidden = !clock;
    if (!clock) return;
    this.#drawTime(clock);
    this.#drawActions(clock);
    this.waiting.hidden = !clock.waiting_for;
    const note = clock.waiting_for ?? "";
    if (this.waiting.textContent !== note) {
      replace(this.waiting, note && icon("hourglass", 16), note && h("span", { dir: "auto", title: note }, note));
    }
    this.#drawStory(clock.story ?? []);
  }

  #drawTime(clock) {
    const seconds = Date.parse(clock.now) / 1000;
    if (!Number.isNaN(seconds)) {
      const text = `${clockDate(seconds)}|${time(seconds)}|${place()}`;
      if (this.shownTime !== text) {
        const [, day, year] = /^(.*?)( \d{4})?$/.exec(clockDate(seconds));
        replace(this.when, day, h("span", { class: "clock-year" }, year ?? ""), h("b", {}, time(seconds)),
          h("span", { class: "clock-place" }, place()));
      }
      this.shownTime = text;
    }
    const [label, name] = clock.running ? ["Pause", "pause"] : ["Play", "play"];
    this.toggle.disabled = Boolean(clock.waiting_for); // time stands still until somebody has acted
    if (this.toggle.title !== label) {
      this.toggle.title = label;
      this.toggle.dataset.testid = `clock-${name}`;
      this.toggle.setAttribute("aria-label", label);
      replace(this.toggle, icon(name));
    }
    this.#drawSpeed(clock);
  }

  #drawSpeed(clock) {
    const speeds = clock.speeds ?? SPEEDS;
    const possible = [...speeds, clock.speed].filter((speed) => Number.isFinite(speed) && speed > 0);
    const all = [...new Set(possible)].sort((a, b) => a - b);
    const key = all.join();
    if (this.speeds !== key) {
      replace(this.speed, all.map((speed) => h("option", { value: String(speed) }, speedLabel(speed))));
      this.speeds = key;
    }
    if (document.activeElement !== this.speed) this.speed.value = String(clock.speed);
    this.speed.hidden = !Number.isFinite(clock.speed);
  }

  #drawActions(clock) {
    const actions = (clock.actions ?? []).filter((action) => !OWN.has(action.id));
    const key = JSON.stringify(actions);
    if (this.actionsKey === key) return;
    this.actionsKey = key;
    const buttons = actions.map((action) => this.#button(action));
    if (buttons.some((button, at) => button !== this.actions.children[at])) replace(this.actions, buttons);
  }

  /** The same node as before for the same action: a press that began on it is not lost when it is drawn anew. */
  #button(action) {
    const button = this.buttons.get(action.id) ?? h("button",
      { type: "button", class: "btn small", testid: `clock-${action.id}`, title: action.description,
        on: { click: () => this.#act(action.id, undefined, this.buttons.get(action.id)) } });
    this.buttons.set(action.id, button);
    button.disabled = Boolean(action.disabled);
    if (button.textContent !== action.label) button.textContent = action.label;
    return button;
  }

  #drawStory(story) {
    this.story.hidden = story.length === 0;
    const key = JSON.stringify(story);
    if (this.storyKey === key) return;
    this.storyKey = key;
    const done = story.filter((step) => step.done).length;
    const next = story.find((step) => !step.done);
    replace(this.story, icon("story"), h("b", {}, `${done} of ${story.length}`),
      h("span", { class: "story-next", dir: "auto" }, next ? `Next: ${next.label}` : "The whole story is told"));
    this.steps?.replaceWith((this.steps = storyList(story)));
  }

  #showStory() {
    if (this.story.getAttribute("aria-expanded") === "true") return closePopup();
    this.steps = storyList(state.clock?.story ?? []);
    const panel = h("div", { class: "story", role: "dialog", testid: "story", aria: { label: "The story" } },
      h("h2", {}, "The story"), this.steps);
    this.story.setAttribute("aria-expanded", "true");
    openPopup(panel, this.story, { align: "end", onClose: () => this.story.setAttribute("aria-expanded", "false") });
  }

  #flip() {
    this.#act(state.clock?.running ? "pause" : "play", undefined, this.toggle);
  }

  async #act(action, value, button) {
    if (button?.getAttribute("aria-busy") === "true") return;
    button?.setAttribute("aria-busy", "true");
    const answer = await api.clock(action, value);
    button?.removeAttribute("aria-busy");
    if (answer.ok === false) toast(inWords(answer.error, "The clock"));
    else if (answer.now) adoptClock(answer);
  }
}

/** The city whose time is shown: people live in different ones. */
function place() {
  return (state.me?.tz ?? "").split("/").at(-1).replaceAll("_", " ");
}

function speedLabel(hours) {
  if (hours < 1) return `${+(hours * 60).toFixed(1)} min/s`;
  return hours % 24 ? `${+hours.toFixed(1)} h/s` : `${hours / 24} d/s`;
}

function storyList(story) {
  const next = story.findIndex((step) => !step.done);
  return h("ol", {}, story.map((step, at) => h("li",
    { class: step.done ? "done" : at === next ? "next" : "", aria: { current: at === next ? "step" : undefined } },
    h("span", { class: "tick" }, step.done && icon("check", 14)), h("span", { dir: "auto" }, step.label))));
}
