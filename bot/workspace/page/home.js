// The app's Home tab of the current person.
import { api } from "./api.js";
import { mark } from "./avatar.js";
import { renderBlocks } from "./blocks.js";
import { appTabs } from "./channel.js";
import { h, replace } from "./dom.js";
import { inWords } from "./errors.js";
import { state } from "./state.js";
import { Surface } from "./surface.js";
import { toast } from "./toast.js";

export class HomePane {
  constructor() {
    this.heading = h("div", { class: "pane-head" });
    this.body = h("div", { class: "home-body blocks", testid: "home" });
    this.node = h("section", { class: "pane home" }, this.heading,
      h("div", { class: "scroll", tabindex: "0", role: "region", aria: { label: "Home" } }, this.body));
  }

  /** Open Home: the app hears of it, and may publish a newer view a moment later. */
  async open() {
    const name = state.bot?.name ?? "App";
    replace(this.heading, h("h1", {}, mark(28), h("bdi", {}, name)), appTabs("home"));
    const person = state.me.id;
    try {
      const answer = await api.home();
      if (person === state.me.id) this.draw(answer.view);
    } catch (error) {
      toast(inWords(error.code, "Opening Home"));
    }
  }

  draw(view) {
    if (!view) {
      const words = "Nothing here yet. The app fills this page when there is something for you.";
      replace(this.body, h("p", { class: "empty-home" }, words));
      return;
    }
    const same = this.surface?.place.view_id === view.id;
    if (!same) this.surface = new Surface({ view_id: view.id });
    this.surface.reset();
    replace(this.body, renderBlocks(view.blocks, this.surface));
  }

  /** Another person has another Home. */
  forget() {
    this.surface = null;
    this.body.replaceChildren();
  }
}
