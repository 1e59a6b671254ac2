"""The Slack surface: listeners take requests in, views draw state, the sender delivers the outbox."""
