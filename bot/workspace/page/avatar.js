// Avatars are initials on a colour; an app's is a rounded square.
import { h } from "./dom.js";
import { initials, personName } from "./state.js";

/** Dark letters on a light colour, light ones on a dark. */
function ink(color) {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  return 0.299 * r + 0.587 * g + 0.114 * b > 0.62 ? "#1d1b18" : "#ffffff";
}

/** A decorative avatar; the name stands next to it or labels its button. */
export function avatar(person, size = 36) {
  if (person.bot) return botAvatar(size);
  const color = /^#[0-9a-f]{6}$/i.test(person.color ?? "") ? person.color : "#6b6459";
  return h("span",
    { class: "avatar", aria: { hidden: "true" },
      style: { "--size": `${size}px`, "--color": color, "--ink": ink(color) } },
    person.initials ?? initials(personName(person)));
}

/** The app's mark: three bowls, and the middle one is just right. */
function botAvatar(size) {
  return h("span", { class: "avatar bot", aria: { hidden: "true" }, style: { "--size": `${size}px` } },
    h("i", { class: "bowl small" }), h("i", { class: "bowl right" }), h("i", { class: "bowl big" }));
}

/** The app's mark alone, for the heading of the page and its Home. */
export const mark = (size) => botAvatar(size);
