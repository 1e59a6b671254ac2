// The confirm dialog of an element: it asks, and says nothing about permission.
import { h, uid } from "./dom.js";
import { openLayer } from "./layers.js";
import { plain, textObject } from "./mrkdwn.js";

/** Ask; resolves to true when the person confirms. Without a `confirm` object it is true at once. */
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    let close = () => {};
    const answer = (yes) => {
      close();
      resolve(yes);
    };
    const ids = { title: uid("confirm"), text: uid("confirm") };
    const danger = confirm.style === "danger";
    const yes = h("button", { type: "button", class: `btn ${danger ? "danger" : "primary"}`, testid: "confirm-yes",
      on: { click: () => answer(true) } }, plain(confirm.confirm?.text ?? "Yes"));
    const no = h("button", { type: "button", class: "btn", testid: "confirm-no",
      on: { click: () => answer(false) } }, plain(confirm.deny?.text ?? "Cancel"));
    const dialog = h("div",
      { class: "dialog confirm", role: "alertdialog", testid: "confirm", tabindex: "-1",
        aria: { modal: "true", labelledby: ids.title, describedby: ids.text } },
      h("h2", { id: ids.title, dir: "auto" }, plain(confirm.title?.text ?? "Are you sure?")),
      h("div", { id: ids.text, class: "confirm-text", dir: "auto" }, textObject(confirm.text)),
      h("div", { class: "dialog-actions" }, no, yes));
    close = openLayer(dialog, { onEscape: () => answer(false), focus: danger ? no : yes });
  });
}
