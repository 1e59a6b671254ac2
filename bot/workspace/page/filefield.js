// A place for files in a form. Each is uploaded as soon as it is chosen; the form then carries what Slack knows of it.
import { api } from "./api.js";
import { h, uid } from "./dom.js";
import { inWords } from "./errors.js";
import { toast } from "./toast.js";

const payload = (files) => ({ type: "file_input", files });

/** Payload: {type, files: [{id, name, ...}]}. */
export function fileField(element, slot) {
  const kept = slot.kept?.files ?? [];
  slot.hold(payload(kept));
  const said = h("span", { class: "hint", role: "status", dir: "auto" }, names(kept));
  const field = h("input", {
    id: slot.id ?? uid("field"), dataset: slot.dataset, class: "field", type: "file",
    multiple: (element.max_files ?? 10) > 1 || null,
    accept: (element.filetypes ?? []).map((type) => `.${type}`).join(",") || null,
    aria: { label: slot.labelled ? undefined : slot.name, describedby: slot.describedby },
  });
  let newest = 0;
  field.addEventListener("change", async () => {
    const turn = (newest += 1);
    const chosen = [...field.files];
    said.textContent = chosen.length ? "Uploading \u2026" : "";
    const answers = await Promise.all(chosen.map(upload));
    if (turn !== newest) return; // another choice came meanwhile
    const failed = answers.find((answer) => answer.ok === false);
    if (failed) toast(inWords(failed.error, "The upload"));
    const files = answers.filter((answer) => answer.file).map((answer) => answer.file);
    said.textContent = names(files);
    slot.change(payload(files));
  });
  return h("div", {}, field, said);
}

const names = (files) => files.map((file) => file.name).join(", ");

async function upload(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return api.file(file.name, btoa(text));
}
