"""Block Kit as strict as Slack checks it: `check_blocks` for messages, `check_view` for modals and home tabs."""
