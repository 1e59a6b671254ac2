"""Alerts, groups, silences and the writer that stores what senders deliver."""
