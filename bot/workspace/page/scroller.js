// A scrolling box that stays at its end while one reads there, and leaves one alone further up.
import { h } from "./dom.js";
import { icon } from "./icons.js";

const NEAR = 80;

export class Scroller {
  /** `content` scrolls; `onTop` is called when its beginning comes near, `onEnd` when the end is reached. */
  constructor(content, { testid, label, onTop, onEnd }) {
    this.onEnd = onEnd;
    this.pinned = true;
    this.top = 0; // where it was scrolled to last
    this.fresh = false; // shown from its start, and nobody has scrolled since
    this.jump = h("button", { type: "button", class: "jump", hidden: true, on: { click: () => this.toEnd() } },
      icon("arrowDown", 16), (this.jumpText = h("span")));
    this.box = h("div", { class: "scroll", testid, tabindex: "0", role: "region", aria: { label } }, content);
    this.node = h("div", { class: "scroller" }, this.box, this.jump);
    this.box.addEventListener("scroll", () => this.#scrolled(onTop), { passive: true });
    new ResizeObserver(() => this.pinned && this.#stick()).observe(content);
    new ResizeObserver(() => this.pinned && this.#stick()).observe(this.box);
  }

  #scrolled(onTop) {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    const up = scrollTop < this.top - 1;
    this.top = scrollTop;
    if (scrollTop > 0) this.fresh = false;
    const near = scrollHeight - scrollTop - clientHeight < NEAR;
    // Far from an end that one has not left: a picture was loaded, and what is there grew.
    this.pinned = !this.fresh && (near || (this.pinned && !up));
    if (this.pinned && !near) this.#stick();
    if (this.pinned) {
      this.jump.hidden = true;
      this.onEnd?.();
    }
    if (scrollTop < 300) onTop?.();
  }

  #stick() {
    this.box.scrollTop = this.box.scrollHeight;
  }

  toEnd() {
    this.pinned = true;
    this.fresh = false;
    this.jump.hidden = true;
    this.#stick();
  }

  /** Begin at the start, and stay there. */
  toStart() {
    this.pinned = false;
    this.fresh = true;
    this.jump.hidden = true;
    this.box.scrollTop = 0;
  }

  /** Something new came as `node`: follow it, or say what there is below. One that is higher than the box is read from
   * its start. */
  grew(node, words = "Newer messages") {
    if (!this.pinned) return this.box.scrollHeight > this.box.clientHeight + 1 && this.#offer(words);
    this.toEnd();
    if (!node || node.offsetHeight <= this.box.clientHeight) return undefined;
    this.pinned = false;
    this.box.scrollTop += node.getBoundingClientRect().top - this.box.getBoundingClientRect().top;
    return this.#offer("More below");
  }

  #offer(words) {
    this.jumpText.textContent = words;
    this.jump.hidden = false;
  }

  /** Run a change that adds content above, without moving what is being read. */
  keepPlace(change) {
    const below = this.box.scrollHeight - this.box.scrollTop;
    change();
    this.box.scrollTop = this.box.scrollHeight - below;
  }

  /** Bring a node to the middle and mark it for a moment. */
  show(node) {
    this.pinned = false;
    node.scrollIntoView({ block: "center" });
    node.classList.add("flash");
    node.focus({ preventScroll: true });
    setTimeout(() => node.classList.remove("flash"), 2400);
  }
}
