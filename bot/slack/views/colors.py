"""The few colours of messages, by what they mean; one word has one colour everywhere."""

WRONG = "#c9372c"
HELD = "#d99a1c"
WAITING = "#3a6ea5"
GOOD = "#2f9e60"
QUIET = "#7a869a"
EXPLAINED = "#7a7fb0"
