"""The engine: concepts, decisions and storage. Knows no Slack and no HTTP."""
