"""Everything a person or a client touches: the command line, HTTP, Slack and the built-in workspace."""
