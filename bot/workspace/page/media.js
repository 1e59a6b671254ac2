// Images and files, and the lightbox that shows one large.
import { fileAddress } from "./api.js";
import { h, uid } from "./dom.js";
import { icon } from "./icons.js";
import { openLayer } from "./layers.js";
import { safeLink } from "./links.js";
import { plain } from "./mrkdwn.js";

/** Where an image's bytes are: a file of this workspace by its id or address, or a web address. */
export function imageSource(item) {
  const file = item.slack_file;
  if (file?.id) return fileAddress(file.id);
  const own = /\/files\/([^/?#]+)/.exec(file?.url ?? "");
  if (own) return fileAddress(decodeURIComponent(own[1]));
  const link = safeLink(file?.url ?? item.image_url ?? "");
  return link && !link.startsWith("mailto:") ? link : null;
}

/** An image in its place; it opens in the lightbox. A broken one leaves its description. */
export function picture(source, alt, { title, width, height, small = false } = {}) {
  if (!source) return h("p", { class: "broken-image" }, alt);
  const image = h("img",
    { src: source, alt, loading: "lazy", decoding: "async", width, height, referrerpolicy: "no-referrer" });
  const on = { click: () => lightbox(source, alt, title) };
  const open = h("button", { type: "button", class: `picture${small ? " small" : ""}`, on }, image);
  image.addEventListener("error", () => open.replaceWith(h("p", { class: "broken-image" }, `Image not shown: ${alt}`)));
  return open;
}

export function lightbox(source, alt, title) {
  const id = uid("lightbox");
  let close = () => {};
  const shut = h("button",
    { type: "button", class: "icon-button", aria: { label: "Close" }, on: { click: () => close() } }, icon("close"));
  const figure = h("figure",
    { class: "lightbox", role: "dialog", testid: "lightbox", aria: { modal: "true", labelledby: id } },
    h("figcaption", { id, dir: "auto" }, title || alt || "Image"),
    h("a", { class: "btn", href: source, target: "_blank", rel: "noopener noreferrer" }, "Open original"), shut,
    h("img", { src: source, alt, referrerpolicy: "no-referrer" }));
  close = openLayer(figure, { kind: "lightbox", onEscape: () => close(), focus: shut });
}

const isImage = (file) => /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype ?? "");

function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

/** The files of a message: images as pictures, others as a line to download. */
export function files(list) {
  return h("div", { class: "files" }, list.map((file) => {
    const title = plain(file.title || file.name || "File");
    const source = fileAddress(file.id);
    if (isImage(file)) {
      return h("figure", { class: "file-image" }, h("figcaption", { dir: "auto" }, title),
        picture(source, file.alt_txt || title, { title, width: file.original_w, height: file.original_h }));
    }
    return h("a", { class: "file", href: source, download: file.name ?? "" }, icon("file", 24),
      h("span", {}, h("bdi", {}, title), h("small", {}, size(file.size))));
  }));
}
