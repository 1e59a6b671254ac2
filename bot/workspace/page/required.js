// Which required inputs of a view are still empty: what a client checks before it sends the view.

const EMPTY = [
  "value", "selected_option", "selected_options", "selected_user", "selected_users", "selected_channel",
  "selected_channels", "selected_conversation", "selected_conversations", "selected_date", "selected_time",
  "selected_date_time", "files", "rich_text_value",
];

function isEmpty(payload) {
  const key = EMPTY.find((name) => payload && name in payload);
  const value = key && payload[key];
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

/** {block_id: sentence} for each input block that must be filled and is not, or whose field is malformed. */
export function missing(blocks, values, invalid = new Map()) {
  const errors = {};
  (blocks ?? []).forEach((block, index) => {
    if (block.type !== "input") return;
    const id = block.block_id ?? `block-${index}`;
    const payload = values[id]?.[block.element.action_id];
    if (invalid.has(id)) errors[id] = invalid.get(id);
    else if (!block.optional && isEmpty(payload)) errors[id] = "Please fill in this field.";
  });
  return errors;
}
