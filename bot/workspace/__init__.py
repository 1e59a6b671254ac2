"""A Slack-shaped workspace on this machine: the demo's default, and the double that tests talk to."""
